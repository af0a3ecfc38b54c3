import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { S3Error } from './error.ts'

/** Arrays repeat their element; undefined leaves it out. */
export type XmlContent =
  string | number | boolean | undefined | XmlContent[] | { [element: string]: XmlContent }

/** A parsed element: its text, or its children by name, each as a list. */
export interface XmlElement {
  text: string
  /** Names of the children, each once, in the order of the document. */
  names: string[]
  all(name: string): XmlElement[]
  child(name: string): XmlElement | undefined
  /** Text of the first child with this name. */
  get(name: string): string | undefined
}

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** Control characters have no other way into XML; S3 writes them as references too, legal or not. */
// oxlint-disable-next-line no-control-regex -- they are what it looks for
const unsafe = new RegExp('[&<>"\\u0000-\\u0008\\u000b-\\u001f\\u007f\\ufffe\\uffff]', 'g')
const escape = (text: string) =>
  text.replace(unsafe, (character) => escapes[character] ?? `&#x${character.charCodeAt(0).toString(16)};`)

function element(name: string, content: XmlContent): string {
  if (content === undefined) return ''
  if (Array.isArray(content)) return content.map((one) => element(name, one)).join('')
  const inner = typeof content === 'object' ? children(content) : escape(String(content))
  return `<${name}>${inner}</${name}>`
}

const children = (content: { [element: string]: XmlContent }) =>
  Object.entries(content)
    .map(([name, inner]) => element(name, inner))
    .join('')

const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'

/** An answer of S3, with its namespace. */
export const xmlDocument = (root: string, content: { [element: string]: XmlContent }) =>
  `${declaration}<${root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${children(content)}</${root}>`

/** S3 writes errors, and the answer to a form POST, without a namespace. */
export const plainXml = (root: string, content: { [element: string]: XmlContent }) =>
  `${declaration}${element(root, content)}`

const parser = new XMLParser({
  ignoreAttributes: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
  parseTagValue: false,
  trimValues: false,
  removeNSPrefix: true,
  htmlEntities: true,
  isArray: () => true,
  textNodeName: '#text',
  alwaysCreateTextNode: true,
})

/** 1000 keys of 1 kB are 1 MB, and up to 5 MB with every character escaped, which no key needs. */
const longestText = 4 * 1024 ** 2
/** 10,000 parts with two checksums each are 100,000 tags; 1000 lifecycle rules come next. */
const mostTags = (root: string) => (root === 'CompleteMultipartUpload' ? 110_000 : 40_000)
/** No element of S3 needs an attribute but for namespaces. Bytes of one tag, and of all that hold a `=`. */
const longestTag = 2048
const mostAttributeBytes = 32 * 1024

/**
 * Counts before the parser runs: its time is linear, but 8 MB of `<a/>` take it ten seconds.
 * Comments, CDATA and instructions count as tags.
 */
function isModest(text: string, root: string) {
  if (text.length > longestText) return false
  let attributeBytes = 0
  let end = 0
  for (let tags = 0, start = text.indexOf('<'); start >= 0; start = text.indexOf('<', end)) {
    const special = sections.find(([opening]) => text.startsWith(opening, start))
    const closing = special?.[1] ?? '>'
    end = text.indexOf(closing, start + (special?.[0].length ?? 1))
    tags += 1
    if (end < 0 || tags > mostTags(root)) return false
    if (special && special[0] !== '<?') continue
    const tag = text.slice(start, end)
    if (tag.length > longestTag) return false
    if (tag.includes('=')) attributeBytes += tag.length
    if (attributeBytes > mostAttributeBytes) return false
  }
  return true
}

const sections = [
  ['<!--', '-->'],
  ['<![CDATA[', ']]>'],
  ['<?', '?>'],
] as const

/**
 * The root element of a request body.
 * @throws S3Error MalformedXML when it is not well-formed, declares a DOCTYPE, has another root, or has more tags or
 *   attributes than any request of S3.
 */
export function parseXml(text: string, root: string): XmlElement {
  try {
    // Entities are the classic way to make a parser explode, and no S3 client sends them.
    const isSafe = !/<!(DOCTYPE|ENTITY)/i.test(text) && isModest(text, root)
    if (!isSafe || XMLValidator.validate(text) !== true) throw new Error('malformed')
    const parsed: unknown = parser.parse(text)
    const found = wrap(parsed).child(root)
    if (found) return found
  } catch {
    // The parser's own words are of no use to an S3 client.
  }
  throw new S3Error('MalformedXML')
}

function wrap(value: unknown): XmlElement {
  const fields =
    typeof value === 'object' && value !== null ? new Map(Object.entries(value)) : new Map<string, unknown>()
  const text = fields.get('#text')
  const all = (name: string) => {
    const found: unknown = fields.get(name)
    return Array.isArray(found) ? found.map(wrap) : []
  }
  return {
    text: typeof value === 'string' ? value : typeof text === 'string' ? text : '',
    names: [...fields.keys()].filter((name) => name !== '#text'),
    all,
    child: (name) => all(name)[0],
    get: (name) => all(name)[0]?.text,
  }
}

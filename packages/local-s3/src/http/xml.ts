import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { S3Error } from './error.ts'

/** Content of an XML element. An array repeats its element; undefined omits it. */
export type XmlContent =
  | string
  | number
  | boolean
  | undefined
  | XmlContent[]
  | { [element: string]: XmlContent }

/** A parsed element: its text and its children by name. */
export interface XmlElement {
  text: string
  /** Distinct names of the children, in document order. */
  names: string[]
  all(name: string): XmlElement[]
  child(name: string): XmlElement | undefined
  /** Returns the text of the first child with this name. */
  get(name: string): string | undefined
}

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** Writes control characters as references, as S3 does, also those that XML 1.0 forbids. */
// oxlint-disable-next-line no-control-regex -- the pattern matches control characters
const unsafe = new RegExp('[&<>"\\u0000-\\u0008\\u000b-\\u001f\\u007f\\ufffe\\uffff]', 'g')
const escapeXml = (text: string) =>
  text.replace(unsafe, (character) => escapes[character] ?? `&#x${character.charCodeAt(0).toString(16)};`)

function elementXml(name: string, content: XmlContent): string {
  if (content === undefined) return ''
  if (Array.isArray(content)) return content.map((one) => elementXml(name, one)).join('')
  const inner = typeof content === 'object' ? childrenXml(content) : escapeXml(String(content))
  return `<${name}>${inner}</${name}>`
}

const childrenXml = (content: { [element: string]: XmlContent }) =>
  Object.entries(content)
    .map(([name, inner]) => elementXml(name, inner))
    .join('')

const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'

/** Writes a response document in S3's namespace. */
export const xmlDocument = (root: string, content: { [element: string]: XmlContent }) =>
  `${declaration}<${root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${childrenXml(content)}</${root}>`

/** Writes a document without a namespace, as S3 does for errors and form POST responses. */
export const xmlWithoutNamespace = (root: string, content: { [element: string]: XmlContent }) =>
  `${declaration}${elementXml(root, content)}`

const parser = new XMLParser({
  ignoreAttributes: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
  parseTagValue: false,
  trimValues: false,
  removeNSPrefix: true,
  processEntities: false, // `decodeReferences` does it: the parser drops characters, which makes another key of a key
  isArray: () => true,
  textNodeName: '#text',
  alwaysCreateTextNode: true,
})

/** Maximum characters of a body. 1000 keys of 1 kB are 1 MB, or 5 MB if every character is escaped, which is not realistic. */
const maxTextLength = 4 * 1024 ** 2
/** Maximum number of tags. 10,000 parts with two checksums each have 100,000; 1000 lifecycle rules have fewer. */
const maxTags = (root: string) => (root === 'CompleteMultipartUpload' ? 110_000 : 40_000)
/** Limits on the bytes of one tag, and of all tags with a `=`: S3's requests have no attributes except namespaces. */
const maxTagLength = 2048
const maxAttributeBytes = 32 * 1024

/**
 * Checks limits before the parser runs. The parser takes linear time, but ten seconds for 8 MB of `<a/>`.
 * Comments, CDATA and processing instructions count as tags.
 * @returns the text without comments and instructions, and with CDATA as escaped text; undefined beyond the limits
 */
function normalize(text: string, root: string): string | undefined {
  if (text.length > maxTextLength) return undefined
  const pieces: string[] = []
  let copied = 0
  let attributeBytes = 0
  let end = 0
  for (let tags = 0, start = text.indexOf('<'); start >= 0; start = text.indexOf('<', end)) {
    const section = sections.find(([opening]) => text.startsWith(opening, start))
    const closing = section?.[1] ?? '>'
    end = text.indexOf(closing, start + (section?.[0].length ?? 1))
    tags += 1
    if (end < 0 || tags > maxTags(root)) return undefined
    if (section) {
      pieces.push(text.slice(copied, start))
      if (section[0] === '<![CDATA[') pieces.push(escapeXml(text.slice(start + section[0].length, end)))
      copied = end + section[1].length
    }
    if (section && section[0] !== '<?') continue
    const tag = text.slice(start, end)
    if (tag.length > maxTagLength) return undefined
    if (tag.includes('=')) attributeBytes += tag.length
    if (attributeBytes > maxAttributeBytes) return undefined
  }
  return pieces.join('') + text.slice(copied)
}

const sections = [
  ['<!--', '-->'],
  ['<![CDATA[', ']]>'],
  ['<?', '?>'],
] as const

/**
 * Parses a request body and returns its root element.
 * @throws S3Error MalformedXML when it is not well-formed, declares a DOCTYPE, has another root, or has more tags or
 *   attributes than any S3 request
 */
export function parseXml(text: string, root: string): XmlElement {
  try {
    // Entity declarations can expand exponentially, and S3 clients do not send them.
    const normalized = /<!(DOCTYPE|ENTITY)/i.test(text) ? undefined : normalize(text, root)
    if (normalized === undefined || XMLValidator.validate(normalized) !== true) throw malformedXml()
    const parsed: unknown = parser.parse(normalized)
    const { names, all } = toElement(parsed)
    const [found, second] = all(root)
    if (found && !second && names.length === 1) return found
  } catch {
    // S3 answers MalformedXML without the parser's message.
  }
  throw malformedXml()
}

export const malformedXml = () => new S3Error('MalformedXML')

const namedCharacters = new Map([
  ['amp;', '&'],
  ['lt;', '<'],
  ['gt;', '>'],
  ['quot;', '"'],
  ['apos;', "'"],
])

/**
 * Replaces references by their characters: the five of XML, and numbers, also of control characters, which S3 writes.
 * @throws S3Error MalformedXML for any other reference: a key with a part left out is another key
 */
function decodeReferences(text: string) {
  return text.replace(/&([^;&]{0,10};?)/g, (_reference, name: string) => {
    const character = namedCharacters.get(name)
    if (character !== undefined) return character
    const [, hex, decimal] = /^#(?:x([\da-f]{1,6})|(\d{1,7}));$/i.exec(name) ?? []
    const code = hex === undefined ? Number(decimal) : parseInt(hex, 16)
    if (code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff)) return String.fromCodePoint(code)
    throw malformedXml()
  })
}

/** @throws S3Error MalformedXML for text beside elements, and for an element where its text is read */
function toElement(value: unknown): XmlElement {
  const fields =
    typeof value === 'object' && value !== null ? new Map(Object.entries(value)) : new Map<string, unknown>()
  const names = [...fields.keys()].filter((name) => name !== '#text')
  const own = typeof value === 'string' ? value : fields.get('#text')
  const text = typeof own === 'string' ? decodeReferences(own) : ''
  if (names.length > 0 && text.trim() !== '') throw malformedXml()
  const elementsByName = new Map<string, XmlElement[]>()
  const all = (name: string) => {
    const found: unknown = fields.get(name)
    const elements = elementsByName.get(name) ?? (Array.isArray(found) ? found.map(toElement) : [])
    elementsByName.set(name, elements) // decoded once: handlers read an element several times
    return elements
  }
  return {
    get text() {
      if (names.length > 0) throw malformedXml()
      return text
    },
    names,
    all,
    child: (name) => all(name)[0],
    get: (name) => all(name)[0]?.text,
  }
}

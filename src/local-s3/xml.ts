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

/**
 * The root element of a request body.
 * @throws S3Error MalformedXML when it is not well-formed, declares a DOCTYPE, or has another root.
 */
export function parseXml(text: string, root: string): XmlElement {
  try {
    // Entities are the classic way to make a parser explode, and no S3 client sends them.
    if (/<!(DOCTYPE|ENTITY)/i.test(text) || XMLValidator.validate(text) !== true) throw new Error('malformed')
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

/** Maximum bytes of an XML answer. 1,000 parts take less than 300 kB. */
export const maxXmlBytes = 1024 ** 2

const namedEntities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

/**
 * Returns the name of the root element, without prefix. Returns undefined if the document is incomplete, which means
 * that it does not end with the end tag of that element. Skips white space at the start, which S3 sends while it
 * completes a long request.
 */
export function rootNameOf(xml: string): string | undefined {
  const element = skipProlog(xml).trimEnd()
  const [, prefix = '', name] = /^<([\w.-]+:)?([\w.-]+)/.exec(element) ?? []
  const isComplete = element.endsWith(`</${prefix}${name}>`) || /^<[^<>]*\/>$/.test(element)
  return isComplete ? name : undefined
}

/**
 * Skips declarations and comments before the root. Does not match all of them with one regular expression, because
 * that would take exponential time.
 */
function skipProlog(xml: string): string {
  let remainingXml = xml.trimStart()
  for (;;) {
    const terminator = remainingXml.startsWith('<?')
      ? '?>'
      : remainingXml.startsWith('<!--')
        ? '-->'
        : undefined
    const terminatorIndex = terminator === undefined ? -1 : remainingXml.indexOf(terminator)
    if (terminator === undefined || terminatorIndex < 0) return remainingXml
    remainingXml = remainingXml.slice(terminatorIndex + terminator.length).trimStart()
  }
}

/** Returns the content of each element with the name, as XML. The elements must not be nested in each other. */
export function elementsOf(xml: string, name: string): string[] {
  const contents: string[] = []
  const startTag = new RegExp(`<((?:[\\w.-]+:)?${name})(?=[\\s/>])[^<>]*>`, 'g')
  for (let match = startTag.exec(xml); match; match = startTag.exec(xml)) {
    const [openingTag, qualifiedName] = match
    if (openingTag.endsWith('/>')) {
      contents.push('')
      continue
    }
    const end = xml.indexOf(`</${qualifiedName}>`, startTag.lastIndex)
    if (end < 0) return contents
    contents.push(xml.slice(startTag.lastIndex, end))
    startTag.lastIndex = end
  }
  return contents
}

/**
 * Maximum characters that are read of the text of one element. Keys, ETags and messages are far shorter, and the search
 * for CDATA takes quadratic time.
 */
const maxTextChars = 10_000

/** Returns the text of the first element with the name, trimmed. Undefined if the element is missing or empty. */
export function elementText(xml: string, name: string): string | undefined {
  const [content] = elementsOf(xml, name)
  if (content === undefined) return undefined
  return (
    content
      .slice(0, maxTextChars)
      .split(/(<!\[CDATA\[.*?\]\]>)/s)
      .map(decodeXmlText)
      .join('')
      .trim() || undefined
  )
}

function decodeXmlText(text: string): string {
  if (text.startsWith('<![CDATA[')) return text.slice(9, -3)
  return text.replace(
    /&(?:#x([\da-f]{1,6})|#(\d{1,7})|(\w{2,4}));/gi,
    (entity, hex?: string, decimal?: string, name?: string) => {
      if (name !== undefined) return namedEntities[name] ?? entity
      const codePoint = hex === undefined ? Number(decimal) : parseInt(hex, 16)
      return codePoint <= 0x10_ff_ff ? String.fromCodePoint(codePoint) : '\ufffd'
    },
  )
}

/** Escapes a text for XML. */
export function toXmlText(text: string | number): string {
  return String(text).replace(/[<>&"]/g, (char) => `&#${char.charCodeAt(0)};`)
}

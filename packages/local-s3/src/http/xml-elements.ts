import { malformedXml } from './xml.ts'
import type { XmlContent, XmlElement } from './xml.ts'

/**
 * Rejects children that S3's schema does not allow, and repeated children that are not lists.
 * @throws S3Error MalformedXML
 */
export function checkChildren(
  parent: XmlElement,
  singleNames: readonly string[],
  listNames: readonly string[] = [],
) {
  for (const name of parent.names) {
    if (!listNames.includes(name) && (!singleNames.includes(name) || parent.all(name).length > 1))
      throw malformedXml()
  }
}

/** Parses an XML Schema `int` (32 bits). @throws S3Error MalformedXML */
export function readInteger(element: XmlElement): number {
  const text = element.text.trim()
  if (!/^[+-]?\d{1,10}$/.test(text) || Math.abs(Number(text)) > 2 ** 31 - 1) throw malformedXml()
  return Number(text)
}

/** Converts a parsed element for writing. Drops text between child elements. */
export function toContent(element: XmlElement): XmlContent {
  if (element.names.length === 0) return element.text
  return Object.fromEntries(element.names.map((name) => [name, element.all(name).map(toContent)]))
}

import { S3Error } from './error.ts'
import type { XmlContent, XmlElement } from './xml.ts'

const malformed = () => new S3Error('MalformedXML')

/**
 * Refuses a child that S3's schema does not have there, or that is repeated without being a list.
 * @throws S3Error MalformedXML
 */
export function checkChildren(parent: XmlElement, single: readonly string[], lists: readonly string[] = []) {
  for (const name of parent.names) {
    if (!lists.includes(name) && (!single.includes(name) || parent.all(name).length > 1)) throw malformed()
  }
}

/** A whole number within XML's int. @throws S3Error MalformedXML */
export function readInteger(element: XmlElement): number {
  const text = element.text.trim()
  if (!/^[+-]?\d{1,10}$/.test(text) || Math.abs(Number(text)) > 2 ** 31 - 1) throw malformed()
  return Number(text)
}

/** An element as it can be written again; the text beside children goes. */
export function toContent(element: XmlElement): XmlContent {
  if (element.names.length === 0) return element.text
  return Object.fromEntries(element.names.map((name) => [name, element.all(name).map(toContent)]))
}

import { decodeLatin1 } from './byte-helpers.ts'

/** Namespaces of the properties that are kept, because a picture needs them for its gain map or its motion video. */
const keptNamespaces = new Set([
  'http://ns.adobe.com/hdr-gain-map/1.0/',
  'http://ns.google.com/photos/1.0/camera/',
  'http://ns.google.com/photos/1.0/container/',
  'http://ns.google.com/photos/1.0/container/item/',
  'http://ns.apple.com/HDRGainMap/1.0/',
  'http://ns.apple.com/pixeldatainfo/1.0/',
])
const rdfNamespace = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#'
const xmpMetaNamespace = 'adobe:ns:meta/'

/**
 * Matches a tag at `lastIndex`. XML allows no `<` in an attribute, so that a match never continues into the next tag. The
 * pattern takes linear time.
 */
const tagPattern = /<(\/?)([\w:.-]+)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/y
const attributePattern = /(\s+)([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/gy
/** Start and end of the markup that is not a tag. */
const otherMarkup = [
  ['<!--', '-->'],
  ['<?', '?>'],
  ['<![CDATA[', ']]>'],
] as const

/** Maximum length of a packet that is read. A longer one is blanked: real packets are far shorter. */
const maxPacketBytes = 1024 ** 2
/** Maximum depth of elements. XMP of cameras and editors has less than 20. */
const maxElementDepth = 100

/** Handling of an element. `wrapper`: an element around properties, whose attributes are checked one by one. */
type Treatment = 'wrapper' | 'kept' | 'removed'

interface UnclosedElement {
  readonly name: string
  readonly treatment: Treatment
  readonly namespaces: Namespaces
}

/**
 * The namespace URI of each prefix. The prototype of this object is the object of the parent element, because a copy
 * for each element would take quadratic time.
 */
type Namespaces = Readonly<Record<string, string>> | null

interface TextRange {
  readonly start: number
  readonly end: number
}

/**
 * Overwrites the properties of an XMP packet with spaces, except those of gain maps and motion photos. The packet stays
 * well-formed and keeps its length. Returns whether any property is left.
 */
export function blankXmp(packet: Uint8Array): boolean {
  const { ranges, hasProperty } =
    packet.length > maxPacketBytes ? nothingKept : readKeptText(decodeLatin1(packet))
  let end = 0
  for (const range of ranges) {
    packet.fill(0x20, end, range.start)
    end = range.end
  }
  packet.fill(0x20, end)
  return hasProperty
}

/** The ranges of a packet that are kept, in order, and whether any of these ranges is a property. */
interface KeptText {
  readonly ranges: readonly TextRange[]
  readonly hasProperty: boolean
}

const nothingKept: KeptText = { ranges: [], hasProperty: false }

/** Returns the ranges of a packet that are kept. Returns no range if the packet is not well-formed. */
function readKeptText(text: string): KeptText {
  const ranges: TextRange[] = []
  const unclosedElements: UnclosedElement[] = []
  let hasProperty = false
  let end = 0
  for (let start = text.indexOf('<'); start >= 0; start = text.indexOf('<', Math.max(end, start + 1))) {
    const match = readMarkup(text, start)
    if (match === 'unclosed') return nothingKept
    if (!match) continue
    const [markup, closingSlash, name, attributes = '', selfClosingSlash] = match
    const parent = unclosedElements.at(-1)
    // Text between tags belongs to the element around it.
    if (parent?.treatment === 'kept') ranges.push({ start: end, end: start })
    end = start + markup.length
    if (name === undefined) {
      if (markup.startsWith('<?xpacket')) ranges.push({ start, end })
    } else if (closingSlash === '/') {
      const closedElement = unclosedElements.pop()
      if (closedElement?.name !== name) return nothingKept
      if (closedElement.treatment !== 'removed') ranges.push({ start, end })
    } else {
      const namespaces = namespacesIn(attributes, parent?.namespaces)
      const treatment = treatmentOf(name, namespaces, parent)
      if (treatment === 'kept') {
        hasProperty = true
        ranges.push({ start, end })
      } else if (treatment === 'wrapper') {
        const attributesStart = start + 1 + name.length
        const keptAttributes = readKeptAttributes(attributes, attributesStart, namespaces)
        if (keptAttributes.hasProperty) hasProperty = true
        ranges.push({ start, end: attributesStart })
        for (const range of keptAttributes.ranges) ranges.push(range)
        ranges.push({ start: end - (selfClosingSlash === '/' ? 2 : 1), end })
      }
      if (selfClosingSlash === '/') continue
      unclosedElements.push({ name, treatment, namespaces })
      if (unclosedElements.length > maxElementDepth) return nothingKept
    }
  }
  return unclosedElements.length === 0 ? { ranges, hasProperty } : nothingKept
}

/**
 * Returns the markup at a `<`: its text and, for a tag, the groups of `tagPattern`. Undefined for a `<` that is text.
 */
function readMarkup(
  text: string,
  start: number,
): readonly [markup: string, ...(string | undefined)[]] | 'unclosed' | undefined {
  for (const [opening, closing] of otherMarkup) {
    if (!text.startsWith(opening, start)) continue
    const closingStart = text.indexOf(closing, start + opening.length)
    return closingStart < 0 ? 'unclosed' : [text.slice(start, closingStart + closing.length)]
  }
  tagPattern.lastIndex = start
  const match = tagPattern.exec(text)
  return match ? [match[0], ...match.slice(1)] : undefined
}

/**
 * Returns the attributes of a wrapper that are kept: properties of kept namespaces, and the namespace declarations that
 * they need.
 */
function readKeptAttributes(attributes: string, attributesStart: number, namespaces: Namespaces): KeptText {
  const ranges: TextRange[] = []
  let hasProperty = false
  for (const match of attributes.matchAll(attributePattern)) {
    const [text, space = '', name = '', doubleQuoted, singleQuoted] = match
    const [prefix = ''] = name.split(':')
    const isDeclaration = prefix === 'xmlns'
    const namespaceUri = isDeclaration ? (doubleQuoted ?? singleQuoted ?? '') : (namespaces?.[prefix] ?? '')
    const isKept = keptNamespaces.has(namespaceUri)
    if (isKept && !isDeclaration) hasProperty = true
    const start = attributesStart + match.index
    if (isKept || namespaceUri === rdfNamespace || namespaceUri === xmpMetaNamespace)
      ranges.push({ start: start + space.length, end: start + text.length })
  }
  return { ranges, hasProperty }
}

function namespacesIn(attributes: string, parentNamespaces: Namespaces = null): Namespaces {
  const namespaces: Record<string, string> = Object.create(parentNamespaces)
  for (const [, , name = '', doubleQuoted, singleQuoted] of attributes.matchAll(attributePattern)) {
    const [prefix, declaredPrefix] = name.split(':')
    if (prefix === 'xmlns' && declaredPrefix !== undefined)
      namespaces[declaredPrefix] = doubleQuoted ?? singleQuoted ?? ''
  }
  return namespaces
}

function treatmentOf(name: string, namespaces: Namespaces, parent: UnclosedElement | undefined): Treatment {
  if (parent && parent.treatment !== 'wrapper') return parent.treatment
  const [prefix = '', localName] = name.split(':')
  const namespaceUri = namespaces?.[prefix] ?? ''
  if (
    namespaceUri === xmpMetaNamespace ||
    (namespaceUri === rdfNamespace && (localName === 'RDF' || localName === 'Description'))
  )
    return 'wrapper'
  return keptNamespaces.has(namespaceUri) ? 'kept' : 'removed'
}

import { latin1 } from './byte-helpers.ts'

/** Namespaces of the properties that are kept, because a picture needs them for its gain map or its motion video. */
const keptNamespaces = new Set([
  'http://ns.adobe.com/hdr-gain-map/1.0/',
  'http://ns.google.com/photos/1.0/camera/',
  'http://ns.google.com/photos/1.0/container/',
  'http://ns.google.com/photos/1.0/container/item/',
  'http://ns.apple.com/HDRGainMap/1.0/',
  'http://ns.apple.com/pixeldatainfo/1.0/',
])
const rdf = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#'
const xmpMeta = 'adobe:ns:meta/'

const markupPattern =
  /<!--[^]*?-->|<\?[^]*?\?>|<!\[CDATA\[[^]*?\]\]>|<(\/?)([\w:.-]+)((?:\s+[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>/g
const attributePattern = /([\w.-]+)(?::([\w.-]+))?\s*=\s*(?:"([^"]*)"|'([^']*)')/g

/** Handling of an element. `wrapper`: an element around properties, whose attributes are checked one by one. */
type Treatment = 'wrapper' | 'kept' | 'removed'

interface OpenElement {
  readonly name: string
  readonly treatment: Treatment
  readonly namespaces: ReadonlyMap<string, string>
}

interface TextRange {
  readonly start: number
  readonly end: number
}

/**
 * Overwrites the properties of an XMP packet with spaces, except those of gain maps and motion photos. The packet stays
 * well-formed and keeps its length. Returns whether any property is left.
 */
export function blankXmp(packet: Uint8Array): boolean {
  const { ranges, hasProperty } = readKept(latin1(packet))
  let end = 0
  for (const range of ranges) {
    packet.fill(0x20, end, range.start)
    end = range.end
  }
  packet.fill(0x20, end)
  return hasProperty
}

/** The parts of a packet that are kept, in order, and whether any of them is a property. */
interface KeptText {
  readonly ranges: readonly TextRange[]
  readonly hasProperty: boolean
}

const emptyText: KeptText = { ranges: [], hasProperty: false }

/** Returns the parts of a packet that are kept. Nothing is kept if the packet is not well-formed. */
function readKept(text: string): KeptText {
  const ranges: TextRange[] = []
  const openElements: OpenElement[] = []
  let hasProperty = false
  let end = 0
  for (const match of text.matchAll(markupPattern)) {
    const [markup, slash, name, attributes = '', selfClosing] = match
    const start = match.index
    const parent = openElements.at(-1)
    // Text between tags belongs to the element around it.
    if (parent?.treatment === 'kept') ranges.push({ start: end, end: start })
    end = start + markup.length
    if (name === undefined) {
      if (markup.startsWith('<?xpacket')) ranges.push({ start, end })
    } else if (slash === '/') {
      const closedElement = openElements.pop()
      if (closedElement?.name !== name) return emptyText
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
        ranges.push({ start, end: attributesStart }, ...keptAttributes.ranges)
        ranges.push({ start: end - (selfClosing === '/' ? 2 : 1), end })
      }
      if (selfClosing !== '/') openElements.push({ name, treatment, namespaces })
    }
  }
  return openElements.length === 0 ? { ranges, hasProperty } : emptyText
}

/**
 * Returns the attributes of a wrapper that are kept: properties of kept namespaces, and the namespace declarations that
 * they need.
 */
function readKeptAttributes(
  attributes: string,
  attributesStart: number,
  namespaces: ReadonlyMap<string, string>,
): KeptText {
  const ranges: TextRange[] = []
  let hasProperty = false
  for (const { 0: text, 1: prefix = '', 3: doubleQuoted, 4: singleQuoted, index } of attributes.matchAll(
    attributePattern,
  )) {
    const isDeclaration = prefix === 'xmlns'
    const uri = isDeclaration ? (doubleQuoted ?? singleQuoted ?? '') : (namespaces.get(prefix) ?? '')
    const isKept = keptNamespaces.has(uri)
    if (isKept && !isDeclaration) hasProperty = true
    const start = attributesStart + index
    if (isKept || uri === rdf || uri === xmpMeta) ranges.push({ start, end: start + text.length })
  }
  return { ranges, hasProperty }
}

function namespacesIn(
  attributes: string,
  outerNamespaces: ReadonlyMap<string, string> = new Map(),
): ReadonlyMap<string, string> {
  const declarations = [...attributes.matchAll(attributePattern)].flatMap(
    ([, prefix, name, doubleQuoted, singleQuoted]) =>
      prefix === 'xmlns' && name !== undefined ? [[name, doubleQuoted ?? singleQuoted ?? ''] as const] : [],
  )
  return declarations.length === 0 ? outerNamespaces : new Map([...outerNamespaces, ...declarations])
}

function treatmentOf(
  name: string,
  namespaces: ReadonlyMap<string, string>,
  parent: OpenElement | undefined,
): Treatment {
  if (parent && parent.treatment !== 'wrapper') return parent.treatment
  const [prefix = '', localName] = name.split(':')
  const uri = namespaces.get(prefix) ?? ''
  if (uri === xmpMeta || (uri === rdf && (localName === 'RDF' || localName === 'Description')))
    return 'wrapper'
  return keptNamespaces.has(uri) ? 'kept' : 'removed'
}

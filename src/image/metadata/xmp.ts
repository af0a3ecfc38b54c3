import { latin1 } from './byte-helpers.ts'

/** Namespaces without which a picture loses its gain map or its motion video. Everything else is removed. */
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

const token =
  /<!--[^]*?-->|<\?[^]*?\?>|<!\[CDATA\[[^]*?\]\]>|<(\/?)([\w:.-]+)((?:\s+[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>/g
const attribute = /([\w.-]+)(?::([\w.-]+))?\s*=\s*(?:"([^"]*)"|'([^']*)')/g

/** `wrapper`: the elements around the properties. Their attributes are decided one by one. */
type Fate = 'wrapper' | 'kept' | 'removed'

interface OpenElement {
  readonly name: string
  readonly fate: Fate
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

/** The parts of a text to keep, in order, and whether any of them is a property. */
interface KeptText {
  readonly ranges: readonly TextRange[]
  readonly hasProperty: boolean
}

const nothing: KeptText = { ranges: [], hasProperty: false }

/** Returns the parts of a packet to keep: none if it is not well-formed. */
function readKept(text: string): KeptText {
  const ranges: TextRange[] = []
  const open: OpenElement[] = []
  let hasProperty = false
  let end = 0
  for (const match of text.matchAll(token)) {
    const [whole, slash, name, attributes = '', selfClosing] = match
    const start = match.index
    const parent = open.at(-1)
    // Text between tags belongs to the element around it.
    if (parent?.fate === 'kept') ranges.push({ start: end, end: start })
    end = start + whole.length
    if (name === undefined) {
      if (whole.startsWith('<?xpacket')) ranges.push({ start, end })
    } else if (slash === '/') {
      const closed = open.pop()
      if (closed?.name !== name) return nothing
      if (closed.fate !== 'removed') ranges.push({ start, end })
    } else {
      const namespaces = namespacesIn(attributes, parent?.namespaces)
      const fate = fateOf(name, namespaces, parent)
      if (fate === 'kept') {
        hasProperty = true
        ranges.push({ start, end })
      } else if (fate === 'wrapper') {
        const attributesStart = start + 1 + name.length
        const kept = readKeptAttributes(attributes, attributesStart, namespaces)
        if (kept.hasProperty) hasProperty = true
        ranges.push({ start, end: attributesStart }, ...kept.ranges)
        ranges.push({ start: end - (selfClosing === '/' ? 2 : 1), end })
      }
      if (selfClosing !== '/') open.push({ name, fate, namespaces })
    }
  }
  return open.length === 0 ? { ranges, hasProperty } : nothing
}

/** Returns the attributes of a wrapper to keep: properties of kept namespaces, and the declarations that they need. */
function readKeptAttributes(
  attributes: string,
  attributesStart: number,
  namespaces: ReadonlyMap<string, string>,
): KeptText {
  const ranges: TextRange[] = []
  let hasProperty = false
  for (const { 0: text, 1: prefix = '', 3: double, 4: single, index } of attributes.matchAll(attribute)) {
    const isDeclaration = prefix === 'xmlns'
    const uri = isDeclaration ? (double ?? single ?? '') : (namespaces.get(prefix) ?? '')
    const isKept = keptNamespaces.has(uri)
    if (isKept && !isDeclaration) hasProperty = true
    const start = attributesStart + index
    if (isKept || uri === rdf || uri === xmpMeta) ranges.push({ start, end: start + text.length })
  }
  return { ranges, hasProperty }
}

function namespacesIn(
  attributes: string,
  outer: ReadonlyMap<string, string> = new Map(),
): ReadonlyMap<string, string> {
  const declared = [...attributes.matchAll(attribute)].flatMap(([, prefix, name, double, single]) =>
    prefix === 'xmlns' && name !== undefined ? [[name, double ?? single ?? ''] as const] : [],
  )
  return declared.length === 0 ? outer : new Map([...outer, ...declared])
}

function fateOf(
  name: string,
  namespaces: ReadonlyMap<string, string>,
  parent: OpenElement | undefined,
): Fate {
  if (parent && parent.fate !== 'wrapper') return parent.fate
  const [prefix = '', local] = name.split(':')
  const uri = namespaces.get(prefix) ?? ''
  if (uri === xmpMeta || (uri === rdf && (local === 'RDF' || local === 'Description'))) return 'wrapper'
  return keptNamespaces.has(uri) ? 'kept' : 'removed'
}

import { acceptPatterns, baseType } from '../protocol/accept.ts'
import type { Accept } from '../protocol/accept.ts'
import { isText, markupOf } from './markup.ts'
import { runsAsPage, sameType, wraps } from './media-types.ts'

/** What file-type says of bytes. */
export interface SniffedType {
  readonly mime: string
  readonly ext: string
}

export interface Content {
  /** The first bytes of the object, at least one. */
  readonly head: Uint8Array
  readonly sniffed: SniffedType | undefined
  /** Whether the sniffer would know a type if it saw it. */
  readonly knows: (type: string) => boolean
  /** The file's name and type as the browser announced them. */
  readonly name: string
  readonly type: string
  readonly accept: Accept
}

/**
 * The type under which the bytes may be stored and served, or why they may not. What is announced counts only where
 * bytes cannot tell: between kinds of text, and for what is inside of a known wrapping.
 */
export function typeOfContent(content: Content): { readonly type: string } | { readonly refused: string } {
  const { head, name, accept, knows } = content
  const announced = baseType(content.type)
  const unknown = announced === 'application/octet-stream'
  const text = isText(head)
  const found = text && isTextual(announced) ? markupOf(head) : (markupOf(head) ?? plain(content.sniffed))

  const type =
    found === undefined || unknown
      ? (found?.mime ?? content.type)
      : wraps(found.mime, announced)
        ? announced
        : sameType(found.mime, announced)
          ? found.mime
          : undefined
  if (type === undefined) return { refused: `its content is ${found?.mime}, and ${announced} was announced` }

  if (found === undefined && !unknown) {
    if (isTextual(announced) ? !text : knows(announced)) {
      return { refused: `its content is not ${announced}` }
    }
    // Browsers guess about media; what nothing is known of comes in only by name.
    if (/^(image|audio|video|font)\//.test(announced) && !names(accept, announced, name)) {
      return { refused: `nobody can tell whether its content is ${announced}` }
    }
  }
  const unasked = refuseUnasked(accept, { type, name })
  if (unasked !== undefined) return { refused: unasked }
  if (!fits(accept, name, baseType(type), found)) {
    return { refused: `its content is ${baseType(type)}, which the route does not accept` }
  }
  return { type }
}

/** Why a file of this type may not come in although a wildcard accepts it, if so. */
export function refuseUnasked(
  accept: Accept,
  { type, name }: { readonly type: string; readonly name: string },
): string | undefined {
  const base = baseType(type)
  return runsAsPage(base) && !names(accept, base, name)
    ? `${base} can run as a page, and the route's accept does not name it`
    : undefined
}

/** Types of which bytes tell only that they are text. */
function isTextual(type: string): boolean {
  return /^text\/|^application\/(.*\+)?(json|xml)$|^application\/(javascript|x-ndjson|sql|yaml|toml)$|^image\/svg/.test(
    type,
  )
}

/** XML is for `markupOf`, which knows more kinds of it. */
function plain(sniffed: SniffedType | undefined): SniffedType | undefined {
  return sniffed?.mime === 'application/xml' ? undefined : sniffed
}

const extensionsOf: Readonly<Record<string, readonly string[]>> = {
  'text/html': ['html', 'htm'],
  'image/svg+xml': ['svg'],
  'application/xml': ['xml'],
  'text/xml': ['xml'],
  'text/javascript': ['js', 'mjs'],
}

/** Whether the accept means this very type, and not by a wildcard. */
function names(accept: Accept, type: string, name: string): boolean {
  return acceptPatterns(accept).some((pattern) =>
    pattern.startsWith('.')
      ? name.toLowerCase().endsWith(pattern) &&
        (extensionsOf[type]?.includes(pattern.slice(1)) ?? !runsAsPage(type))
      : pattern === type,
  )
}

/** Whether what was found may come in: a name alone lets in only what it is the name of. */
function fits(accept: Accept, name: string, type: string, found: SniffedType | undefined): boolean {
  const patterns = acceptPatterns(accept)
  if (patterns.length === 0) return true
  return patterns.some((pattern) => {
    if (pattern === '*' || pattern === '*/*') return true
    if (pattern.endsWith('/*')) return type.startsWith(pattern.slice(0, -1))
    if (!pattern.startsWith('.')) return sameType(type, pattern)
    const named = name.toLowerCase().endsWith(pattern)
    return named && (found === undefined || found.mime !== type || sameExtension(found.ext, pattern.slice(1)))
  })
}

const sameExtensions: readonly (readonly string[])[] = [
  ['jpg', 'jpeg', 'jpe', 'jfif', 'pjpeg'],
  ['png', 'apng'],
  ['tif', 'tiff', 'dng', 'cr2', 'nef', 'arw'],
  ['html', 'htm'],
  ['mp4', 'm4v', 'm4a', 'mov', 'qt', '3gp', '3g2', 'f4v', 'f4a', 'm4b', 'm4p'],
  ['heic', 'heif', 'heics', 'heifs'],
  ['ogg', 'oga', 'ogv', 'ogx', 'opus', 'spx'],
  ['mkv', 'webm', 'mka', 'weba'],
  ['mpg', 'mpeg', 'mp1', 'mp2', 'mp3', 'mpga'],
  ['aif', 'aiff', 'aifc'],
  ['mid', 'midi'],
  ['gz', 'tgz'],
]

function sameExtension(one: string, other: string): boolean {
  return one === other || sameExtensions.some((group) => group.includes(one) && group.includes(other))
}

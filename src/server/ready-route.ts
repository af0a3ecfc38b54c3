import { acceptPatterns, accepts } from '../protocol/accept.ts'
import { UploadError } from '../protocol/errors.ts'
import type { UploadPhase } from '../protocol/errors.ts'
import { bytesOf } from '../protocol/limits.ts'
import type { FileInfo } from '../protocol/ticket.ts'
import { refuseUnasked } from './content.ts'
import type { ImageRules } from './image.ts'
import { runsAsPage } from './media-types.ts'
import type { AnyRoute } from './route.ts'
import type { FinalStorage, UploadStorage } from './storage.ts'
import type { Strategy } from './strategy.ts'

/** A route as the handler uses it: named, sizes in bytes, defaults filled in. */
export interface ReadyRoute {
  readonly name: string
  readonly rules: AnyRoute
  readonly maxSize: number
  readonly minSize: number
  readonly maxFiles: number
  readonly strategy: Strategy
  readonly sniff: boolean
  readonly image: ImageRules | undefined
  readonly promote: boolean
  /** Where its files are kept. */
  readonly final: FinalStorage
}

/** Throws a TypeError for sizes that are none, rules that exclude each other, and where there is no route at all. */
export function readyRoutes(
  routes: Readonly<Record<string, AnyRoute>>,
  storage: UploadStorage,
): ReadonlyMap<string, ReadyRoute> {
  const ready = Object.entries(routes).map(([name, rules]): [string, ReadyRoute] => [
    name,
    readyRoute(name, rules, storage),
  ])
  if (ready.length === 0) {
    throw new TypeError(
      'createUploadHandler needs a route: routes: { photos: { accept, maxSize, authorize } }.',
    )
  }
  return new Map(ready)
}

function readyRoute(name: string, rules: AnyRoute, storage: UploadStorage): ReadyRoute {
  const { promote = true, promoteTo, sniff = true, image } = rules
  if (promoteTo && !promote) {
    throw new TypeError(
      `Route "${name}" says promote: false, so nothing is copied, and promoteTo, so it is. Drop one.`,
    )
  }
  if (!promote && acceptPatterns(rules.accept).some(canRun)) {
    throw new TypeError(
      `Route "${name}" accepts what can run as a page and says promote: false. Only the copy that confirm makes is ` +
        'marked as a download, so drop one.',
    )
  }
  return {
    name,
    rules,
    maxSize: bytesOf(rules.maxSize),
    minSize: bytesOf(rules.minSize ?? 1),
    maxFiles: rules.maxFiles ?? Infinity,
    strategy: rules.strategy ?? 'auto',
    sniff,
    image: image === true ? {} : image,
    promote,
    final: promoteTo ? storage.promotedTo(promoteTo) : storage,
  }
}

function canRun(pattern: string): boolean {
  return runsAsPage(pattern) || /^\.(html?|xhtml|svg|xml|m?js)$/.test(pattern)
}

/** The route that a file names, or the only one. Throws an UploadError `not-found`. */
export function findRoute(
  routes: ReadonlyMap<string, ReadyRoute>,
  name: string | undefined,
  phase: UploadPhase,
): ReadyRoute {
  const [only, second] = routes.values()
  const found = name !== undefined ? routes.get(name) : second === undefined ? only : undefined
  if (found) return found
  throw new UploadError('not-found', {
    phase,
    message:
      name === undefined
        ? 'The file names no route, and this endpoint has several: pass `route` to the hook or the component.'
        : `This endpoint has no route ${JSON.stringify(name.slice(0, 100))}.`,
  })
}

/** MIME types as RFC 6838 4.2 has them, with parameters of visible ASCII. They become a header. */
const mimeType = /^[\w!#$&^.+-]{1,127}\/[\w!#$&^.+-]{1,127}(\s*;[\x20-\x7e]{0,200})?$/
export const maxNameLength = 1024
const maxMetaLength = 2048

/** Throws an UploadError that says why the file may not come in. */
export function checkFile(
  file: FileInfo,
  { rules, sniff, minSize, maxSize }: ReadyRoute,
  phase: UploadPhase,
): void {
  const refuse = (message: string) => new UploadError('rejected', { phase, message })

  if (file.name.length > maxNameLength) throw refuse(`A file's name is over ${maxNameLength} characters.`)
  if (!mimeType.test(file.type)) throw refuse("A file's type is not a MIME type.")
  if (JSON.stringify(file.meta ?? {}).length > maxMetaLength) {
    throw refuse(
      `A file's meta is over ${maxMetaLength} characters of JSON. It is for small things: ids, captions.`,
    )
  }
  if (!accepts(rules.accept, file)) throw new UploadError('wrong-type', { phase })
  const unasked = sniff ? refuseUnasked(rules.accept, file) : undefined
  if (unasked !== undefined) throw new UploadError('wrong-type', { phase, message: `${unasked}.` })
  if (file.size > maxSize) {
    const message = `The file has ${file.size} bytes; this route takes at most ${maxSize}.`
    throw new UploadError('too-large', { phase, message })
  }
  if (file.size < minSize) {
    if (file.size === 0) throw new UploadError('empty', { phase })
    throw refuse(`The file has ${file.size} bytes; this route takes at least ${minSize}.`)
  }
}

import { acceptPatterns, acceptProblem, extensionOf } from '../protocol/accept.ts'
import type { Accept } from '../protocol/accept.ts'
import { UploadError } from '../protocol/errors.ts'
import type { UploadPhase } from '../protocol/errors.ts'
import { bytesOf } from '../protocol/limits.ts'
import type { FileInfo } from '../protocol/ticket.ts'
import { admittedType } from './content.ts'
import type { ImageRules } from './image.ts'
import { formatsOf, runsAsPage } from './media-types.ts'
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

/** Throws a TypeError for an accept that matches no file, sizes that are none, rules that exclude each other, and where there is no route at all. */
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
  const problem = acceptProblem(rules.accept)
  if (problem !== undefined) throw new TypeError(`Route "${name}": ${problem}`)
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
  return pattern.startsWith('.')
    ? formatsOf(extensionOf(`a${pattern}`)).some(({ types }) => types.some(runsAsPage))
    : runsAsPage(pattern)
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

export const maxNameLength = 1024
const maxMetaLength = 2048

/**
 * The file under the one type that is signed for it. Throws an UploadError that says why the file may not come in, before
 * any of its bytes are sent.
 */
export function checkFile(
  file: FileInfo,
  { rules, minSize, maxSize }: ReadyRoute,
  phase: UploadPhase,
): FileInfo {
  const refuse = (message: string) => new UploadError('rejected', { phase, message })

  if (file.name.length > maxNameLength) throw refuse(`A file's name is over ${maxNameLength} characters.`)
  // Browsers leave nothing else in a type. It becomes a header.
  if (!/^[\x20-\x7e]*$/.test(file.type)) throw refuse("A file's type is not a MIME type.")
  if (JSON.stringify(file.meta ?? {}).length > maxMetaLength) {
    throw refuse(
      `A file's meta is over ${maxMetaLength} characters of JSON. It is for small things: ids, captions.`,
    )
  }
  const admitted = admittedType(rules.accept, file)
  if ('refused' in admitted) throw wrongType(rules.accept, phase, `${admitted.refused}.`)
  if (file.size > maxSize) {
    const message = `The file has ${file.size} bytes; this route takes at most ${maxSize}.`
    throw new UploadError('too-large', { phase, message, details: { maxSize } })
  }
  if (file.size < minSize) {
    const message = `The file has ${file.size} bytes; this route takes at least ${minSize}.`
    throw new UploadError(file.size === 0 ? 'empty' : 'too-small', { phase, message, details: { minSize } })
  }
  return { ...file, type: admitted.type }
}

/** `wrong-type` with the types that are accepted and, where it is known, the type that was found. */
export function wrongType(
  accept: Accept,
  phase: UploadPhase,
  message: string,
  foundType?: string,
): UploadError {
  const details = { accept: String(accept), ...(foundType !== undefined && { foundType }) }
  return new UploadError('wrong-type', { phase, message, details })
}

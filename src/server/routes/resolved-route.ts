import { splitAccept, extensionOf } from '../../protocol/accept/accept.ts'
import type { Accept } from '../../protocol/accept/accept.ts'
import { UploadError } from '../../protocol/errors.ts'
import type { UploadPhase } from '../../protocol/errors.ts'
import type { FileInfo, Meta } from '../../protocol/ticket.ts'
import { chooseSignedType } from '../inspection/type-decision.ts'
import type { ImageRules } from '../../protocol/image-rules.ts'
import { checkRoute } from './check-route.ts'
import { formatsByExtension, isActiveContent } from '../inspection/media-types.ts'
import { headersOfUnconfirmed, readObjectHeaders } from './object-headers.ts'
import type { PlainHeaders } from './object-headers.ts'
import type { AnyRoute } from './route.ts'
import type { FinalStorage, UploadStorage } from '../s3/storage.ts'
import type { Strategy } from './choose-ticket-kind.ts'

/** A route as the handler uses it: with its name, sizes in bytes and all defaults. */
export interface ResolvedRoute {
  readonly name: string
  readonly rules: AnyRoute
  readonly maxSize: number
  readonly minSize: number
  readonly maxFiles: number
  readonly strategy: Strategy
  readonly detectType: boolean
  readonly image: ImageRules | undefined
  readonly promote: boolean
  /** Headers of the object that a ticket writes. */
  readonly uploadHeaders: PlainHeaders
  /** Headers of the copy that confirm makes. */
  readonly finalHeaders: PlainHeaders
  /** Store that the route's files are uploaded to. */
  readonly storage: UploadStorage
  /** Store of the route's confirmed files. */
  readonly finalStorage: FinalStorage
}

/**
 * Resolves the routes of a handler. Throws a TypeError for options of a wrong type or value, contradicting rules, and an
 * empty list.
 */
export function resolveRoutes(
  routes: Readonly<Record<string, AnyRoute>>,
  storage: UploadStorage,
): ReadonlyMap<string, ResolvedRoute> {
  const resolvedRoutes = Object.entries(routes).map(([name, rules]): [string, ResolvedRoute] => [
    name,
    resolveRoute(name, rules, storage),
  ])
  if (resolvedRoutes.length === 0) {
    throw new TypeError(
      'createUploadHandler needs at least one route: routes: { photos: { accept, maxSize, authorize } }.',
    )
  }
  return new Map(resolvedRoutes)
}

function resolveRoute(name: string, rules: AnyRoute, handlerStorage: UploadStorage): ResolvedRoute {
  const { storage = handlerStorage } = rules
  const { promote = true, promoteTo, detectType = true, image } = rules
  if (promoteTo && !promote) {
    throw new TypeError(
      `Route "${name}" sets both promote: false and promoteTo, but promoteTo needs the copy. Remove one.`,
    )
  }
  const sizes = checkRoute(name, rules)
  if (!promote && splitAccept(rules.accept).some(acceptsActiveContent)) {
    throw new TypeError(
      `Route "${name}" accepts active content and sets promote: false. Only the copy that confirm makes is marked as a ` +
        'download, so remove one.',
    )
  }
  const finalHeaders = readObjectHeaders(rules.objectHeaders)
  return {
    name,
    rules,
    ...sizes,
    maxFiles: rules.maxFiles ?? Infinity,
    strategy: rules.strategy ?? 'auto',
    detectType,
    image: image === true ? {} : image,
    promote,
    uploadHeaders: promote ? headersOfUnconfirmed(finalHeaders) : finalHeaders,
    finalHeaders,
    storage,
    finalStorage: promoteTo ? storage.promotedTo(promoteTo) : storage,
  }
}

function acceptsActiveContent(pattern: string): boolean {
  return pattern.startsWith('.')
    ? formatsByExtension(extensionOf(`a${pattern}`)).some(({ types }) => types.some(isActiveContent))
    : isActiveContent(pattern)
}

/** Returns the route with a name, or the only route if there is no name. Throws an UploadError `not-found`. */
export function findRoute(
  routes: ReadonlyMap<string, ResolvedRoute>,
  name: string | undefined,
  phase: UploadPhase,
): ResolvedRoute {
  const [firstRoute, secondRoute] = routes.values()
  const foundRoute =
    name !== undefined ? routes.get(name) : secondRoute === undefined ? firstRoute : undefined
  if (foundRoute) return foundRoute
  throw new UploadError('not-found', {
    phase,
    message:
      name === undefined
        ? 'The file names no route, and this endpoint has several: pass `route` to the hook or the component.'
        : `This endpoint has no route ${JSON.stringify(name.slice(0, 100))}.`,
  })
}

export const maxAnnouncedNameLength = 1024
const maxMetaLength = 2048

/**
 * Checks a file against its route, before any bytes are sent. Returns the file with the MIME type that the ticket signs.
 * Throws an UploadError with the reason for the rejection.
 */
export function checkFileInfo(
  file: FileInfo,
  { rules, minSize, maxSize }: ResolvedRoute,
  phase: UploadPhase,
): FileInfo {
  const rejectedError = (message: string) => new UploadError('rejected', { phase, message })

  if (file.name.length > maxAnnouncedNameLength)
    throw rejectedError(`A file's name is over ${maxAnnouncedNameLength} characters.`)
  // Only printable ASCII is valid, as in the `type` of a Blob, because the type is sent as a header.
  if (!/^[\x20-\x7e]*$/.test(file.type)) throw rejectedError("A file's type is not a MIME type.")
  checkMetaLength(file.meta, phase)
  const decision = chooseSignedType(rules.accept, file)
  if ('refusal' in decision) throw wrongTypeError(rules.accept, phase, `${decision.refusal}.`)
  if (file.size > maxSize) {
    const message = `The file has ${file.size} bytes; this route accepts at most ${maxSize}.`
    throw new UploadError('too-large', { phase, message, details: { maxSize } })
  }
  if (file.size < minSize) {
    const message = `The file has ${file.size} bytes; this route needs at least ${minSize}.`
    throw new UploadError(file.size === 0 ? 'empty' : 'too-small', { phase, message, details: { minSize } })
  }
  return { ...file, type: decision.type }
}

/** Throws an UploadError `rejected` for metadata over 2,048 characters of JSON. */
export function checkMetaLength(meta: Meta | undefined, phase: UploadPhase): void {
  if (JSON.stringify(meta ?? {}).length <= maxMetaLength) return
  throw new UploadError('rejected', {
    phase,
    message: `A file's meta is over ${maxMetaLength} characters of JSON. Use it only for small values: ids, captions.`,
  })
}

/** Creates an UploadError `wrong-type`. Its details have the route's `accept` and, if known, the detected type. */
export function wrongTypeError(
  accept: Accept,
  phase: UploadPhase,
  message: string,
  foundType?: string,
): UploadError {
  const details = { accept: String(accept), ...(foundType !== undefined && { foundType }) }
  return new UploadError('wrong-type', { phase, message, details })
}

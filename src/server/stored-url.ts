import { octetStream } from '../protocol/accept/accept.ts'
import { canonicalMimeType } from './inspection/mime-type.ts'
import { sanitizeName, contentDisposition, isInlineType } from './naming/file-names.ts'
import { findKeyProblem } from './naming/object-keys.ts'
import type { ResolvedRoute } from './routes/resolved-route.ts'
import type { FinalStorage, SignedGetOptions } from './s3/storage.ts'

/**
 * Options of `uploads.url(key)`. With `expiresIn`, `download` or `type` the URL is signed, even if the file is
 * public.
 */
export interface StoredUrlOptions<RouteName extends string = string> {
  /**
   * Lifetime in seconds, at most 604,800 (7 days). A URL that is signed with temporary credentials expires with them.
   * Default: `urlExpiresIn` of `s3Storage` (an hour).
   */
  readonly expiresIn?: number
  /**
   * Whether browsers save the file instead of showing it. A string is the file's name, true is the name in the key.
   * Without `type`, an extension of active content (`.html`, `.svg`) becomes `.bin`. Default: as stored by confirm, which
   * lets browsers show images, video, audio, PDF and plain text only.
   */
  readonly download?: boolean | string
  /**
   * MIME type of the response. Browsers save the file if the type is active content (HTML, SVG), or is not an image,
   * video, audio, PDF or plain text. Default: the stored type.
   */
  readonly type?: string
  /**
   * Prefix that the key must have, with a slash at the end. Pass it for a route with a `key` function, for example
   * `` `tenants/${tenant.id}/` ``. Default: the prefix of confirmed files, `files/`.
   */
  readonly prefix?: string
  /**
   * Route that stored the file. Required only if the routes of the handler store files in different buckets or below
   * different prefixes.
   */
  readonly route?: RouteName
  /** The request of the user who wants the file. Required only if the handler's `storage` is a function. */
  readonly request?: Request
}

/** Creates the function `uploads.url` of a handler. */
export function createUrl(
  routesOf: (request: Request | undefined) => Promise<ReadonlyMap<string, ResolvedRoute>>,
) {
  return async (key: string, options: StoredUrlOptions = {}): Promise<string> => {
    const { route, prefix, expiresIn, request } = options
    const { finalStorage, storage } = findRouteForUrl(await routesOf(request), route)
    checkStoredKey(key, prefix ?? finalStorage.filesPrefix, finalStorage, storage.prefix)
    return finalStorage.urlOf(key, {
      ...(expiresIn !== undefined && { expiresIn }),
      ...responseHeadersOf(key, options),
    })
  }
}

/**
 * Returns the route with the name. Without a name, returns any route, if all routes store files in the same bucket and
 * below the same prefix.
 */
function findRouteForUrl(
  routes: ReadonlyMap<string, ResolvedRoute>,
  name: string | undefined,
): ResolvedRoute {
  const candidateRoutes = name === undefined ? [...routes.values()] : [routes.get(name)]
  const [firstRoute] = candidateRoutes
  const stores = new Set(candidateRoutes.map((route) => route?.finalStorage))
  if (firstRoute && stores.size === 1) return firstRoute
  throw urlError(
    name === undefined
      ? `the routes store files in different places. Pass \`route\`, one of ${[...routes.keys()].join(', ')}.`
      : `the handler has no route ${JSON.stringify(name.slice(0, 100))}.`,
  )
}

/**
 * Throws a TypeError for a key that cannot belong to a confirmed file. The message does not contain the key, because an
 * app may pass a signed URL in its place.
 */
function checkStoredKey(key: unknown, prefix: string, store: FinalStorage, privatePrefix: string): void {
  if (typeof key !== 'string')
    throw urlError(`the key is ${key === null ? 'null' : typeof key}. Pass the key of the saved upload.`)
  if (/^https?:/i.test(key)) throw urlError('the key is a URL. Save the `key` of an upload, not its `url`.')
  const problem = findKeyProblem(key)
  if (problem !== undefined) throw urlError(`the key ${problem}.`)
  if (!prefix.endsWith('/') || findKeyProblem(prefix.slice(0, -1)) !== undefined)
    throw urlError('`prefix` must be a key with a slash at its end, without an empty, "." or ".." part.')
  // A key below the prefix of unconfirmed uploads belongs to no confirmed file. But a separate bucket of confirmed
  // files (`promoteTo`) may use the same prefix.
  if (key.startsWith(privatePrefix) && !store.filesPrefix.startsWith(privatePrefix))
    throw urlError(`the key begins with "${privatePrefix}": the upload is not confirmed.`)
  if (!key.startsWith(prefix)) {
    throw urlError(
      `the key does not begin with "${prefix}". For a route with a \`key\` of its own, pass its \`prefix\`.`,
    )
  }
}

/** Returns the response headers that the signed URL overrides. Never changes a stored `attachment` to `inline`. */
function responseHeadersOf(key: string, { download, type }: StoredUrlOptions): SignedGetOptions {
  const canonicalType = type === undefined ? undefined : canonicalMimeType(type)
  if (type !== undefined && canonicalType === undefined) throw urlError('`type` is not a MIME type.')
  const isDownload = download !== undefined && download !== false
  // An empty name means the default, as in `<a download="">`.
  const name = typeof download === 'string' && download !== '' ? download : (key.split('/').at(-1) ?? '')
  return {
    ...(canonicalType !== undefined && { type: canonicalType }),
    ...((isDownload || (canonicalType !== undefined && !isInlineType(canonicalType))) && {
      contentDisposition: contentDisposition(sanitizeName(name), canonicalType ?? octetStream, true),
    }),
  }
}

function urlError(problem: string): TypeError {
  return new TypeError(`uploads.url: ${problem}`)
}

import { createFinishLater } from './after-response.ts'
import { callPhases, maxBatch } from '../protocol/wire.ts'
import type { WireAnswers, WireRequest } from '../protocol/wire.ts'
import { confirm } from './calls/confirm.ts'
import { discard } from './calls/discard.ts'
import { complete, listParts, signParts } from './calls/multipart.ts'
import { policies } from './calls/policies.ts'
import { presign, renew } from './calls/presign.ts'
import {
  isUploadError,
  toLogLine,
  toSafeError,
  httpStatusOfError,
  httpStatusOfBatch,
  toWireError,
} from './error-response.ts'
import { reportMissingPackages } from './inspection/optional-packages.ts'
import { jsonResponse } from './json-response.ts'
import { checkRequest, readRequest } from './read-request.ts'
import type { CallBody } from './read-request.ts'
import { checkRoute } from './routes/check-route.ts'
import { resolveRoutes } from './routes/resolved-route.ts'
import { createResultCache } from './inspection/result-cache.ts'
import type { AnyRoute } from './routes/route.ts'
import type { UploadStorage } from './s3/storage.ts'
import type { RouteTypesOf } from './routes/route-types.ts'
import { resolveUpload } from './resolve-upload.ts'
import type { ResolvedUpload, ResolveUploadOptions } from './resolve-upload.ts'
import {
  createPendingTokenSigner,
  createPolicyTokenSigner,
  createUploadTokenSigner,
  createValueTokenSigner,
} from './tokens/token-signers.ts'
import type { PendingClaims, ValueClaims } from './tokens/token-signers.ts'
import type { Secret, TokenSigner } from './tokens/signed-token.ts'
import type { StandardSchema } from './routes/metadata-schema.ts'
import { createUrl } from './stored-url.ts'
import type { StoredUrlOptions } from './stored-url.ts'
import { createRequestContext } from './request-context.ts'
import type { HandlerState, RequestContext } from './request-context.ts'

type AnyRoutes = Readonly<Record<string, AnyRoute>>

export interface UploadHandlerOptions<AppRoutes extends AnyRoutes = AnyRoutes> {
  /**
   * The bucket that files are uploaded to: `s3Storage({ region, bucket, credentials })`. A function returns the storage
   * for each request, for example by tenant. The function must return the same object for the same bucket, so keep the
   * objects in a Map. The function runs before `authorize`, so it must verify what it reads from the request. The
   * handler rejects a token that was issued for another bucket.
   */
  readonly storage: UploadStorage | ((request: Request) => UploadStorage | Promise<UploadStorage>)
  /**
   * Key that signs tokens, with at least 32 characters. It must be the same on every instance of the server, and must
   * not be undefined. In a list, the first secret signs and all secrets verify. To rotate, put the new secret first
   * and remove the old one a day later.
   */
  readonly secret: Secret | undefined
  /**
   * Name of this handler, for several handlers that share a secret. The handler and `readUploads` reject tokens of
   * another name. Default: none. Upload tokens are also bound to the storage's endpoint, bucket and prefixes.
   */
  readonly name?: string
  /** Routes by name. With a single route, files may omit the route name. */
  readonly routes: AppRoutes
  /**
   * Maximum time from presign to confirm, and from confirm to form submit, in seconds. Default: 86,400 (a day).
   * Renewing a ticket does not extend it.
   */
  readonly tokenExpiresIn?: number
  /**
   * Maximum number of files in one request, from 1 to 50. Default: 50. The browser divides larger batches. On a platform
   * that limits the requests of one request, set it to that limit divided by six, because a confirm sends up to six
   * requests to storage per file, and usually four: 8 on the Free plan of Cloudflare Workers
   * (https://developers.cloudflare.com/workers/platform/limits/#subrequests).
   */
  readonly filesPerRequest?: number
  /**
   * Called with each error that your callbacks or storage threw and that is not an UploadError. The browser does not
   * receive such an error, because its message may contain a secret. Also called soon after startup, with the type `start`
   * and no request, if a package that a route needs (file-type, image-size) cannot be loaded, and once per route for a
   * file that only file-type may detect. Default: logs a line with `console.error`, without stacks and signatures.
   */
  readonly onError?: (error: unknown, context: { readonly request?: Request; readonly type: string }) => void
  /**
   * Keeps the runtime from stopping before a promise has ended. With it, the response to a confirm does not wait until the
   * uploaded object is deleted from its temporary key. Pass `waitUntil` of `cloudflare:workers` or of `@vercel/functions`.
   * Default: the deletion continues after the response on servers, and the response waits for it on Cloudflare Workers,
   * AWS Lambda, Vercel, Netlify, Cloud Run and unknown runtimes, which may stop after a response.
   */
  readonly waitUntil?: (work: Promise<unknown>) => void
  /** Clock in epoch milliseconds. Default: `Date.now`. */
  readonly now?: () => number
}

/** Fetch-style handler that `createUploadHandler` returns. Rejects only for a value that is not a Request. */
export interface UploadHandler<AppRoutes extends AnyRoutes = AnyRoutes> {
  (request: Request): Promise<Response>
  /**
   * Returns a new URL of a confirmed file: signed with an expiry, or public if `publicUrl` is set. Sends no request, so
   * it does not check that the file exists. It does not check whether the user may see the file, so check the user
   * before the call.
   *
   * ```ts
   * const photo = await db.photos.find(id)
   * if (photo?.owner !== user.id) return notFound()
   * return redirect(await uploads.url(photo.key))
   * ```
   *
   * Rejects with a TypeError for a key outside the prefix of confirmed files, a key of an unconfirmed file, and an
   * invalid option.
   */
  url(key: string, options?: StoredUrlOptions<keyof AppRoutes & string>): Promise<string>
  /**
   * Ends an upload that `verify` still checked, without a browser: from a job, a queue or a storage event. `token` is the
   * one that `verify` got, or that `readUploads` returned with `allowPending`. Calls `verify` again and, when it passes,
   * `onConfirm`. May be called several times, also while a browser asks too. A token has no expiry here, but the bucket's
   * lifecycle rule deletes unconfirmed objects.
   *
   * Rejects with an error that a later call may not meet, for example of storage or of `verify`. The object is then kept.
   */
  resolveUpload(token: string, options?: ResolveUploadOptions): Promise<ResolvedUpload>
  /** Types for `useUpload({ route })` when the handler is registered. Undefined at run time. */
  readonly '~routes'?: RouteTypesOf<AppRoutes>
  /** Used by `readUploads`. */
  readonly '~form': FormReader
}

/** Reads form values that carry this handler's tokens. */
export interface FormReader {
  readonly valueTokenSigner: TokenSigner<ValueClaims>
  readonly pendingTokenSigner: TokenSigner<PendingClaims>
  /** Maximum files of a route, Infinity without a limit. Throws a TypeError for an unknown route. */
  maxFilesOf(route: string): number
  /** The schema of a route's metadata. Throws a TypeError for an unknown route. */
  metaSchemaOf(route: string): StandardSchema | undefined
}

type CallHandlers = {
  readonly [Type in WireRequest['type']]: (
    body: CallBody,
    requestContext: RequestContext,
  ) => Promise<WireAnswers[Type]>
}

const callHandlers: CallHandlers = {
  policies,
  presign,
  renew,
  'sign-parts': signParts,
  'list-parts': listParts,
  complete,
  confirm,
  discard,
}

/**
 * Creates the backend for `endpoints="/api/uploads"`: one POST endpoint that presigns, confirms and discards. It is
 * stateless, so any number of instances can run behind a load balancer.
 *
 * ```ts
 * import { createUploadHandler, route, s3Storage } from 'putaway/server'
 *
 * export const uploads = createUploadHandler({
 *   storage: s3Storage({
 *     region: 'eu-central-1',
 *     bucket: 'my-app',
 *     credentials: { accessKeyId: process.env.S3_ACCESS_KEY_ID, secretAccessKey: process.env.S3_SECRET_ACCESS_KEY },
 *   }),
 *   secret: process.env.UPLOAD_SECRET,
 *   routes: {
 *     photos: route({
 *       accept: 'image/*',
 *       maxSize: '10MB',
 *       authorize: (request) => userOf(request), // { id } or null
 *       // `upload.id` is the same when the browser asks again, so upsert on it. Save the key, not the URL.
 *       onConfirm: (upload, { user }) => db.photos.upsert({ id: upload.id, key: upload.key, owner: user.id }),
 *     }),
 *   },
 * })
 *
 * // Hono
 * app.post('/api/uploads', (c) => uploads(c.req.raw))
 *
 * // Next.js, app/api/uploads/route.ts
 * export const POST = uploads
 * ```
 *
 * Throws a TypeError for a short secret, without routes, and for wrong options of a route, which it names. A missing
 * package does not throw: it is reported to `onError` soon after startup.
 */
export function createUploadHandler<const AppRoutes extends AnyRoutes>(
  options: UploadHandlerOptions<AppRoutes>,
): UploadHandler<AppRoutes> {
  const { storage, secret, name = '', routes, tokenExpiresIn = 86_400, now = Date.now } = options
  const { filesPerRequest = maxBatch, onError = logError, waitUntil } = options
  if (!Number.isInteger(filesPerRequest) || filesPerRequest < 1 || filesPerRequest > maxBatch)
    throw new TypeError(`createUploadHandler: filesPerRequest must be a whole number from 1 to ${maxBatch}.`)
  const sharedState = {
    valueTokenSigner: createValueTokenSigner(secret, now, () => name),
    pendingTokenSigner: createPendingTokenSigner(secret, now, () => name),
    tokenLifetimeMs: tokenExpiresIn * 1000,
    filesPerRequest,
    now,
    finishLater: createFinishLater(waitUntil),
    waitingConfirms: new Map(),
    confirmLocks: new Map(),
    runningDiscards: new Map(),
    // 10,000 entries take about 2 MB of memory.
    measuredImages: createResultCache(10_000),
  } satisfies Partial<HandlerState>
  const states = new WeakMap<UploadStorage, HandlerState>()
  const stateOfStorage = (handlerStorage: UploadStorage): HandlerState => {
    const state = states.get(handlerStorage) ?? createState(handlerStorage)
    states.set(handlerStorage, state)
    return state
  }
  const createState = (handlerStorage: UploadStorage): HandlerState => {
    const resolvedRoutes = resolveRoutes(routes, handlerStorage)
    const storages = new Set([handlerStorage, ...Array.from(resolvedRoutes.values(), (each) => each.storage)])
    const tokenScope = async () => {
      const scopes = Array.from(storages, async (each) => [
        (await each.id?.()) ?? '',
        each.prefix,
        each.filesPrefix,
      ])
      return JSON.stringify([name, ...(await Promise.all(scopes)).flat()])
    }
    return {
      ...sharedState,
      uploadTokenSigner: createUploadTokenSigner(secret, now, tokenScope),
      policyTokenSigner: createPolicyTokenSigner(secret, now, tokenScope),
      tokenScope,
      routes: resolvedRoutes,
    }
  }
  /** `request` is undefined when the app calls `uploads.url` or `uploads.resolveUpload` without the option `request`. */
  const stateOfRequest = async (request: Request | undefined, caller = 'url'): Promise<HandlerState> => {
    if (typeof storage !== 'function') return stateOfStorage(storage)
    if (request) return stateOfStorage(await storage(request))
    throw new TypeError(`uploads.${caller}: the storage of the handler is a function. Pass \`request\`.`)
  }
  if (typeof storage !== 'function') stateOfStorage(storage)
  else for (const [routeName, rules] of Object.entries(routes)) checkRoute(routeName, rules)

  const callOnError: typeof onError = (thrown, context) => {
    try {
      onError(thrown, context)
    } catch {
      // An error of `onError` itself must not change the response.
    }
  }
  void reportMissingPackages(Object.values(routes), (thrown) => callOnError(thrown, { type: 'start' }))

  const handleRequest = async (request: Request): Promise<Response> => {
    checkRequest(request)
    let type: WireRequest['type'] | undefined
    const report = (thrown: unknown) => callOnError(thrown, { request, type: type ?? 'unknown' })
    try {
      const parsedRequest = await readRequest(request)
      type = parsedRequest.type
      const result = await callHandlers[type](
        parsedRequest.body,
        createRequestContext(await stateOfRequest(request), request, type, report),
      )
      // `early` means that the browser sends confirm before its upload ends. Such a confirm often times out. Its
      // status is always 200, because browsers log every error status in the console.
      return jsonResponse(parsedRequest.body.early === true ? 200 : httpStatusOfBatch(result), result)
    } catch (thrown) {
      if (!isUploadError(thrown)) report(thrown)
      const error = toSafeError(thrown, type ? callPhases[type] : 'starting')
      return jsonResponse(httpStatusOfError(error), { error: toWireError(error) }, error.retryAfter)
    }
  }
  const routeOf = (route: string) => {
    if (Object.hasOwn(routes, route)) return routes[route] as AnyRoute // `hasOwn` is true
    throw new TypeError(`readUploads: the handler has no route ${JSON.stringify(route)}.`)
  }
  return Object.assign(handleRequest, {
    url: createUrl(async (request) => (await stateOfRequest(request)).routes),
    resolveUpload: async (token: string, resolveOptions: ResolveUploadOptions = {}) => {
      const state = await stateOfRequest(resolveOptions.request, 'resolveUpload')
      return resolveUpload(token, resolveOptions, state, (thrown) =>
        callOnError(thrown, { type: 'resolveUpload' }),
      )
    },
    '~form': {
      pendingTokenSigner: sharedState.pendingTokenSigner,
      valueTokenSigner: sharedState.valueTokenSigner,
      maxFilesOf: (route: string) => routeOf(route).maxFiles ?? Infinity,
      metaSchemaOf: (route: string) => routeOf(route).metaSchema,
    },
  })
}

function logError(error: unknown, { type }: { readonly type: string }): void {
  console.error(`putaway: ${type} failed. ${toLogLine(error)}`)
}

import { callPhases } from '../protocol/wire.ts'
import type { WireAnswers, WireRequest } from '../protocol/wire.ts'
import { confirm } from './confirm.ts'
import { discard } from './discard.ts'
import { complete, listParts, signParts } from './parts.ts'
import { policies } from './policy.ts'
import { presign, renew } from './presign.ts'
import { isUploadError, logLine, refusalOf, statusOf, statusOfAnswers, wireError } from './refusal.ts'
import { reportMissing } from './packages.ts'
import { readRequest } from './request.ts'
import type { Body } from './request.ts'
import { readyRoutes } from './ready-route.ts'
import { createRecent } from './recent.ts'
import type { AnyRoute } from './route.ts'
import type { UploadStorage } from './storage.ts'
import type { RouteTypes } from './route-types.ts'
import { createPolicyTokens, createTokens, createValueTokens } from './token.ts'
import type { Secret, Tokens, ValueClaims } from './token.ts'
import { startVisit } from './visit.ts'
import type { Backend, Visit } from './visit.ts'

type Routes = Readonly<Record<string, AnyRoute>>

export interface UploadHandlerOptions<Named extends Routes = Routes> {
  /** The bucket that files are uploaded to: `s3Storage({ client, bucket })`. */
  readonly storage: UploadStorage
  /**
   * Key that signs tokens: at least 32 characters, the same on every instance of the server. Must not be undefined. With
   * a list, the first secret signs and all verify. To rotate, put the new secret first and remove the old one a day later.
   */
  readonly secret: Secret | undefined
  /**
   * Name of this handler, for several handlers that share a secret: the handler and `readUploads` reject tokens of another
   * name. Default: none. Upload tokens are also bound to the storage's endpoint, bucket and prefixes.
   */
  readonly name?: string
  /** Routes by name. With a single route, files may omit the route name. */
  readonly routes: Named
  /**
   * Maximum time from presign to confirm, and from confirm to form submit, in seconds. Default: 86,400 (a day). Renewing a
   * ticket does not extend it.
   */
  readonly tokenExpiresIn?: number
  /**
   * Called with errors that are hidden from the browser: those thrown by your callbacks and by storage. Also called soon
   * after startup, with the type `start` and no request, when a package that a route needs (file-type, image-size) cannot
   * be loaded. Default: logs one line with `console.error`, without stacks and signatures.
   */
  readonly onError?: (error: unknown, context: { readonly request?: Request; readonly type: string }) => void
  /** Clock in epoch milliseconds. Default: `Date.now`. */
  readonly now?: () => number
}

/** Fetch-style handler that `createUploadHandler` returns. It never rejects. */
export interface UploadHandler<Named extends Routes = Routes> {
  (request: Request): Promise<Response>
  /** Types for `useUpload({ route })` when the handler is registered. Undefined at run time. */
  readonly '~routes'?: RouteTypes<Named>
  /** Used by `readUploads`. */
  readonly '~form': FormRules
}

/** Reads form values that carry this handler's tokens. */
export interface FormRules {
  readonly values: Tokens<ValueClaims>
  /** Maximum files of a route, Infinity without a limit. Throws a TypeError for an unknown route. */
  maxFilesOf(route: string): number
}

type Steps = {
  readonly [Type in WireRequest['type']]: (body: Body, visit: Visit) => Promise<WireAnswers[Type]>
}

const steps: Steps = {
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
 * import { S3Client } from '@aws-sdk/client-s3'
 * import { createUploadHandler, route, s3Storage } from 'putaway/server'
 *
 * export const uploads = createUploadHandler({
 *   storage: s3Storage({ client: new S3Client({ region: 'eu-central-1' }), bucket: 'my-app' }),
 *   secret: process.env.UPLOAD_SECRET,
 *   routes: {
 *     photos: route({
 *       accept: 'image/*',
 *       maxSize: '10MB',
 *       authorize: (request) => userOf(request), // { id } or null
 *       // `upload.id` is the same when the browser asks again, so upsert on it.
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
 * Throws a TypeError for a short secret, without routes, and for invalid sizes. A missing package does not throw: it is
 * reported to `onError` soon after startup.
 */
export function createUploadHandler<const Named extends Routes>(
  options: UploadHandlerOptions<Named>,
): UploadHandler<Named> {
  const { storage, secret, name = '', routes, tokenExpiresIn = 86_400, now = Date.now } = options
  const { onError = logError } = options
  const place = async () =>
    JSON.stringify([name, (await storage.id?.()) ?? '', storage.prefix, storage.filesPrefix])
  const backend: Backend = {
    storage,
    tokens: createTokens(secret, now, place),
    values: createValueTokens(secret, now, () => name),
    policies: createPolicyTokens(secret, now, place),
    routes: readyRoutes(routes, storage),
    tokenLife: tokenExpiresIn * 1000,
    now,
    arrivals: new Map(),
    confirming: new Map(),
    // About 2 MB.
    measured: createRecent(10_000),
  }

  const tell: typeof onError = (thrown, context) => {
    try {
      onError(thrown, context)
    } catch {
      // A failing log must not change the response.
    }
  }
  void reportMissing(backend.routes.values(), (thrown) => tell(thrown, { type: 'start' }))

  const handle = async (request: Request): Promise<Response> => {
    let type: WireRequest['type'] | undefined
    const report = (thrown: unknown) => tell(thrown, { request, type: type ?? 'unknown' })
    try {
      const read = await readRequest(request)
      type = read.type
      const done = await steps[type](read.body, startVisit(backend, request, type, report))
      // An early confirm that times out is normal: answer 200 so that the console stays clean.
      return answer(read.body.ahead === true ? 200 : statusOfAnswers(done), done)
    } catch (thrown) {
      if (!isUploadError(thrown)) report(thrown)
      const error = refusalOf(thrown, type ? callPhases[type] : 'starting')
      return answer(statusOf(error), { error: wireError(error) }, error.retryAfter)
    }
  }
  const maxFilesOf = (route: string) => {
    const found = backend.routes.get(route)
    if (found) return found.maxFiles
    throw new TypeError(`readUploads: the handler has no route ${JSON.stringify(route)}.`)
  }
  return Object.assign(handle, { '~form': { values: backend.values, maxFilesOf } })
}

/** Creates a JSON response of the upload endpoint. */
export function answer(status: number, body: unknown, retryAfter?: number): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      'content-type': 'application/json',
      // Tickets are secrets of one user, so no cache may keep them.
      'cache-control': 'no-store',
      ...(status === 405 && { allow: 'POST' }),
      ...(retryAfter !== undefined && { 'retry-after': String(Math.ceil(retryAfter / 1000)) }),
    },
  })
}

function logError(error: unknown, { type }: { readonly type: string }): void {
  console.error(`putaway: ${type} failed. ${logLine(error)}`)
}

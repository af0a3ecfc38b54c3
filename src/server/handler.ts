import type { WireAnswers, WireRequest } from '../protocol/wire.ts'
import { confirm } from './confirm.ts'
import { discard } from './discard.ts'
import { complete, listParts, signParts } from './parts.ts'
import { policies } from './policy.ts'
import { presign, renew } from './presign.ts'
import { isUploadError, logLine, refusalOf, statusOf, statusOfAnswers, wireError } from './refusal.ts'
import { reportMissing } from './packages.ts'
import { phaseOf, readRequest } from './request.ts'
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
  /** Where files go: `s3Storage({ client, bucket })`. */
  readonly storage: UploadStorage
  /**
   * At least 32 characters, the same on every copy of the server. Tokens are signed with it. Must not be undefined. Of a
   * list the first signs and all verify: to change the secret put the new one in front, and drop the old one a day later.
   */
  readonly secret: Secret | undefined
  /**
   * Names this handler where several have the same secret: tokens of another name are refused, here and by `readUploads`.
   * Default: none. Upload tokens are bound to endpoint, bucket and prefixes of the storage as well.
   */
  readonly name?: string
  /** By name. A file of a single route need not name it. */
  readonly routes: Named
  /**
   * How long an upload may take from presign to confirm, and a form from there to its submit, in seconds. Default: a day.
   * Renewing a ticket does not move that end.
   */
  readonly tokenExpiresIn?: number
  /**
   * Hears of everything that browsers are not told: what your callbacks and storage threw. Also, with the type `start` and
   * without a request, soon after the handler is made: a package that a route needs (file-type, image-size) and that cannot
   * be loaded. Default: one line on `console.error`, without stacks and signatures.
   */
  readonly onError?: (error: unknown, context: { readonly request?: Request; readonly type: string }) => void
  /** Epoch milliseconds. Default: `Date.now`. */
  readonly now?: () => number
}

export interface UploadHandler<Named extends Routes = Routes> {
  (request: Request): Promise<Response>
  /** What `useUpload({ route })` knows when the handler is registered. Never there at run time. */
  readonly '~routes'?: RouteTypes<Named>
  /** What `readUploads` needs. */
  readonly '~form': FormRules
}

/** How form values are read that carry the tokens of this handler. */
export interface FormRules {
  readonly values: Tokens<ValueClaims>
  /** Of a route; Infinity where it has no limit. Throws a TypeError where there is no such route. */
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
 * The backend of `endpoints="/api/uploads"`: one POST endpoint that presigns, confirms and discards. It keeps no
 * state, so any number of copies may run behind a load balancer.
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
 * Throws a TypeError at once for a short secret, for no route, and for sizes that are none. A package that is missing is
 * reported to `onError` at once as well, and does not throw.
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
      // A log that fails must not decide what the browser hears.
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
      // Bytes that did not come in time are no news: an error's status would be one in people's console.
      return answer(read.body.ahead === true ? 200 : statusOfAnswers(done), done)
    } catch (thrown) {
      if (!isUploadError(thrown)) report(thrown)
      const error = refusalOf(thrown, type ? phaseOf(type) : 'starting')
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

/** An answer of the endpoint, as JSON. */
export function answer(status: number, body: unknown, retryAfter?: number): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      'content-type': 'application/json',
      // Tickets are secrets of one user.
      'cache-control': 'no-store',
      ...(status === 405 && { allow: 'POST' }),
      ...(retryAfter !== undefined && { 'retry-after': String(Math.ceil(retryAfter / 1000)) }),
    },
  })
}

function logError(error: unknown, { type }: { readonly type: string }): void {
  console.error(`putaway: ${type} failed. ${logLine(error)}`)
}

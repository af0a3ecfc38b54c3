import { callPhases } from '../protocol/wire.ts'
import { UploadError } from '../protocol/errors.ts'
import type { UploadPhase } from '../protocol/errors.ts'
import type { WireError } from '../protocol/wire.ts'
import { toSafeError, isUploadError, toWireError } from './error-response.ts'
import type { Dimensions } from '../protocol/image-rules.ts'
import { findRoute } from './routes/resolved-route.ts'
import type { ResolvedRoute } from './routes/resolved-route.ts'
import type { ResultCache } from './inspection/result-cache.ts'
import { checkCurrentRules } from './routes/current-rules.ts'
import type {
  RequestedFile,
  AuthorizeContext,
  OfferedPolicy,
  UploadStep,
  UploadUser,
} from './routes/route.ts'
import type { UploadStorage } from './s3/storage.ts'
import { finalKeyOf } from './naming/object-keys.ts'
import { isPolicyToken, readPolicyToken } from './tokens/policy-token.ts'
import { parseMeta } from './routes/metadata-schema.ts'
import type { PendingClaims, PolicyClaims, UploadClaims, ValueClaims } from './tokens/token-signers.ts'
import type { TokenSigner } from './tokens/signed-token.ts'

/** State that is shared by all requests of a handler. */
export interface HandlerState {
  readonly uploadTokenSigner: TokenSigner<UploadClaims>
  readonly valueTokenSigner: TokenSigner<ValueClaims>
  readonly policyTokenSigner: TokenSigner<PolicyClaims>
  readonly pendingTokenSigner: TokenSigner<PendingClaims>
  /** Scope of upload tokens: the handler's name and its buckets. */
  readonly tokenScope: () => Promise<string>
  readonly routes: ReadonlyMap<string, ResolvedRoute>
  /** Maximum number of files in one request. */
  readonly filesPerRequest: number
  /** Token lifetime in milliseconds. */
  readonly tokenLifetimeMs: number
  readonly now: () => number
  /**
   * Finishes work that the response does not need. Resolves at once if the work continues after the response, else when
   * the work has ended.
   */
  readonly finishLater: (work: Promise<void>) => Promise<void>
  /** Number of early confirms that wait for their object, by route and user. */
  readonly waitingConfirms: Map<string, number>
  /**
   * Running confirms of objects that were uploaded with a reusable policy, by object key. `id` is the upload's id,
   * and `count` is the number of its running confirms.
   */
  readonly confirmLocks: Map<string, { readonly id: string; count: number }>
  /** Discards that have not ended, by upload id. */
  readonly runningDiscards: Map<string, Promise<void>>
  /**
   * Width and height of images, by route, key and ETag. They are cached, because with `promote: false` the browser may
   * confirm the same receipt many times.
   */
  readonly measuredImages: ResultCache<Dimensions | UploadError>
}

/** An upload whose token is valid and whose user is the user of the current request. */
export interface AuthorizedUpload {
  readonly claims: UploadClaims
  readonly route: ResolvedRoute
  readonly user: UploadUser
  /** The file's meta, parsed by the route's `metaSchema`. */
  readonly meta: unknown
}

/** An upload that is rejected. `claims` and `storage` are set only if the upload belongs to the user of the request. */
export interface RejectedUpload {
  readonly thrown: unknown
  readonly claims?: UploadClaims
  /** Store that the upload was sent to. */
  readonly storage?: UploadStorage
}

/** An upload whose token is valid, before `authorize` is called. `thrown` is the error of the route's rules. */
type ParsedUpload = Pick<AuthorizedUpload, 'claims' | 'route'> &
  ({ readonly meta: unknown } | { readonly thrown: unknown })

/** Per-request context. */
export interface RequestContext extends HandlerState {
  readonly request: Request
  readonly uploadPhase: UploadPhase
  /**
   * Calls the route's `authorize` and returns its user. Passes all files of the route, or the `policies` to issue. Throws
   * an UploadError: `unauthorized`, or an error of the app.
   */
  authorizeUser(
    route: ResolvedRoute,
    files: readonly RequestedFile<unknown>[],
    policies?: readonly OfferedPolicy[],
  ): Promise<UploadUser>
  /**
   * Verifies the token of one upload and authorizes the upload. Throws an UploadError: `forbidden`, `expired`,
   * `unauthorized`, an error of the app, or an error of the route's rules.
   */
  authorizeUpload(token: string): Promise<AuthorizedUpload>
  /**
   * Verifies the tokens and authorizes their uploads. An invalid token does not affect the other uploads. Calls
   * `authorize` once per route, with all files of the route. Throws if all uploads have the same route and its
   * `authorize` rejects the request.
   */
  authorizeUploads(tokens: readonly string[]): Promise<readonly (AuthorizedUpload | RejectedUpload)[]>
  /**
   * Checks an upload, whose claims were verified, by the current rules of its route, without `authorize`. Throws an
   * UploadError `not-found` if there is no such route any more.
   */
  checkUpload(claims: UploadClaims, user: UploadUser): Promise<AuthorizedUpload | RejectedUpload>
  /**
   * Converts an error of one file to the JSON of the protocol, so that the other files can continue. Reports unexpected
   * errors.
   */
  toWireError(thrown: unknown): WireError
}

/** Creates the context of one request. Calls `report` with each error that is not an UploadError. */
export function createRequestContext(
  state: HandlerState,
  request: Request,
  step: UploadStep,
  report: (thrown: unknown) => void,
): RequestContext {
  const { uploadTokenSigner, routes } = state
  const phase = callPhases[step]

  const authorizeUser: RequestContext['authorizeUser'] = (route, files, offeredPolicies) => {
    const context = { route: route.name, step: offeredPolicies ? ('policies' as const) : step, files }
    return callAuthorize(route, request, phase, {
      ...context,
      ...(offeredPolicies && { policies: offeredPolicies }),
    })
  }

  // Verifies the token of each policy only once, because fifty files may share one policy.
  const claimsByPolicyToken = new Map<string, Promise<PolicyClaims>>()
  const cachedPolicyTokenReader: Pick<TokenSigner<PolicyClaims>, 'read'> = {
    read(token) {
      const claims = claimsByPolicyToken.get(token) ?? state.policyTokenSigner.read(token, phase)
      claimsByPolicyToken.set(token, claims)
      return claims
    },
  }

  const readUpload = async (token: string): Promise<ParsedUpload | RejectedUpload> => {
    try {
      const claims = await (isPolicyToken(token)
        ? readPolicyToken(token, cachedPolicyTokenReader, phase)
        : uploadTokenSigner.read(token, phase))
      return await checkRules(claims)
    } catch (thrown) {
      return { thrown }
    }
  }

  const checkRules = async (claims: UploadClaims): Promise<ParsedUpload> => {
    const route = findRoute(routes, claims.route, phase)
    try {
      // An upload that no longer fits its route can still be discarded.
      if (step !== 'discard') await checkCurrentRules(claims, route, phase)
      return { claims, route, meta: await parseMeta(route.rules.metaSchema, claims.meta, phase) }
    } catch (thrown) {
      return { claims, route, thrown }
    }
  }

  const assertOwner = async (
    upload: ParsedUpload,
    user: UploadUser,
  ): Promise<AuthorizedUpload | RejectedUpload> => {
    const { claims, route } = upload
    if (user.id !== claims.user) {
      throw new UploadError('forbidden', { phase, message: 'This upload was started by another user.' })
    }
    if ('thrown' in upload) return { claims, storage: route.storage, thrown: upload.thrown }
    const { meta } = upload
    // Uploads with a reusable policy get their final key here, because presign did not see their files.
    const finalKey = claims.to ?? (claims.byPolicy && finalKeyOf(claims, meta, route, { user, request }))
    return { claims: { ...claims, ...(finalKey !== undefined && { to: finalKey }) }, route, user, meta }
  }

  const authorizeUploads: RequestContext['authorizeUploads'] = async (uploadTokens) => {
    const uploads = await Promise.all(uploadTokens.map(readUpload))
    const userByRoute = new Map<ResolvedRoute, Promise<UploadUser>>()
    for (const [route, files] of groupFilesByRoute(uploads)) {
      const user = authorizeUser(route, files)
      user.catch(() => {}) // prevents an unhandled rejection; the code below awaits `user` again
      userByRoute.set(route, user)
    }
    const [firstUser, secondUser] = userByRoute.values()
    if (firstUser && !secondUser) await firstUser
    return Promise.all(
      uploads.map(async (upload) => {
        if (!('route' in upload)) return upload
        try {
          return await assertOwner(
            upload,
            await (userByRoute.get(upload.route) ?? authorizeUser(upload.route, [])),
          )
        } catch (thrown) {
          return { thrown }
        }
      }),
    )
  }

  return {
    ...state,
    request,
    uploadPhase: phase,
    authorizeUser,
    authorizeUploads,
    checkUpload: async (claims, user) => assertOwner(await checkRules(claims), user),

    async authorizeUpload(token) {
      const [upload = { thrown: undefined }] = await authorizeUploads([token])
      if ('thrown' in upload) throw upload.thrown
      return upload
    },

    toWireError(thrown) {
      if (!isUploadError(thrown)) report(thrown)
      return toWireError(toSafeError(thrown, phase))
    },
  }
}

/**
 * Groups the files by route, each upload once. Omits the files that their route rejects, but keeps the route, so that
 * `authorize` is called.
 */
function groupFilesByRoute(
  uploads: readonly (ParsedUpload | RejectedUpload)[],
): Map<ResolvedRoute, readonly RequestedFile<unknown>[]> {
  const filesByRoute = new Map<ResolvedRoute, Map<string, RequestedFile<unknown>>>()
  for (const upload of uploads) {
    if (!('route' in upload)) continue
    const files = filesByRoute.get(upload.route) ?? new Map<string, RequestedFile<unknown>>()
    filesByRoute.set(upload.route, files)
    if (!('meta' in upload)) continue
    const { id, name, size, type, path, byPolicy } = upload.claims
    files.set(id, {
      id,
      name,
      size,
      type,
      meta: upload.meta,
      ...(path !== undefined && { path }),
      ...(byPolicy && { byPolicy }),
    })
  }
  return new Map([...filesByRoute].map(([route, files]) => [route, [...files.values()]]))
}

async function callAuthorize(
  route: ResolvedRoute,
  request: Request,
  phase: UploadPhase,
  context: AuthorizeContext<unknown>,
): Promise<UploadUser> {
  const user = await route.rules.authorize(request, context)
  if (isUploadError(user)) throw user
  if (!user) {
    const message = `authorize of route "${route.name}" returned no user.`
    throw new UploadError('unauthorized', { phase, message })
  }
  if (typeof user.id !== 'string' || user.id === '') {
    throw new TypeError(
      `authorize of route "${route.name}" must return a user whose id is a non-empty string.`,
    )
  }
  return user
}

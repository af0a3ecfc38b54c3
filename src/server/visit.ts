import { callPhases } from '../protocol/wire.ts'
import { UploadError } from '../protocol/errors.ts'
import type { UploadPhase } from '../protocol/errors.ts'
import type { WireError } from '../protocol/wire.ts'
import { refusalOf, isUploadError, wireError } from './refusal.ts'
import type { Dimensions } from './image.ts'
import { findRoute } from './ready-route.ts'
import type { ReadyRoute } from './ready-route.ts'
import type { Recent } from './recent.ts'
import { recheck } from './recheck.ts'
import type { AskedFile, AuthorizeContext, OfferedPolicy, UploadStep, UploadUser } from './route.ts'
import type { UploadStorage } from './storage.ts'
import { finalKeyOf } from './keys.ts'
import { isDelegated, readDelegated } from './policy.ts'
import { parseMeta } from './schema.ts'
import type { Claims, PolicyClaims, Tokens, ValueClaims } from './token.ts'

/** State that is shared by all requests of a handler. */
export interface Backend {
  readonly storage: UploadStorage
  readonly tokens: Tokens<Claims>
  readonly values: Tokens<ValueClaims>
  readonly policies: Tokens<PolicyClaims>
  readonly routes: ReadonlyMap<string, ReadyRoute>
  /** Token lifetime in milliseconds. */
  readonly tokenLife: number
  readonly now: () => number
  /** Number of early confirms that wait for their object, by route and user. */
  readonly arrivals: Map<string, number>
  /** Running confirms of objects uploaded with a reusable policy, by object key: the upload id and how many confirms run. */
  readonly confirming: Map<string, { readonly id: string; count: number }>
  /** What an image was found to be, by route, key and ETag: with `promote: false` a receipt may be confirmed again and again. */
  readonly measured: Recent<Dimensions | UploadError>
}

/** An upload in a later call: its token is valid, and it belongs to the current user. */
export interface KnownUpload {
  readonly claims: Claims
  readonly route: ReadyRoute
  readonly user: UploadUser
  /** The file's meta, parsed by the route's `metaSchema`. */
  readonly meta: unknown
}

/** An upload that is rejected. `claims` is set only when it belongs to the current user. */
export interface RefusedUpload {
  readonly thrown: unknown
  readonly claims?: Claims
}

/** An upload whose token was read, before `authorize`. */
type ReadUpload = Pick<KnownUpload, 'claims' | 'route'> &
  ({ readonly meta: unknown } | { readonly thrown: unknown })

/** Per-request context. */
export interface Visit extends Backend {
  readonly request: Request
  readonly phase: UploadPhase
  /**
   * Calls the route's `authorize` for this step with all files of the route, or with the `policies` that are to be issued.
   * Throws an UploadError: `unauthorized`, or the app's own.
   */
  admit(
    route: ReadyRoute,
    files: readonly AskedFile<unknown>[],
    policies?: readonly OfferedPolicy[],
  ): Promise<UploadUser>
  /** Opens one upload. Throws an UploadError: `forbidden`, `expired`, `unauthorized`, the app's own or the route rules'. */
  open(token: string): Promise<KnownUpload>
  /**
   * Opens uploads independently of each other. Calls each route's `authorize` once, with all its files. Throws when all
   * uploads are of one route and its `authorize` rejects the request.
   */
  openAll(tokens: readonly string[]): Promise<readonly (KnownUpload | RefusedUpload)[]>
  /** Converts an error of one file to its wire form, so that the other files can go on. Reports unexpected errors. */
  refuse(thrown: unknown): WireError
}

/** Creates the context of one request. `report` is called with everything thrown that is not an UploadError. */
export function startVisit(
  backend: Backend,
  request: Request,
  step: UploadStep,
  report: (thrown: unknown) => void,
): Visit {
  const { storage, tokens, routes } = backend
  const phase = callPhases[step]

  const admit: Visit['admit'] = (route, files, offered) => {
    const context = { route: route.name, step: offered ? ('policies' as const) : step, files }
    return authorize(route, request, phase, { ...context, ...(offered && { policies: offered }) })
  }

  // Fifty files may share one policy: verify its token once.
  const readPolicies = new Map<string, Promise<PolicyClaims>>()
  const policies: Pick<Tokens<PolicyClaims>, 'read'> = {
    read(token) {
      const claims = readPolicies.get(token) ?? backend.policies.read(token, phase)
      readPolicies.set(token, claims)
      return claims
    },
  }

  const read = async (token: string): Promise<ReadUpload | RefusedUpload> => {
    try {
      const claims = await (isDelegated(token)
        ? readDelegated(token, policies, phase)
        : tokens.read(token, phase))
      const route = findRoute(routes, claims.route, phase)
      try {
        // An upload that no longer fits its route can still be discarded.
        if (step !== 'discard') await recheck(claims, route, storage, phase)
        return { claims, route, meta: await parseMeta(route.rules.input, claims.meta, phase) }
      } catch (thrown) {
        return { claims, route, thrown }
      }
    } catch (thrown) {
      return { thrown }
    }
  }

  const own = async (each: ReadUpload, user: UploadUser): Promise<KnownUpload | RefusedUpload> => {
    const { claims, route } = each
    if (user.id !== claims.user) {
      throw new UploadError('forbidden', { phase, message: 'This upload was started by another user.' })
    }
    if ('thrown' in each) return { claims, thrown: each.thrown }
    const { meta } = each
    // Uploads made with a reusable policy get their final key here, because no presign chose one.
    const to = claims.to ?? (claims.byPolicy && finalKeyOf(claims, meta, route, { user, request, storage }))
    return { claims: { ...claims, ...(to !== undefined && { to }) }, route, user, meta }
  }

  const openAll: Visit['openAll'] = async (all) => {
    const found = await Promise.all(all.map(read))
    const users = new Map<ReadyRoute, Promise<UploadUser>>()
    for (const [route, files] of filesOf(found)) {
      const user = admit(route, files)
      user.catch(() => {}) // rethrown below for each upload of this route
      users.set(route, user)
    }
    const [only, second] = users.values()
    if (only && !second) await only
    return Promise.all(
      found.map(async (each) => {
        if (!('route' in each)) return each
        try {
          return await own(each, await (users.get(each.route) ?? admit(each.route, [])))
        } catch (thrown) {
          return { thrown }
        }
      }),
    )
  }

  return {
    ...backend,
    request,
    phase,
    admit,
    openAll,

    async open(token) {
      const [opened = { thrown: undefined }] = await openAll([token])
      if ('thrown' in opened) throw opened.thrown
      return opened
    },

    refuse(thrown) {
      if (!isUploadError(thrown)) report(thrown)
      return wireError(refusalOf(thrown, phase))
    },
  }
}

/** Groups the files that fit their route's rules by route, each upload once. */
function filesOf(
  found: readonly (ReadUpload | RefusedUpload)[],
): Map<ReadyRoute, readonly AskedFile<unknown>[]> {
  const byRoute = new Map<ReadyRoute, Map<string, AskedFile<unknown>>>()
  for (const each of found) {
    if (!('route' in each)) continue
    const files = byRoute.get(each.route) ?? new Map<string, AskedFile<unknown>>()
    byRoute.set(each.route, files)
    if (!('meta' in each)) continue
    const { id, name, size, type, byPolicy } = each.claims
    files.set(id, { id, name, size, type, meta: each.meta, ...(byPolicy && { byPolicy }) })
  }
  return new Map([...byRoute].map(([route, files]) => [route, [...files.values()]]))
}

async function authorize(
  route: ReadyRoute,
  request: Request,
  phase: UploadPhase,
  context: AuthorizeContext<unknown>,
): Promise<UploadUser> {
  const user = await route.rules.authorize(request, context)
  if (isUploadError(user)) throw user
  if (!user) throw new UploadError('unauthorized', { phase })
  if (typeof user.id !== 'string' || user.id === '') {
    throw new TypeError(
      `authorize of route "${route.name}" must return a user whose id is a non-empty string.`,
    )
  }
  return user
}

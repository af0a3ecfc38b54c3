import { UploadError } from '../protocol/errors.ts'
import type { UploadPhase } from '../protocol/errors.ts'
import type { WireError } from '../protocol/wire.ts'
import { refusalOf, isUploadError, wireError } from './refusal.ts'
import type { Dimensions } from './image.ts'
import { findRoute } from './ready-route.ts'
import type { ReadyRoute } from './ready-route.ts'
import type { Recent } from './recent.ts'
import { recheck } from './recheck.ts'
import { phaseOf } from './request.ts'
import type { AskedFile, AuthorizeContext, OfferedPolicy, UploadStep, UploadUser } from './route.ts'
import type { UploadStorage } from './storage.ts'
import { finalKeyOf } from './keys.ts'
import { isDelegated, readDelegated } from './policy.ts'
import { parseMeta } from './schema.ts'
import type { Claims, PolicyClaims, Tokens, ValueClaims } from './token.ts'

/** What stays from one request to the next. */
export interface Backend {
  readonly storage: UploadStorage
  readonly tokens: Tokens<Claims>
  readonly values: Tokens<ValueClaims>
  readonly policies: Tokens<PolicyClaims>
  readonly routes: ReadonlyMap<string, ReadyRoute>
  /** Milliseconds that a token lives. */
  readonly tokenLife: number
  readonly now: () => number
  /** How many confirms wait for their bytes, by route and user. */
  readonly arrivals: Map<string, number>
  /** By the key of an object that came by a policy, the upload as which it is being confirmed, and how often. */
  readonly confirming: Map<string, { readonly id: string; count: number }>
  /** What an image was found to be, by route, key and ETag: with `promote: false` a receipt may be confirmed again and again. */
  readonly measured: Recent<Dimensions | UploadError>
}

/** An upload that somebody comes back to: the token is ours and alive, and the user is the one it was made for. */
export interface KnownUpload {
  readonly claims: Claims
  readonly route: ReadyRoute
  readonly user: UploadUser
  /** The file's meta as the route's `input` makes it. */
  readonly meta: unknown
}

/** An upload that may not go on. `claims` only where it is the user's own. */
export interface RefusedUpload {
  readonly thrown: unknown
  readonly claims?: Claims
}

/** A token that was read, before anybody was asked who this is. */
type ReadUpload = Pick<KnownUpload, 'claims' | 'route'> &
  ({ readonly meta: unknown } | { readonly thrown: unknown })

/** One request, while it is answered. */
export interface Visit extends Backend {
  readonly request: Request
  readonly phase: UploadPhase
  /**
   * Asks the app who this is and whether they may do this step with all these files of the route; with `policies`,
   * whether those may be issued. Throws an UploadError: `unauthorized`, or what the app says.
   */
  admit(
    route: ReadyRoute,
    files: readonly AskedFile<unknown>[],
    policies?: readonly OfferedPolicy[],
  ): Promise<UploadUser>
  /** Throws an UploadError: `forbidden`, `expired`, `unauthorized`, what the app says, or what the route's rules say. */
  open(token: string): Promise<KnownUpload>
  /**
   * Opens each for itself. `authorize` of each route is called once, with all its files. Where all are of one route and it
   * lets nobody in, that is the answer to the whole request: it throws.
   */
  openAll(tokens: readonly string[]): Promise<readonly (KnownUpload | RefusedUpload)[]>
  /** What one file is told, where the others go on. */
  refuse(thrown: unknown): WireError
}

/** `report` hears of everything that is not a plain refusal. */
export function startVisit(
  backend: Backend,
  request: Request,
  step: UploadStep,
  report: (thrown: unknown) => void,
): Visit {
  const { storage, tokens, routes } = backend
  const phase = phaseOf(step)

  const admit: Visit['admit'] = (route, files, offered) => {
    const context = { route: route.name, step: offered ? ('policies' as const) : step, files }
    return authorize(route, request, phase, { ...context, ...(offered && { policies: offered }) })
  }

  // Fifty files may have come by one policy.
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
        // An upload that does not fit any more may still be dropped.
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
    // No presign has decided where an upload by a policy is put away.
    const to = claims.to ?? (claims.byPolicy && finalKeyOf(claims, meta, route, { user, request, storage }))
    return { claims: { ...claims, ...(to !== undefined && { to }) }, route, user, meta }
  }

  const openAll: Visit['openAll'] = async (all) => {
    const found = await Promise.all(all.map(read))
    const users = new Map<ReadyRoute, Promise<UploadUser>>()
    for (const [route, files] of filesOf(found)) {
      const user = admit(route, files)
      user.catch(() => {}) // whoever is of this route hears it below
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

/** The files of each route that fit its rules, each upload once. */
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
      `authorize of route "${route.name}" must return a user whose id is a text that is not empty.`,
    )
  }
  return user
}

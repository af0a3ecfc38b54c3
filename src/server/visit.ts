import { UploadError } from '../protocol/errors.ts'
import type { UploadPhase } from '../protocol/errors.ts'
import type { FileInfo } from '../protocol/ticket.ts'
import type { WireError } from '../protocol/wire.ts'
import { refusalOf, isUploadError, wireError } from './refusal.ts'
import { findRoute } from './ready-route.ts'
import type { ReadyRoute } from './ready-route.ts'
import type { AskedFile, UploadUser } from './route.ts'
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
}

/** An upload that somebody comes back to: the token is ours and alive, and the user is the one it was made for. */
export interface KnownUpload {
  readonly claims: Claims
  readonly route: ReadyRoute
  readonly user: UploadUser
}

/** What a token says, before anybody was asked who this is. `file` is what came with a policy. */
type ReadUpload = Omit<KnownUpload, 'user'> & { readonly file?: FileInfo }

interface Refused {
  readonly thrown: unknown
}

/** One request, while it is answered. */
export interface Visit extends Backend {
  readonly request: Request
  readonly phase: UploadPhase
  /** Asks the app who this is, once per request and route. */
  admit(route: ReadyRoute, files?: readonly AskedFile<unknown>[]): Promise<UploadUser>
  /** Throws an UploadError: `forbidden`, `expired`, `unauthorized`, or what the app says. */
  open(token: string): Promise<KnownUpload>
  /**
   * Opens each for itself. Where all are of one route and its `authorize` lets nobody in, that is the answer to the
   * whole request: it throws. With `arriving` it sees the files that no presign has shown it.
   */
  openAll(tokens: readonly string[], arriving?: boolean): Promise<readonly (KnownUpload | Refused)[]>
  /** What one file is told, where the others go on. */
  refuse(thrown: unknown): WireError
}

/** `report` hears of everything that is not a plain refusal. */
export function startVisit(
  backend: Backend,
  request: Request,
  phase: UploadPhase,
  report: (thrown: unknown) => void,
): Visit {
  const admissions = new Map<string, Promise<UploadUser>>()

  const admit = (route: ReadyRoute, files?: readonly AskedFile<unknown>[]): Promise<UploadUser> => {
    const known = admissions.get(route.name)
    if (known) return known
    const asked = authorize(route, request, phase, files)
    admissions.set(route.name, asked)
    return asked
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

  const read = async (token: string): Promise<ReadUpload> => {
    if (isDelegated(token)) return readDelegated(token, policies, backend.routes, phase)
    const claims = await backend.tokens.read(token, phase)
    return { claims, route: findRoute(backend.routes, claims.route, phase) }
  }

  const own = async ({ claims, route }: ReadUpload): Promise<KnownUpload> => {
    const user = await admit(route)
    if (user.id === claims.user) return { claims: await withPlace({ claims, route }, user), route, user }
    throw new UploadError('forbidden', { phase, message: 'This upload was started by another user.' })
  }

  /** Of an upload by a policy nobody has said yet where it is put away. */
  const withPlace = async (
    { claims, route }: Omit<KnownUpload, 'user'>,
    user: UploadUser,
  ): Promise<Claims> => {
    if (!route.promote || claims.to !== undefined) return claims
    const meta = await parseMeta(route.rules.input, claims.meta, phase)
    const { storage } = backend
    return { ...claims, to: finalKeyOf(claims, meta, route, { user, request, storage }) }
  }

  return {
    ...backend,
    request,
    phase,
    admit,

    async open(token) {
      return own(await read(token))
    },

    async openAll(tokens, arriving = false) {
      const known = await Promise.all(tokens.map((token) => read(token).catch(refused)))
      for (const [route, files] of arriving ? unseen(known) : []) await admit(route, files).catch(() => {})
      const [only, second] = new Set(known.flatMap((each) => ('route' in each ? [each.route] : [])))
      if (only && !second) await admit(only)
      return Promise.all(
        known.map((each) => ('thrown' in each ? Promise.resolve(each) : own(each).catch(refused))),
      )
    },

    refuse(thrown) {
      if (!isUploadError(thrown)) report(thrown)
      return wireError(refusalOf(thrown, phase))
    },
  }
}

/** The files of each route that came by a policy. */
function unseen(known: readonly (ReadUpload | Refused)[]): Map<ReadyRoute, AskedFile<unknown>[]> {
  const files = new Map<ReadyRoute, AskedFile<unknown>[]>()
  for (const each of known) {
    if (!('file' in each) || !each.file) continue
    // A route whose `input` makes something else of meta offers no policy.
    files.set(each.route, [...(files.get(each.route) ?? []), { ...each.file, meta: each.file.meta ?? {} }])
  }
  return files
}

function refused(thrown: unknown): Refused {
  return { thrown }
}

async function authorize(
  route: ReadyRoute,
  request: Request,
  phase: UploadPhase,
  files: readonly AskedFile<unknown>[] | undefined,
): Promise<UploadUser> {
  const user = await route.rules.authorize(request, { route: route.name, ...(files && { files }) })
  if (isUploadError(user)) throw user
  if (!user) throw new UploadError('unauthorized', { phase })
  if (typeof user.id !== 'string' || user.id === '') {
    throw new TypeError(
      `authorize of route "${route.name}" must return a user whose id is a text that is not empty.`,
    )
  }
  return user
}

import { acceptPatterns, accepts } from '../protocol/accept.ts'
import { UploadError } from '../protocol/errors.ts'
import type { UploadPhase } from '../protocol/errors.ts'
import { parseFileInfo } from '../protocol/parse.ts'
import type { Reader } from '../protocol/parse.ts'
import type { FileInfo } from '../protocol/ticket.ts'
import type { WireAnswers, WirePolicy } from '../protocol/wire.ts'
import { privatePrefix } from './keys.ts'
import { canonicalName, mediaTypes } from './media-types.ts'
import { cleanName, nameFor } from './names.ts'
import { checkFile, findRoute } from './ready-route.ts'
import type { ReadyRoute } from './ready-route.ts'
import { readerOf, readOptionalText } from './request.ts'
import type { Body } from './request.ts'
import { isUploadError } from './refusal.ts'
import type { UploadUser } from './route.ts'
import type { UploadStorage } from './storage.ts'
import { readJson } from './token.ts'
import type { Claims, PolicyClaims, Tokens } from './token.ts'
import type { Visit } from './visit.ts'

/** Longer than it takes to choose some files, shorter than anyone needs who found one. In seconds. */
const life = 900

/**
 * Whether files of a route may go by a policy that is signed once for many. Not where presign has something to say of
 * each: where `input` reads its meta, or the route says `reusable: false`.
 */
export async function isReusable(route: ReadyRoute, storage: UploadStorage): Promise<boolean> {
  const { rules, strategy, promote } = route
  const posts = strategy === 'post' || (strategy === 'auto' && storage.multipartFrom > route.minSize)
  return posts && promote && !rules.input && rules.reusable !== false && (await storage.acceptsPost())
}

/** A policy for one user, route and exact type, below a fresh random prefix. `route` is as the browser names it. */
export async function newPolicy(
  type: string,
  route: ReadyRoute,
  named: string | undefined,
  user: UploadUser,
  { storage, policies: tokens, now, tokenLife }: Visit,
): Promise<WirePolicy> {
  const id = crypto.randomUUID()
  const prefix = privatePrefix(storage, user, id, now())
  const maxSize =
    route.strategy === 'auto' ? Math.min(route.maxSize, storage.multipartFrom - 1) : route.maxSize
  const size = { minSize: route.minSize, maxSize }
  const checksum = (await storage.keepsChecksums()) && ({ checksum: 'CRC64NVME' } as const)
  const claims = { id, route: route.name, user: user.id, prefix, type, ...size, ...checksum }
  const [token, signed] = await Promise.all([
    // What was stored in time may be confirmed later.
    tokens.issue({ ...claims, exp: now() + tokenLife }),
    storage.signPolicy({ prefix, type, ...size }, life),
  ])
  const { confirmAhead } = route.rules
  return {
    ...(named !== undefined && { route: named }),
    ...(confirmAhead && { confirmAhead }),
    type,
    ...size,
    prefix,
    token,
    ...checksum,
    ...signed,
  }
}

/** Policies of the types that a route's files probably have, before a file is chosen. */
export async function policies(body: Body, visit: Visit): Promise<WireAnswers['policies']> {
  const { storage } = visit
  const named = readOptionalText(readerOf('policies'), body.route, 'route')
  const route = findRoute(visit.routes, named, visit.phase)
  const user = await visit.admit(route, []).catch((thrown: unknown) => {
    if (!isUploadError(thrown)) throw thrown
  })
  // Said when a file is chosen, and not in the console of a page that somebody only looks at.
  if (!user) return { policies: [] }
  const types = (await isReusable(route, storage)) ? likelyTypes(route) : []
  return {
    policies: await Promise.all(types.map((type) => newPolicy(type, route, named, user, visit))),
    hello: await storage.hello(),
  }
}

const commonTypes = ['image/jpeg', 'image/png', 'image/webp', 'image/heic', 'application/pdf']

function likelyTypes({ rules: { accept } }: ReadyRoute): string[] {
  const exact = acceptPatterns(accept)
    .filter((pattern) => /^[\w.+-]+\/[\w.+-]+$/.test(pattern))
    .map(canonicalName)
  const common = commonTypes.filter((type) => accepts(accept, { name: 'a', type }, mediaTypes))
  return [...new Set([...exact, ...common])].slice(0, 8)
}

/** Whether a token is a policy's, with the file behind it that the browser has used it for. */
export function isDelegated(token: string): boolean {
  return token.split('.').length === 3
}

/**
 * What is known of an upload by a policy. Of the file only what storage and confirm look at anyway is taken from the
 * browser. Its id is put together with the policy's own, so that nobody can name the upload of another.
 */
export async function readDelegated(
  token: string,
  tokens: Pick<Tokens<PolicyClaims>, 'read'>,
  routes: ReadonlyMap<string, ReadyRoute>,
  phase: UploadPhase,
): Promise<{ claims: Claims; route: ReadyRoute; file: FileInfo }> {
  const end = token.lastIndexOf('.')
  const policy = await tokens.read(token.slice(0, end), phase)
  const route = findRoute(routes, policy.route, phase)
  const reader: Reader = { source: 'The file in the token', phase, code: 'rejected' }
  const file = parseFileInfo({ ...Object(readJson(token.slice(end + 1))), type: policy.type }, reader)
  checkFile(file, route)
  if (!/^[\w-]{16,64}$/.test(file.id) || file.size < policy.minSize || file.size > policy.maxSize) {
    const message = 'The file in the token has an id or a size that the policy is not for.'
    throw new UploadError('rejected', { phase, message })
  }
  const { user, prefix, type, checksum, exp } = policy
  const { size, meta = {} } = file
  const id = await uuidOf(`${policy.id}/${file.id}`)
  const key = prefix + file.id
  const about = {
    id,
    route: policy.route,
    user,
    key,
    name: nameFor(cleanName(file.name), type),
    size,
    type,
    meta,
  }
  return { claims: { ...about, kind: 'post', ...(checksum && { checksum }), exp }, route, file }
}

/** The same for the same text, in the form that databases know ids by. */
async function uuidOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  const hex = Array.from(new Uint8Array(digest, 0, 16), (byte) => byte.toString(16).padStart(2, '0')).join('')
  // Version 8 of RFC 9562: made in a way of our own.
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`
}

import { acceptPatterns, accepts } from '../protocol/accept.ts'
import { UploadError } from '../protocol/errors.ts'
import type { UploadPhase } from '../protocol/errors.ts'
import { parseFileInfo } from '../protocol/parse.ts'
import type { Reader } from '../protocol/parse.ts'
import type { WireAnswers, WirePolicy } from '../protocol/wire.ts'
import { privatePrefix } from './keys.ts'
import { canonicalName, mediaTypes } from './media-types.ts'
import { cleanName, nameFor } from './names.ts'
import { findRoute, maxNameLength } from './ready-route.ts'
import type { ReadyRoute } from './ready-route.ts'
import { readerOf, readOptionalText } from './request.ts'
import type { Body } from './request.ts'
import { isUploadError } from './refusal.ts'
import type { OfferedPolicy, UploadUser } from './route.ts'
import type { UploadStorage } from './storage.ts'
import { readJson } from './token.ts'
import type { Claims, PolicyClaims, Tokens } from './token.ts'
import type { Visit } from './visit.ts'

/**
 * Policy lifetime in seconds. A policy allows any number of files, so it lives only as long as people take to choose some.
 * The browser client stops using it a minute before it expires and requests another one.
 */
const life = 300

/** Maximum policies in one answer, one for each type. */
export const maxPolicies = 8

/**
 * Whether a route's files may share a policy that is signed once for many. False when presign must check each file: with
 * `metaSchema`, or with `reusePolicies: false`.
 */
export async function isReusable(route: ReadyRoute, storage: UploadStorage): Promise<boolean> {
  const { rules, strategy, promote } = route
  const posts = strategy === 'post' || strategy === 'auto'
  const some = storage.multipartFrom > route.minSize
  return posts && some && promote && !rules.input && rules.reusable !== false && (await storage.acceptsPost())
}

/** Limits of a policy for files of one type. Larger files are presigned one by one, even when they are not multipart. */
export function offer(type: string, route: ReadyRoute, storage: UploadStorage): OfferedPolicy {
  return { type, minSize: route.minSize, maxSize: Math.min(route.maxSize, storage.multipartFrom - 1) }
}

/** Signs a policy for one user, route and exact type, below a new random prefix. `named` is the route as the browser sent it. */
export async function newPolicy(
  offered: OfferedPolicy,
  route: ReadyRoute,
  named: string | undefined,
  user: UploadUser,
  { storage, policies: tokens, now, tokenLife }: Visit,
): Promise<WirePolicy> {
  const id = crypto.randomUUID()
  const prefix = privatePrefix(storage, user, id, now())
  const checksum = (await storage.keepsChecksums()) && ({ checksum: 'CRC64NVME' } as const)
  const claims = { id, route: route.name, user: user.id, prefix, ...offered, ...checksum }
  const [token, signed] = await Promise.all([
    // An object stored before the policy expires may be confirmed until the token expires.
    tokens.issue({ ...claims, exp: now() + tokenLife }),
    storage.signPolicy({ prefix, ...offered }, Math.min(life, tokenLife / 1000)),
  ])
  const { confirmAhead } = route.rules
  return {
    ...(named !== undefined && { route: named }),
    ...(confirmAhead && { confirmAhead }),
    ...offered,
    prefix,
    token,
    ...checksum,
    ...signed,
  }
}

/** Answers policies for the likely types of a route's files, before a file is chosen. */
export async function policies(body: Body, visit: Visit): Promise<WireAnswers['policies']> {
  const { storage } = visit
  const named = readOptionalText(readerOf('policies'), body.route, 'route')
  const route = findRoute(visit.routes, named, visit.phase)
  const types = (await isReusable(route, storage)) ? likelyTypes(route) : []
  const offered = types.map((type) => offer(type, route, storage))
  const user = await visit.admit(route, [], offered).catch((thrown: unknown) => {
    if (!isUploadError(thrown)) throw thrown
  })
  // An error here would log to the console of a page that is only viewed. Presign repeats it once a file is chosen.
  if (!user) return { policies: [] }
  return {
    policies: await Promise.all(offered.map((each) => newPolicy(each, route, named, user, visit))),
    hello: await storage.hello(),
  }
}

const commonTypes = ['image/jpeg', 'image/png', 'image/webp', 'image/heic', 'application/pdf']

function likelyTypes({ rules: { accept } }: ReadyRoute): string[] {
  const exact = acceptPatterns(accept)
    .filter((pattern) => /^[\w.+-]+\/[\w.+-]+$/.test(pattern))
    .map(canonicalName)
  const common = commonTypes.filter((type) => accepts(accept, { name: 'a', type }, mediaTypes))
  return [...new Set([...exact, ...common])].slice(0, maxPolicies)
}

/** Whether a token is a policy token followed by the description of one file. */
export function isDelegated(token: string): boolean {
  return token.split('.').length === 3
}

/**
 * Reads the claims of an upload made with a reusable policy. Only id, name, size and meta are taken from the browser. The
 * upload's id is a hash of the policy's id, so that a user cannot name another user's upload, and of everything that the
 * browser sent, so that one id has one name, one meta and one final key.
 */
export async function readDelegated(
  token: string,
  tokens: Pick<Tokens<PolicyClaims>, 'read'>,
  phase: UploadPhase,
): Promise<Claims> {
  const end = token.lastIndexOf('.')
  const policy = await tokens.read(token.slice(0, end), phase)
  const { route, user, prefix, type, checksum, exp } = policy
  const reader: Reader = { source: 'The file in the token', phase, code: 'rejected' }
  const {
    id: fileId,
    name: given,
    size,
    meta: sent = {},
  } = parseFileInfo({ ...Object(readJson(token.slice(end + 1))), type, route }, reader)
  const fits = size >= policy.minSize && size <= policy.maxSize && given.length <= maxNameLength
  if (!fits || !/^[\w-]{16,64}$/.test(fileId)) {
    const message = 'The file in the token has an id, a name or a size that the policy does not allow.'
    throw new UploadError('rejected', { phase, message })
  }
  const name = nameFor(cleanName(given), type)
  // Sorted, so that the order of the fields does not change the upload's id.
  const meta = Object.fromEntries(Object.entries(sent).toSorted(([one], [other]) => (one < other ? -1 : 1)))
  const id = await uuidOf(JSON.stringify([policy.id, fileId, name, size, type, Object.entries(meta)]))
  const about = { id, route, user, key: prefix + fileId, name, size, type, meta }
  return { ...about, kind: 'post', byPolicy: true, ...(checksum && { checksum }), exp }
}

/** Hashes a text to a UUID, so that databases can store the id in a UUID column. */
async function uuidOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  const hex = Array.from(new Uint8Array(digest, 0, 16), (byte) => byte.toString(16).padStart(2, '0')).join('')
  // Version 8 of RFC 9562 is for custom formats.
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`
}

import { splitAccept, accepts } from '../protocol/accept.ts'
import { UploadError } from '../protocol/errors.ts'
import type { UploadPhase } from '../protocol/errors.ts'
import { parseFileInfo } from '../protocol/parse.ts'
import type { ParseContext } from '../protocol/parse.ts'
import type { WireAnswers, WirePolicy } from '../protocol/wire.ts'
import { privatePrefixOf } from './keys.ts'
import { canonicalName, mediaTypes } from './media-types.ts'
import { cleanName, nameForType } from './names.ts'
import { findRoute, maxNameLength } from './resolved-route.ts'
import type { ResolvedRoute } from './resolved-route.ts'
import { readerOf, readOptionalText } from './read-request.ts'
import type { RequestBody } from './read-request.ts'
import { isUploadError } from './error-response.ts'
import type { OfferedPolicy, UploadUser } from './route.ts'
import type { UploadStorage } from './storage.ts'
import { parseBase64UrlJson } from './token.ts'
import type { UploadClaims, PolicyClaims, Tokens } from './token.ts'
import type { RequestContext } from './request-context.ts'

/**
 * Policy lifetime in seconds. A policy allows any number of files, so it lives only as long as people take to choose
 * some. The browser client stops using it a minute before it expires and requests a new one.
 */
const policyLifetimeSeconds = 300

/** Maximum policies in one answer, one for each type. */
export const maxPolicies = 8

/**
 * Whether a route's files may share a policy that is signed once for many. False when presign must check each file:
 * with `metaSchema`, or with `reusePolicies: false`.
 */
export async function canReusePolicies(route: ResolvedRoute, storage: UploadStorage): Promise<boolean> {
  const { rules, strategy, promote } = route
  const usesPost = strategy === 'post' || strategy === 'auto'
  const hasSmallFiles = storage.multipartFrom > route.minSize
  return (
    usesPost &&
    hasSmallFiles &&
    promote &&
    !rules.metaSchema &&
    rules.reusePolicies !== false &&
    (await storage.acceptsPost())
  )
}

/**
 * Limits of a policy for files of one type. Larger files are presigned one by one, even when they are not multipart.
 */
export function offeredPolicyOf(type: string, route: ResolvedRoute, storage: UploadStorage): OfferedPolicy {
  return { type, minSize: route.minSize, maxSize: Math.min(route.maxSize, storage.multipartFrom - 1) }
}

/**
 * Signs a policy for one user, route and exact type, below a new random prefix. `routeName` is the name that the
 * browser sent.
 */
export async function createPolicy(
  offeredPolicy: OfferedPolicy,
  route: ResolvedRoute,
  routeName: string | undefined,
  user: UploadUser,
  { storage, policyTokens: tokens, now, tokenLifetimeMs: tokenLife }: RequestContext,
): Promise<WirePolicy> {
  const id = crypto.randomUUID()
  const prefix = privatePrefixOf(storage, user, id, now())
  const checksum = (await storage.keepsChecksums()) && ({ checksum: 'CRC64NVME' } as const)
  const claims = { id, route: route.name, user: user.id, prefix, ...offeredPolicy, ...checksum }
  const [token, signed] = await Promise.all([
    // An object stored before the policy expires may be confirmed until the token expires.
    tokens.issue({ ...claims, exp: now() + tokenLife }),
    storage.signPolicy({ prefix, ...offeredPolicy }, Math.min(policyLifetimeSeconds, tokenLife / 1000)),
  ])
  const { earlyConfirm } = route.rules
  return {
    ...(routeName !== undefined && { route: routeName }),
    ...(earlyConfirm && { earlyConfirm }),
    ...offeredPolicy,
    prefix,
    token,
    ...checksum,
    ...signed,
  }
}

/** Answers policies for the likely types of a route's files, before a file is chosen. */
export async function policies(body: RequestBody, context: RequestContext): Promise<WireAnswers['policies']> {
  const { storage } = context
  const routeName = readOptionalText(readerOf('policies'), body.route, 'route')
  const route = findRoute(context.routes, routeName, context.phase)
  const types = (await canReusePolicies(route, storage)) ? guessTypes(route) : []
  const offeredPolicies = types.map((type) => offeredPolicyOf(type, route, storage))
  const user = await context.admit(route, [], offeredPolicies).catch((thrown: unknown) => {
    if (!isUploadError(thrown)) throw thrown
  })
  // An error here would log to the console of a page that is only viewed. Presign repeats it once a file is chosen.
  if (!user) return { policies: [] }
  return {
    policies: await Promise.all(
      offeredPolicies.map((each) => createPolicy(each, route, routeName, user, context)),
    ),
    hello: await storage.hello(),
  }
}

const commonTypes = ['image/jpeg', 'image/png', 'image/webp', 'image/heic', 'application/pdf']

function guessTypes({ rules: { accept } }: ResolvedRoute): string[] {
  const exactTypes = splitAccept(accept)
    .filter((pattern) => /^[\w.+-]+\/[\w.+-]+$/.test(pattern))
    .map(canonicalName)
  const acceptedCommonTypes = commonTypes.filter((type) => accepts(accept, { name: 'a', type }, mediaTypes))
  return [...new Set([...exactTypes, ...acceptedCommonTypes])].slice(0, maxPolicies)
}

/** Whether a token is a policy token followed by the description of one file. */
export function isPolicyToken(token: string): boolean {
  return token.split('.').length === 3
}

/**
 * Reads the claims of an upload made with a reusable policy. Only id, name, size and meta are taken from the browser.
 * The upload's id is a hash of the policy's id, so that a user cannot name another user's upload, and of everything
 * that the browser sent, so that one id has one name, one meta and one final key.
 */
export async function readPolicyToken(
  token: string,
  tokens: Pick<Tokens<PolicyClaims>, 'read'>,
  phase: UploadPhase,
): Promise<UploadClaims> {
  const separator = token.lastIndexOf('.')
  const policy = await tokens.read(token.slice(0, separator), phase)
  const { route, user, prefix, type, checksum, exp } = policy
  const reader: ParseContext = { source: 'The file in the token', phase, code: 'rejected' }
  const {
    id: fileId,
    name: announcedName,
    size,
    meta: sentMeta = {},
  } = parseFileInfo({ ...Object(parseBase64UrlJson(token.slice(separator + 1))), type, route }, reader)
  const fits = size >= policy.minSize && size <= policy.maxSize && announcedName.length <= maxNameLength
  if (!fits || !/^[\w-]{16,64}$/.test(fileId)) {
    const message = 'The file in the token has an id, a name or a size that the policy does not allow.'
    throw new UploadError('rejected', { phase, message })
  }
  const name = nameForType(cleanName(announcedName), type)
  // The fields are sorted, so that their order does not change the upload's id.
  const meta = Object.fromEntries(
    Object.entries(sentMeta).toSorted(([one], [other]) => (one < other ? -1 : 1)),
  )
  const id = await uuidOf(JSON.stringify([policy.id, fileId, name, size, type, Object.entries(meta)]))
  const upload = { id, route, user, key: prefix + fileId, name, size, type, meta }
  return { ...upload, kind: 'post', byPolicy: true, ...(checksum && { checksum }), exp }
}

/** Hashes a text to a UUID, so that databases can store the id in a UUID column. */
async function uuidOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  const hex = Array.from(new Uint8Array(digest, 0, 16), (byte) => byte.toString(16).padStart(2, '0')).join('')
  // Version 8 of RFC 9562 is for custom formats.
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`
}

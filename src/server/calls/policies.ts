import { splitAccept, accepts } from '../../protocol/accept/accept.ts'
import type { WireAnswers, WirePolicy } from '../../protocol/wire.ts'
import { privatePrefixOf } from '../naming/object-keys.ts'
import { canonicalName, mediaTypes } from '../inspection/media-types.ts'
import { canReusePolicies, sendsByPost } from '../routes/policy-reuse.ts'
import { findRoute } from '../routes/resolved-route.ts'
import type { ResolvedRoute } from '../routes/resolved-route.ts'
import { requestParseContextOf, readOptionalText } from '../read-request.ts'
import type { CallBody } from '../read-request.ts'
import { isUploadError } from '../error-response.ts'
import type { OfferedPolicy, UploadUser } from '../routes/route.ts'
import type { RequestContext } from '../request-context.ts'

/**
 * Policy lifetime in seconds. A policy allows any number of files, so it lives only as long as users need to choose
 * files. The browser client stops using it a minute before it expires and requests another one.
 */
const policyLifetimeSeconds = 300

/** Maximum policies in one response. Each policy is for one MIME type. */
export const maxPolicies = 8

/**
 * Returns the limits of a policy for files of one type. Each file of `multipartFrom` bytes or more needs a presign, even
 * if it is not a multipart upload.
 */
export function offeredPolicyOf(type: string, route: ResolvedRoute): OfferedPolicy {
  return { type, minSize: route.minSize, maxSize: Math.min(route.maxSize, route.storage.multipartFrom - 1) }
}

/**
 * Signs a policy for one user, route and exact type, below a new random prefix. `routeName` is the name that the browser
 * sent.
 */
export async function createPolicy(
  offeredPolicy: OfferedPolicy,
  route: ResolvedRoute,
  routeName: string | undefined,
  user: UploadUser,
  { policyTokenSigner, now, tokenLifetimeMs }: RequestContext,
): Promise<WirePolicy> {
  const { storage } = route
  const id = crypto.randomUUID()
  const prefix = privatePrefixOf(storage, user, id, now())
  const checksumClaim = (await storage.keepsChecksums()) && ({ checksum: 'CRC64NVME' } as const)
  const claims = { id, route: route.name, user: user.id, prefix, ...offeredPolicy, ...checksumClaim }
  const [token, signedPolicy] = await Promise.all([
    // An object stored before the policy expires may be confirmed until the token expires.
    policyTokenSigner.issue({ ...claims, exp: now() + tokenLifetimeMs }),
    storage.signPolicy(
      { prefix, ...offeredPolicy, headers: route.uploadHeaders },
      Math.min(policyLifetimeSeconds, tokenLifetimeMs / 1000),
    ),
  ])
  const { earlyConfirm } = route.rules
  return {
    ...(routeName !== undefined && { route: routeName }),
    ...(earlyConfirm && { earlyConfirm }),
    ...offeredPolicy,
    prefix,
    token,
    ...checksumClaim,
    ...signedPolicy,
  }
}

/** Returns policies for the likely MIME types of a route's files, before the user chooses a file. */
export async function policies(body: CallBody, context: RequestContext): Promise<WireAnswers['policies']> {
  const routeName = readOptionalText(requestParseContextOf('policies'), body.route, 'route')
  const route = findRoute(context.routes, routeName, context.uploadPhase)
  const types = (await canReusePolicies(route)) ? guessTypes(route) : []
  const offeredPolicies = types.map((type) => offeredPolicyOf(type, route))
  const user = await context.authorizeUser(route, [], offeredPolicies).catch((thrown: unknown) => {
    if (!isUploadError(thrown)) throw thrown
  })
  // Returns no error, because the browser's console would show it even if the user never chooses a file. Presign returns
  // the error when the user chooses a file.
  if (!user) return { policies: [] }
  const { storage } = route
  return {
    policies: await Promise.all(
      offeredPolicies.map((offeredPolicy) => createPolicy(offeredPolicy, route, routeName, user, context)),
    ),
    hello: await storage.hello(),
    ...((await sendsByPost(route)) && { preflights: await storage.signPreflights() }),
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

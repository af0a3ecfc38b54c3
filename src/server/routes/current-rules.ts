import { UploadError } from '../../protocol/errors.ts'
import type { UploadPhase } from '../../protocol/errors.ts'
import { canReusePolicies } from './policy-reuse.ts'
import { checkFileInfo } from './resolved-route.ts'
import type { ResolvedRoute } from './resolved-route.ts'
import type { UploadClaims } from '../tokens/token-signers.ts'

/**
 * Checks a running upload against the current rules of its route, because a token lives for a day and a new
 * deployment may have stricter rules. Throws the UploadError that presign would throw. Throws `gone` when the file is
 * allowed but needs another kind of upload. The browser then restarts automatically.
 */
export async function checkCurrentRules(
  claims: UploadClaims,
  route: ResolvedRoute,
  phase: UploadPhase,
): Promise<void> {
  checkFileInfo(claims, route, phase)
  const { kind, size, to: finalKey, byPolicy } = claims
  // A multipart upload cannot be empty, so the strategy `multipart` uses PUT for an empty file.
  const plannedKind = size === 0 && route.strategy === 'multipart' ? 'put' : route.strategy
  const isSameKind = plannedKind === 'auto' || plannedKind === kind
  const isSamePromotion = byPolicy
    ? await canReusePolicies(route)
    : (finalKey !== undefined) === route.promote
  if (isSameKind && isSamePromotion) return
  const message = `Route "${route.name}" no longer accepts this kind of upload. Upload the file again.`
  throw new UploadError('gone', { phase, message })
}

import { UploadError } from '../protocol/errors.ts'
import type { UploadPhase } from '../protocol/errors.ts'
import { isReusable } from './policy.ts'
import { checkFile } from './ready-route.ts'
import type { ReadyRoute } from './ready-route.ts'
import type { UploadStorage } from './storage.ts'
import type { Claims } from './token.ts'

/**
 * Checks a running upload against its route's current rules: a token lives for a day, and a new deployment may have
 * stricter rules. Throws the UploadError that presign would throw, or `gone` when the file is allowed but needs another
 * kind of upload: then the browser restarts automatically.
 */
export async function recheck(
  claims: Claims,
  route: ReadyRoute,
  storage: UploadStorage,
  phase: UploadPhase,
): Promise<void> {
  checkFile(claims, route, phase)
  const { kind, size, to, byPolicy } = claims
  // An empty file cannot be multipart, so `multipart` uses PUT for it.
  const planned = size === 0 && route.strategy === 'multipart' ? 'put' : route.strategy
  const sameWay = planned === 'auto' || planned === kind
  const samePlace = byPolicy ? await isReusable(route, storage) : (to !== undefined) === route.promote
  if (sameWay && samePlace) return
  const message = `Route "${route.name}" no longer accepts this kind of upload. Upload the file again.`
  throw new UploadError('gone', { phase, message })
}

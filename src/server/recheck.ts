import { UploadError } from '../protocol/errors.ts'
import type { UploadPhase } from '../protocol/errors.ts'
import { isReusable } from './policy.ts'
import { checkFile } from './ready-route.ts'
import type { ReadyRoute } from './ready-route.ts'
import type { UploadStorage } from './storage.ts'
import type { Claims } from './token.ts'

/**
 * Holds an upload that is under way against the rules that its route has now: a token lives for a day, and a server that
 * was deployed in between may take less. Throws the UploadError that presign would throw, or `gone` where the file may
 * come in another way: then the browser begins again by itself.
 */
export async function recheck(
  claims: Claims,
  route: ReadyRoute,
  storage: UploadStorage,
  phase: UploadPhase,
): Promise<void> {
  checkFile(claims, route, phase)
  const { kind, size, to, byPolicy } = claims
  // An empty file cannot go in parts, so `multipart` sends it by PUT.
  const planned = size === 0 && route.strategy === 'multipart' ? 'put' : route.strategy
  const sameWay = planned === 'auto' || planned === kind
  const samePlace = byPolicy ? await isReusable(route, storage) : (to !== undefined) === route.promote
  if (sameWay && samePlace) return
  const message = `Route "${route.name}" no longer takes uploads that began like this one. Upload the file again.`
  throw new UploadError('gone', { phase, message })
}

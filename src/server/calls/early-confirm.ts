import { UploadError } from '../../protocol/errors.ts'
import type { AuthorizedUpload, RequestContext } from '../request-context.ts'
import { propertiesOnly } from '../s3/storage.ts'

/** Maximum time that an early confirm waits for its object. */
const maxWaitMs = 5000
/** Maximum early confirms that wait at the same time, per user, route and storage. */
const maxWaitingPerUser = 2
/** Minimum time between two polls. */
const minPollIntervalMs = 20
/** The time between two polls grows with this fraction of the time waited so far. */
const pollIntervalFraction = 0.08

/**
 * Waits until storage has the object. Throws an UploadError `not-stored` after 5 seconds, or at once if too many
 * confirms wait. After this error, the browser confirms again when it has sent all bytes.
 */
export async function waitForObject(
  { claims, route, user }: AuthorizedUpload,
  { request, uploadPhase: phase, waitingConfirms }: RequestContext,
): Promise<void> {
  // Different storages belong to different tenants, whose users can have the same id.
  const waitingKey = JSON.stringify([route.name, user.id, await route.storage.id?.()])
  const waitingCount = waitingConfirms.get(waitingKey) ?? 0
  if (!route.rules.earlyConfirm || waitingCount >= maxWaitingPerUser)
    throw new UploadError('not-stored', { phase })
  waitingConfirms.set(waitingKey, waitingCount + 1)
  try {
    const startedAt = Date.now()
    for (
      let waitedMs = 0;
      waitedMs < maxWaitMs && !request.signal.aborted;
      waitedMs = Date.now() - startedAt
    ) {
      const pollIntervalMs = Math.max(minPollIntervalMs, waitedMs * pollIntervalFraction)
      await new Promise((resolve) => setTimeout(resolve, pollIntervalMs))
      if (await route.storage.find(claims.key, propertiesOnly)) return
    }
  } finally {
    const remainingCount = (waitingConfirms.get(waitingKey) ?? 1) - 1
    if (remainingCount > 0) waitingConfirms.set(waitingKey, remainingCount)
    else waitingConfirms.delete(waitingKey)
  }
  throw new UploadError('not-stored', { phase })
}

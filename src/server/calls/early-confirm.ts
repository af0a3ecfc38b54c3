import { UploadError } from '../../protocol/errors.ts'
import type { AuthorizedUpload, RequestContext } from '../request-context.ts'

/** Maximum wait of an early confirm in milliseconds, and maximum waiting confirms per user and route. */
const maxWaitMs = 5000
const maxWaitingPerUser = 2
/** The poll interval is the larger of this many milliseconds and this fraction of the wait so far. */
const minPollMs = 20
const pollFraction = 0.08

/**
 * Waits until storage has the object. Throws an UploadError `not-stored` after 5 seconds, or at once if too many
 * confirms wait. The browser then confirms again once the bytes are sent.
 */
export async function waitForObject(
  { claims, route, user }: AuthorizedUpload,
  { request, phase, waitingConfirms }: RequestContext,
): Promise<void> {
  const waitingKey = JSON.stringify([route.name, user.id])
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
      await new Promise((resolve) => setTimeout(resolve, Math.max(minPollMs, waitedMs * pollFraction)))
      if (await route.storage.find(claims.key)) return
    }
  } finally {
    const remainingCount = (waitingConfirms.get(waitingKey) ?? 1) - 1
    if (remainingCount > 0) waitingConfirms.set(waitingKey, remainingCount)
    else waitingConfirms.delete(waitingKey)
  }
  throw new UploadError('not-stored', { phase })
}

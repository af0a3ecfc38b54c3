import { UploadError } from '../../protocol/errors.ts'
import type { WirePending } from '../../protocol/wire.ts'
import { isUploadError } from '../error-response.ts'
import type { AuthorizedUpload, RequestContext } from '../request-context.ts'
import type { StoredUpload } from '../routes/route.ts'
import type { ClientReceipt } from './client-receipt.ts'

/** The answer about an object that `verify` still checks. */
export interface PendingInspection {
  readonly pending: WirePending
}

/** Maximum seconds after which the browser asks again. A longer time would only keep its user waiting. */
const maxPendingSeconds = 3600

/**
 * Calls the route's `verify`. Returns the error of a refusal, or what `verify` answered about a check that takes longer.
 * Throws what `verify` threw, unless it is a refusal. Throws a TypeError for a wrong `pending`.
 */
export async function verifyByApp(
  upload: Omit<StoredUpload<unknown>, 'token'>,
  { claims, route, user }: AuthorizedUpload,
  receipt: ClientReceipt,
  { request, uploadPhase: phase, pendingTokenSigner, tokenScope, now, tokenLifetimeMs }: RequestContext,
): Promise<UploadError | PendingInspection | undefined> {
  if (!route.rules.verify) return undefined
  const exp = now() + tokenLifetimeMs
  const token = await pendingTokenSigner.issue({ upload: claims, receipt, scope: await tokenScope(), exp })
  try {
    const result = await route.rules.verify({ ...upload, token }, { user, request })
    if (result === false) return new UploadError('rejected', { phase })
    if (isUploadError(result)) return result
    if (typeof result !== 'object' || !('pending' in result)) return undefined
    return { pending: { retryAfter: checkSeconds(result.pending, route.name, route.promote), token } }
  } catch (thrown) {
    if (isUploadError(thrown) && !thrown.retryable) return thrown
    throw thrown
  }
}

function checkSeconds(seconds: unknown, routeName: string, promote: boolean): number {
  if (!promote) {
    throw new TypeError(
      `verify of route "${routeName}" answered pending, but the route sets promote: false. Its object is at its final ` +
        'key before the check ends. Remove promote: false.',
    )
  }
  if (typeof seconds === 'number' && seconds > 0 && seconds <= maxPendingSeconds) return seconds
  throw new TypeError(
    `verify of route "${routeName}" answered { pending: ${String(seconds)} }. Answer a number of seconds, up to ` +
      `${maxPendingSeconds} (an hour): the browser asks again after that time, as often as needed.`,
  )
}

import { UploadError } from '../protocol/errors.ts'
import type { UploadErrorCode, UploadPhase } from '../protocol/errors.ts'
import type { Host } from './ports.ts'

export { readTicket } from './lifetime.ts'
export { readReturned, readThrown } from './app-answer.ts'

/** How patient an upload is. */
export interface RetryOptions {
  /** How often a request that failed for a passing reason is repeated before that is an error. Default: 8. */
  readonly retries?: number | undefined
  /** The longest first wait, in milliseconds; it doubles every time. Default: 400. */
  readonly baseDelay?: number | undefined
  /** The longest wait, in milliseconds. Default: 20,000. A longer `Retry-After` of the server is kept. */
  readonly maxDelay?: number | undefined
}

/** One for all requests, or one for each phase; what a phase does not name is as by default. */
export type Retry = RetryOptions | Partial<Readonly<Record<Exclude<UploadPhase, 'choosing'>, RetryOptions>>>

/**
 * What may come right by itself: no answer, 408, 429, 5xx, S3's `SlowDown`, `RequestTimeout`, `InternalError` and
 * `OperationAborted`. Every other refusal will be the same the next time.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
const passing: readonly UploadErrorCode[] = ['network', 'throttled', 'unavailable', 'stalled']

/** A minute: a device that thinks it is offline may be wrong, so it is tried now and then all the same. */
const offlinePatience = 60_000
const longestRetryAfter = 120_000

/**
 * Waits until a failed request is to be repeated: exponential backoff with full jitter
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/), the server's `Retry-After`, and as long
 * as the device knows that it is offline. Throws the error when repeating is of no use. `attempt` counts from 1.
 * `onHold` is called when it is going to wait. Resolves with whether the attempt counts: one that was made offline does
 * not.
 */
export async function waitToRepeat(
  error: UploadError,
  attempt: number,
  retry: Retry,
  host: Host,
  signal: AbortSignal,
  onHold?: (error: UploadError) => void,
): Promise<boolean> {
  const { retries = 8, baseDelay = 400, maxDelay = 20_000 } = optionsOf(retry, error.phase)
  if (!passing.includes(error.code)) throw error
  if (retries === 0) throw error.code === 'network' && !host.isOnline() ? offline(error) : error
  if (error.code === 'network' && !host.isOnline()) {
    onHold?.(error)
    const until = host.now() + offlinePatience
    while (!host.isOnline() && host.now() < until) await host.sleep(500, signal)
    return false
  }
  if (attempt > retries) throw error
  onHold?.(error)
  const backoff = host.random() * Math.min(maxDelay, baseDelay * 2 ** (attempt - 1))
  await host.sleep(Math.max(backoff, Math.min(error.retryAfter ?? 0, longestRetryAfter)), signal)
  return true
}

function offline({ phase, message, cause }: UploadError): UploadError {
  return new UploadError('offline', { phase, message, cause, status: 0 })
}

function optionsOf(retry: Retry, phase: UploadPhase): RetryOptions {
  if ('starting' in retry || 'uploading' in retry || 'finishing' in retry) {
    return (phase !== 'choosing' && retry[phase]) || {}
  }
  return retry as RetryOptions // none of the phases is in it
}

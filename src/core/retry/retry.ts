import { UploadError } from '../../protocol/errors.ts'
import type { UploadErrorCode, UploadPhase } from '../../protocol/errors.ts'
import type { Host } from '../ports.ts'

/** Retry policy for transient failures. */
export interface RetryOptions {
  /** Maximum number of retries after transient failures of a request. After that the upload fails. Default: 8. */
  readonly retries?: number | undefined
  /** Maximum delay before the first retry, in milliseconds. It doubles with every retry. Default: 400. */
  readonly baseDelay?: number | undefined
  /** Maximum delay before any retry, in milliseconds. Default: 20,000. A longer `Retry-After` of the server is respected up to 120,000. */
  readonly maxDelay?: number | undefined
}

/** One policy for all requests, or one per upload phase. A phase without a policy uses the defaults. */
export type Retry = RetryOptions | Partial<Readonly<Record<Exclude<UploadPhase, 'choosing'>, RetryOptions>>>

/**
 * Codes of transient failures: no answer, status 408, 429 and 5xx, and S3's `SlowDown`, `RequestTimeout`,
 * `InternalError` and `OperationAborted`. Every other error would be the same on the next attempt.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
const transientCodes: readonly UploadErrorCode[] = ['network', 'throttled', 'unavailable', 'stalled']

/** Maximum wait while `navigator.onLine` is false. Then the request is sent anyway, because `onLine` may be wrong. */
const offlineRetryMs = 60_000
const maxRetryAfterMs = 120_000

/**
 * Waits before a failed request is retried. The delay is an exponential back-off with full jitter
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/), but at least the server's
 * `Retry-After`. While the device is offline, waits until it is online, for at most one minute. Throws the error when
 * a retry cannot help. `attempt` counts from 1. Calls `onRetryScheduled` before it waits. Resolves with false if the
 * device was offline, because that attempt does not count, else with true.
 */
export async function waitBeforeRetry(
  error: UploadError,
  attempt: number,
  retry: Retry,
  host: Host,
  signal: AbortSignal,
  onRetryScheduled?: (error: UploadError) => void,
): Promise<boolean> {
  const { retries = 8, baseDelay = 400, maxDelay = 20_000 } = optionsForPhase(retry, error.phase)
  if (!transientCodes.includes(error.code)) throw error
  if (retries === 0) throw error.code === 'network' && !host.isOnline() ? offlineError(error) : error
  if (error.code === 'network' && !host.isOnline()) {
    onRetryScheduled?.(error)
    const deadline = host.now() + offlineRetryMs
    while (!host.isOnline() && host.now() < deadline) await host.sleep(500, signal)
    return false
  }
  if (attempt > retries) throw error
  onRetryScheduled?.(error)
  const backoffMs = host.random() * Math.min(maxDelay, baseDelay * 2 ** (attempt - 1))
  await host.sleep(Math.max(backoffMs, Math.min(error.retryAfter ?? 0, maxRetryAfterMs)), signal)
  return true
}

function offlineError({ phase, message, cause }: UploadError): UploadError {
  return new UploadError('offline', { phase, message, cause, status: 0 })
}

function optionsForPhase(retry: Retry, phase: UploadPhase): RetryOptions {
  if ('starting' in retry || 'uploading' in retry || 'finishing' in retry) {
    return (phase !== 'choosing' && retry[phase]) || {}
  }
  return retry as RetryOptions // it has none of the phases
}

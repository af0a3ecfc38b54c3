import { UploadError } from '../../protocol/errors.ts'

/** Limits of the time between two calls of `confirm` while a file is checked. A timer of over 24 days fires at once. */
const minDelayMs = 1000
const maxDelayMs = 3_600_000

/**
 * Reads an answer of `confirm`. If it is a `PendingAnswer`, returns its token, and the milliseconds after which `confirm` is
 * called again, from a second to an hour. Returns undefined for a result. Throws an UploadError `invalid-answer` if
 * `retryAfter` is no number of seconds.
 */
export function readPendingAnswer(
  answer: unknown,
): { readonly retryAfterMs: number; readonly token?: unknown } | undefined {
  const { pending, ...otherFields }: Readonly<Record<string, unknown>> = { ...Object(answer) }
  if (!/object|number/.test(typeof pending) || pending === null || Object.keys(otherFields).length > 0)
    return undefined
  const { retryAfter, token } = Object(pending) as { readonly retryAfter?: unknown; readonly token?: unknown } // any object has optional properties
  if (typeof retryAfter === 'number' && retryAfter >= 0)
    return { retryAfterMs: Math.min(Math.max(retryAfter * 1000, minDelayMs), maxDelayMs), token }
  const message = 'confirm must answer { pending: { retryAfter } } with a number of seconds from 1 to 3600.'
  throw new UploadError('invalid-answer', { phase: 'finishing', message })
}

/**
 * Returns the error of a confirm while a file is checked. The object was stored and complete when the check began. If it is gone
 * now, also in the middle of a confirm (`mismatch`), a job of the backend has refused the file and deleted the object. So the
 * bytes must not be sent again: the error is `rejected`.
 */
export function refusalDuringCheck(thrown: unknown): unknown {
  if (!(thrown instanceof UploadError) || !/^(not-stored|mismatch)$/.test(thrown.code)) return thrown
  const message = 'The object was deleted while it was checked. The backend has refused the file.'
  return new UploadError('rejected', { phase: 'finishing', message, cause: thrown })
}

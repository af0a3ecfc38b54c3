import { isUploadErrorCode } from '../protocol/error-answer.ts'
import { UploadError, defaultText } from '../protocol/errors.ts'
import type { UploadErrorCode, UploadPhase } from '../protocol/errors.ts'
import type { WireAnswers, WireError } from '../protocol/wire.ts'
import { isThrottling } from './s3/errors.ts'

/** HTTP status by error code, when the error is the whole response. Other codes are 400. */
const statusByCode: Partial<Record<UploadErrorCode, number>> = {
  unauthorized: 401,
  forbidden: 403,
  'not-found': 404,
  'not-stored': 409,
  mismatch: 409,
  expired: 410,
  gone: 410,
  throttled: 429,
  unavailable: 500,
}

/**
 * Whether a thrown value is an UploadError. Compares by name, because bundlers may include several copies of the class.
 */
export function isUploadError(thrown: unknown): thrown is UploadError {
  return (
    thrown instanceof Error &&
    thrown.name === 'UploadError' &&
    'code' in thrown &&
    isUploadErrorCode(thrown.code)
  )
}

/**
 * Converts a thrown value to the error that the browser receives. An UploadError stays as it is. The message of any
 * other error could contain secrets, so that error becomes `throttled` if storage is busy, and `unavailable`
 * otherwise.
 */
export function toSafeError(thrown: unknown, phase: UploadPhase): UploadError {
  if (isUploadError(thrown)) return thrown
  const isBusy = isThrottling(thrown)
  return new UploadError(isBusy ? 'throttled' : 'unavailable', {
    phase,
    cause: thrown,
    message: isBusy
      ? 'Storage asks the backend to slow down.'
      : 'The backend failed. Its log or its onError has the reason.',
  })
}

export function toWireError(error: UploadError): WireError {
  const { code, message, text, details } = error
  // Without `text`, the browser client creates the text from code and details, in the language of the page.
  return { code, message, ...(text !== defaultText(code, details) && { text }), ...(details && { details }) }
}

export function httpStatusOfError(error: UploadError): number {
  const { status } = error
  return status !== undefined && status >= 400 && status <= 599 ? status : (statusByCode[error.code] ?? 400)
}

/**
 * Formats an error as one log line of about 500 characters, without stack and without URL queries, which contain
 * signatures. Messages quote untrusted file names and object keys, so each control character, format character or
 * unpaired surrogate is replaced by its code, for example `\u{1b}`. Never throws.
 */
export function toLogLine(thrown: unknown): string {
  return nameAndMessageOf(thrown)
    .replace(/\?[^\s"']*/g, '?…')
    .replace(/\s+/g, ' ')
    .slice(0, 500)
    .replace(
      /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu,
      (char) => `\\u{${char.codePointAt(0)?.toString(16)}}`,
    )
}

function nameAndMessageOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown)
  } catch {
    return 'The thrown value cannot be converted to a string.'
  }
}

/**
 * Returns 200 if at least one file succeeded. Otherwise returns the status of the first error, so that access logs and
 * proxies show the failure.
 */
export function httpStatusOfBatch(body: WireAnswers[keyof WireAnswers]): number {
  const files = 'tickets' in body ? body.tickets : 'results' in body ? body.results : []
  const errors = files.flatMap((file) => ('error' in file ? [file.error] : []))
  const [firstError] = errors
  if (!firstError || errors.length < files.length) return 200
  return httpStatusOfError(new UploadError(firstError.code, { phase: 'starting' }))
}

import { UploadError, defaultText, isUploadErrorCode } from '../protocol/errors.ts'
import type { UploadErrorCode, UploadPhase } from '../protocol/errors.ts'
import type { WireAnswers, WireError } from '../protocol/wire.ts'

/** The status of a refusal that is the whole answer; 400 for every other code. */
const statuses: Partial<Record<UploadErrorCode, number>> = {
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

/** Whether an UploadError was thrown, also by another copy of this package: bundlers make several. */
export function isUploadError(thrown: unknown): thrown is UploadError {
  return (
    thrown instanceof Error &&
    thrown.name === 'UploadError' &&
    'code' in thrown &&
    isUploadErrorCode(thrown.code)
  )
}

/**
 * What the browser may hear of whatever was thrown: an UploadError as it is; of everything else only that the
 * backend, or storage behind it, failed or is busy. Its own words could hold anything.
 */
export function refusalOf(thrown: unknown, phase: UploadPhase): UploadError {
  if (isUploadError(thrown)) return thrown
  const busy = isThrottling(thrown)
  return new UploadError(busy ? 'throttled' : 'unavailable', {
    phase,
    cause: thrown,
    message: busy
      ? 'Storage asks the backend to slow down.'
      : 'The backend failed. The reason is in its log, or with its onError.',
  })
}

/** S3's and its SDK's names for "slower". https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
function isThrottling(thrown: unknown): boolean {
  return (
    thrown instanceof Error &&
    /^(SlowDown|Throttl\w*|TooManyRequests\w*|RequestLimitExceeded)$/.test(thrown.name)
  )
}

export function wireError(error: UploadError): WireError {
  const { code, message, text, details } = error
  // Without a text the page makes the sentence from code and details, in its language.
  return { code, message, ...(text !== defaultText(code, details) && { text }), ...(details && { details }) }
}

export function statusOf(error: UploadError): number {
  const { status } = error
  return status !== undefined && status >= 400 && status <= 599 ? status : (statuses[error.code] ?? 400)
}

/**
 * One line for a log: no stack, no query of a URL, because that is where signatures are. Messages quote names and keys
 * of strangers, so what a terminal would obey (control characters, escape sequences) or show in another order
 * (bidirectional marks) is written as `\\u{1b}`. Never throws.
 */
export function logLine(thrown: unknown): string {
  return messageOf(thrown)
    .replace(/\?[^\s"']*/g, '?…')
    .replace(/\s+/g, ' ')
    .slice(0, 500)
    .replace(
      /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu,
      (char) => `\\u{${char.codePointAt(0)?.toString(16)}}`,
    )
}

function messageOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown)
  } catch {
    return 'Something was thrown that has no text.'
  }
}

/** Status of an HTTP answer that an SDK error carries. */
export function httpStatusOf(thrown: unknown): number | undefined {
  if (!(thrown instanceof Error) || !('$metadata' in thrown)) return undefined
  const metadata = thrown.$metadata
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined
}

/** 200 as long as one file got what it asked for; else the status of the first refusal, so that logs and proxies see it. */
export function statusOfAnswers(body: WireAnswers[keyof WireAnswers]): number {
  const files = 'tickets' in body ? body.tickets : 'results' in body ? body.results : []
  const refusals = files.flatMap((file) => ('error' in file ? [file.error] : []))
  const [first] = refusals
  if (!first || refusals.length < files.length) return 200
  return statusOf(new UploadError(first.code, { phase: 'starting' }))
}

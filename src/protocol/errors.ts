import type { ErrorAnswer } from './error-answer.ts'
import { readDetails, textWithDetails } from './error-text.ts'
import type { ErrorDetails } from './error-text.ts'

/** Phase of an upload in which an error occurred. `choosing` is before the file becomes an item. */
export type UploadPhase = 'choosing' | 'starting' | 'uploading' | 'finishing'

const tryAgain = 'Please try again.'
const serviceProblem = `The service has a problem. ${tryAgain}`
const lostConnection = `The connection was lost. ${tryAgain}`
const interrupted = `The upload was interrupted. ${tryAgain}`

/**
 * Every code with its `retryable` and its text for users. docs/errors.md explains the cause and fix of each code to
 * developers; a test keeps both in sync.
 */
const catalogue = {
  // The file is refused when it is chosen.
  'wrong-type': [false, 'This type of file is not accepted.'],
  empty: [false, 'This file is empty.'],
  'too-small': [false, 'This file is too small.'],
  'too-large': [false, 'This file is too large.'],
  'too-many': [false, 'Too many files.'],
  'wrong-dimensions': [false, 'This image does not have the right size in pixels.'],

  // The backend or storage refused the request.
  unauthorized: [true, 'Please sign in again.'],
  forbidden: [false, "You don't have permission to upload this."],
  'not-found': [true, serviceProblem],
  rejected: [false, 'This file was refused.'],
  throttled: [true, `The service is busy. ${tryAgain}`],
  unavailable: [true, serviceProblem],
  'invalid-answer': [true, serviceProblem],

  // Signatures and their expiry.
  expired: [true, interrupted],
  'clock-skew': [true, serviceProblem],
  signature: [true, serviceProblem],

  // The stored object or parts.
  gone: [true, interrupted],
  'not-stored': [true, interrupted],
  mismatch: [true, interrupted],

  // The connection.
  network: [true, lostConnection],
  stalled: [true, lostConnection],
  offline: [true, `You are offline. ${tryAgain}`],
  cors: [true, serviceProblem],
  unreadable: [true, 'This file cannot be read. Choose it again.'],

  canceled: [true, 'Canceled.'],
  unknown: [true, `Something went wrong. ${tryAgain}`],
} as const satisfies Record<string, readonly [retryable: boolean, text: string]>

export type UploadErrorCode = keyof typeof catalogue

export const uploadErrorCodes = /* @__PURE__ */ Object.keys(catalogue) as UploadErrorCode[]

export interface UploadErrorOptions {
  phase: UploadPhase
  /** For developers: what happened, why, and the fix. Must not contain a signed URL. Default: a link to docs/errors.md. */
  message?: string | undefined
  /** For users. Default: the English sentence for the code and its details. */
  text?: string | undefined
  /** Numbers and types of a refusal. Pages make the sentence from them, in their language. */
  details?: ErrorDetails | undefined
  /** HTTP status of the response, if there was one. */
  status?: number | undefined
  /** `RequestId` of S3, for AWS Support. */
  requestId?: string | undefined
  /** `Retry-After` of the server, in milliseconds. */
  retryAfter?: number | undefined
  cause?: unknown
}

/** The error class of this package. Branch on `code`, show `text`, log `message`. */
export class UploadError extends Error {
  override readonly name = 'UploadError'
  readonly code: UploadErrorCode
  readonly phase: UploadPhase
  /** Whether a retry may succeed. */
  readonly retryable: boolean
  /** A sentence for users. */
  readonly text: string
  readonly details: ErrorDetails | undefined
  readonly status: number | undefined
  readonly requestId: string | undefined
  readonly retryAfter: number | undefined

  constructor(code: UploadErrorCode, options: UploadErrorOptions) {
    const { phase, details, message = defaultMessage(code, phase) } = options
    super(message, options) // for the cause
    this.code = code
    this.phase = phase
    this.retryable = catalogue[code][0]
    this.text = options.text || defaultText(code, details)
    this.details = details
    this.status = options.status
    this.requestId = options.requestId
    this.retryAfter = options.retryAfter
  }

  /**
   * Creates an error from an error response of your backend: `code` follows from the status, `retryAfter` from
   * `Retry-After`, and `text` is the sentence in the body (JSON `message`, `error`, `error.message`, problem+json `detail`,
   * or short plain text; never HTML). `if (!response.ok) throw await UploadError.fromResponse(response)`. Reads the body
   * if it is unread. `options` override the response; the upload that fails sets the phase.
   */
  static async fromResponse(
    response: Response,
    options: Partial<UploadErrorOptions> = {},
  ): Promise<UploadError> {
    const { readErrorAnswer } = await import('./error-answer.ts')
    return errorFromAnswer(await readErrorAnswer(response), options)
  }
}

/** Creates the error of a parsed error response. */
export function errorFromAnswer(answer: ErrorAnswer, options: Partial<UploadErrorOptions> = {}): UploadError {
  const { code, details, ...fields } = answer
  return new UploadError(isUploadErrorCode(code) ? code : codeOfStatus(fields.status), {
    phase: 'starting',
    ...fields,
    details: readDetails(details),
    ...options,
  })
}

/**
 * Sets the phase of an error to the phase of the failed step, which the code that threw may not know. Changes the error in
 * place, so that comparisons by identity work. A frozen error stays unchanged.
 */
export function setPhase(error: UploadError, phase: UploadPhase): UploadError {
  const { code, message } = error
  if (message === defaultMessage(code, error.phase))
    Reflect.defineProperty(error, 'message', { value: defaultMessage(code, phase) })
  Reflect.defineProperty(error, 'phase', { value: phase })
  return error
}

/** The English sentence of an error that has no text of its own. */
export function defaultText(code: UploadErrorCode, details?: ErrorDetails): string {
  return textWithDetails(code, catalogue[code][1], details)
}

function defaultMessage(code: UploadErrorCode, phase: UploadPhase): string {
  return `${code} while ${phase}. See docs/errors.md#${code}.`
}

/** Converts a thrown value to an UploadError. An UploadError stays the same object and gets the phase of the step. */
export function toUploadError(thrown: unknown, phase: UploadPhase): UploadError {
  if (thrown instanceof UploadError) return setPhase(thrown, phase)
  if (thrown instanceof Error && thrown.name === 'AbortError')
    return new UploadError('canceled', { phase, cause: thrown })
  const message = String((thrown as { message?: unknown } | null | undefined)?.message ?? thrown)
  return new UploadError('unknown', {
    phase,
    cause: thrown,
    message: `Unexpected error: ${message}`,
  })
}

/** Returns the code for an HTTP status. 0 means no response. A status below 400 is a response that makes no sense. */
export function codeOfStatus(status: number): UploadErrorCode {
  if (status < 400) return status === 0 ? 'network' : 'invalid-answer'
  return codesByStatus[status] ?? (status >= 500 ? 'unavailable' : 'rejected')
}

const codesByStatus: Readonly<Record<number, UploadErrorCode>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  408: 'unavailable',
  413: 'too-large',
  415: 'wrong-type',
  425: 'unavailable',
  429: 'throttled',
}

export function isUploadErrorCode(value: unknown): value is UploadErrorCode {
  return typeof value === 'string' && Object.hasOwn(catalogue, value)
}

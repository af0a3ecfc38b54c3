import type { ErrorAnswer } from './error-answer.ts'
import { readDetails, textWithDetails } from './error-text.ts'
import type { ErrorDetails } from './error-text.ts'

/** The step an upload was in: `choosing` is before it became an item. */
export type UploadPhase = 'choosing' | 'starting' | 'uploading' | 'finishing'

const again = 'Please try again.'
const serviceProblem = `The service has a problem. ${again}`
const lostConnection = `The connection was lost. ${again}`
const interrupted = `The upload was interrupted. ${again}`

/**
 * Every code with whether trying again may help, and what people are told. docs/errors.md tells developers the cause
 * and the fix of each; a test keeps the two together.
 */
const catalogue = {
  // A file that is refused on choosing.
  'wrong-type': [false, 'This type of file is not accepted.'],
  empty: [false, 'This file is empty.'],
  'too-small': [false, 'This file is too small.'],
  'too-large': [false, 'This file is too large.'],
  'too-many': [false, 'Too many files.'],
  'wrong-dimensions': [false, 'This image does not have the right size in pixels.'],

  // The backend or storage said no.
  unauthorized: [true, 'Please sign in again.'],
  forbidden: [false, 'You may not upload this.'],
  'not-found': [true, serviceProblem],
  rejected: [false, 'This file was refused.'],
  throttled: [true, `Busy right now. ${again}`],
  unavailable: [true, serviceProblem],
  'invalid-answer': [true, serviceProblem],

  // Signatures and their life.
  expired: [true, interrupted],
  'clock-skew': [true, serviceProblem],
  signature: [true, serviceProblem],

  // Storage and what it holds.
  gone: [true, interrupted],
  'not-stored': [true, interrupted],
  mismatch: [true, interrupted],

  // The way there.
  network: [true, lostConnection],
  stalled: [true, lostConnection],
  offline: [true, `You are offline. ${again}`],
  cors: [true, serviceProblem],
  unreadable: [true, 'This file cannot be read. Choose it again.'],

  canceled: [true, 'Canceled.'],
  unknown: [true, `Something went wrong. ${again}`],
} as const satisfies Record<string, readonly [retryable: boolean, text: string]>

export type UploadErrorCode = keyof typeof catalogue

export const uploadErrorCodes = /* @__PURE__ */ Object.keys(catalogue) as UploadErrorCode[]

export interface UploadErrorOptions {
  phase: UploadPhase
  /** For developers: what, why, what to do. Default: where to read that. Never with a URL that is signed. */
  message?: string | undefined
  /** Sentence for people. Default: the English one for the code and its details. */
  text?: string | undefined
  /** Numbers and types of the refusal: pages make the sentence from them, in their language. */
  details?: ErrorDetails | undefined
  /** HTTP status of the answer, where there was one. */
  status?: number | undefined
  /** S3's `RequestId`, for its support. */
  requestId?: string | undefined
  /** Milliseconds that the server asks to wait before the next try. */
  retryAfter?: number | undefined
  cause?: unknown
}

/** The one error of this package. Branch on `code`; show `text`; log `message`. */
export class UploadError extends Error {
  override readonly name = 'UploadError'
  readonly code: UploadErrorCode
  readonly phase: UploadPhase
  /** Whether the same call may succeed when it is made again. */
  readonly retryable: boolean
  /** A sentence for people. */
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
    this.text = options.text ?? defaultText(code, details)
    this.details = details
    this.status = options.status
    this.requestId = options.requestId
    this.retryAfter = options.retryAfter
  }

  /**
   * Makes an error of a failed response of your own backend: the status becomes the code, `Retry-After` is kept, and the
   * text is the sentence that the backend wrote (JSON `message`, `error`, `error.message`, problem+json `detail`, or short
   * plain text; never a page). `if (!response.ok) throw await UploadError.fromResponse(response)`. Reads the body where
   * it was not read yet. `options` win over what was read; the phase is set by the upload that it ends.
   */
  static async fromResponse(
    response: Response,
    options: Partial<UploadErrorOptions> = {},
  ): Promise<UploadError> {
    const { readErrorAnswer } = await import('./error-answer.ts')
    return errorOfAnswer(await readErrorAnswer(response), options)
  }
}

/** The error of an answer that was read. */
export function errorOfAnswer(answer: ErrorAnswer, options: Partial<UploadErrorOptions> = {}): UploadError {
  const { code, details, ...read } = answer
  return new UploadError(isUploadErrorCode(code) ? code : codeOfStatus(read.status), {
    phase: 'starting',
    ...read,
    details: readDetails(details),
    ...options,
  })
}

/**
 * Sets the phase of an error to that of the step which it ended: whoever made the error may not know the step. Its
 * identity stays, for `instanceof` and comparison. An error that cannot be changed is left as it is.
 */
export function stampPhase(error: UploadError, phase: UploadPhase): UploadError {
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

/** Makes an UploadError of what a step threw. One that is an UploadError stays the same, with the phase of the step. */
export function toUploadError(thrown: unknown, phase: UploadPhase): UploadError {
  if (thrown instanceof UploadError) return stampPhase(thrown, phase)
  if (thrown instanceof Error && thrown.name === 'AbortError')
    return new UploadError('canceled', { phase, cause: thrown })
  const message = String((thrown as { message?: unknown } | null | undefined)?.message ?? thrown)
  return new UploadError('unknown', {
    phase,
    cause: thrown,
    message: `It threw: ${message}`,
  })
}

/** The code for an HTTP status that came without a better reason. 0 is no answer; below 400 nothing was refused. */
export function codeOfStatus(status: number): UploadErrorCode {
  if (status < 400) return status === 0 ? 'network' : 'invalid-answer'
  return byStatus[status] ?? (status >= 500 ? 'unavailable' : 'rejected')
}

const byStatus: Readonly<Record<number, UploadErrorCode>> = {
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

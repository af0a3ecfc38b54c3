/** The step an upload was in: `choosing` is before it became an item. */
export type UploadPhase = 'choosing' | 'starting' | 'uploading' | 'finishing'

/**
 * Every code with whether trying again may help, what it means for developers and what people are told.
 * docs/errors.md has a section for each; a test keeps the two together.
 */
const catalogue = {
  // A file that is refused on choosing.
  'wrong-type': [
    false,
    'The file is of a type that this upload does not accept.',
    'This type of file is not accepted.',
  ],
  empty: [false, 'The file has no bytes.', 'This file is empty.'],
  'too-small': [false, 'The file is under the size that is asked for.', 'This file is too small.'],
  'too-large': [false, 'The file is over the size limit.', 'This file is too large.'],
  'too-many': [false, 'There are more files than this upload accepts.', 'Too many files.'],

  // The backend or storage said no.
  unauthorized: [
    true,
    'The backend answered 401: it does not know who is uploading.',
    'Please sign in and try again.',
  ],
  forbidden: [
    false,
    'The answer was 403: this user or signature may not do this.',
    'You are not allowed to upload this.',
  ],
  'not-found': [
    true,
    'The answer was 404: there is no such endpoint, route or bucket.',
    'The upload service was not found.',
  ],
  rejected: [false, 'The backend or storage refused this file.', 'This file was refused.'],
  throttled: [
    true,
    'Too many requests: the backend or storage asks to slow down.',
    'Busy right now. Please try again.',
  ],
  unavailable: [
    true,
    'The backend or storage failed to answer properly (5xx).',
    'The service has a problem. Please try again.',
  ],
  'invalid-answer': [
    true,
    'The backend answered something that is not what it should be.',
    'The service has a problem. Please try again.',
  ],

  // Signatures and their life.
  expired: [
    true,
    'The ticket has run out. A retry asks for a new one.',
    'This took too long. Please try again.',
  ],
  'clock-skew': [
    true,
    "The server's clock and storage's clock differ by more than S3 allows.",
    'The service has a problem. Please try again.',
  ],
  signature: [
    true,
    'Storage computed another signature: what was sent is not what was signed.',
    'The service has a problem. Please try again.',
  ],

  // Storage and what it holds.
  gone: [
    true,
    'Storage does not know this multipart upload any more. A retry starts it anew.',
    'The upload was interrupted. Please try again.',
  ],
  'not-stored': [
    true,
    'The backend did not find the object in storage.',
    'The file did not arrive. Please try again.',
  ],
  mismatch: [
    true,
    'The stored object is not the file that was announced.',
    'The file did not arrive intact. Please try again.',
  ],

  // The way there.
  network: [
    true,
    'There was no answer: offline, a broken connection, or a missing CORS rule.',
    'The connection was lost. Please try again.',
  ],
  unreadable: [
    true,
    'The browser could not read the file: it was moved, changed or is locked.',
    'This file could not be read. It may have changed; please choose it again.',
  ],

  canceled: [true, 'The upload was canceled.', 'Canceled.'],
  unknown: [true, 'Something else went wrong; see `cause`.', 'Something went wrong. Please try again.'],
} as const satisfies Record<string, readonly [retryable: boolean, message: string, text: string]>

export type UploadErrorCode = keyof typeof catalogue

export const uploadErrorCodes = Object.keys(catalogue) as UploadErrorCode[]

export interface UploadErrorOptions {
  phase: UploadPhase
  /** For developers: what, why, what to do. Default: the code's own sentence. Never with a URL that is signed. */
  message?: string | undefined
  /** For people. Default: the code's own text. */
  text?: string | undefined
  /** HTTP status of the answer, where there was one. */
  status?: number | undefined
  /** S3's `RequestId`, for its support. */
  requestId?: string | undefined
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
  readonly status?: number
  readonly requestId?: string

  constructor(code: UploadErrorCode, options: UploadErrorOptions) {
    const [retryable, message, text] = catalogue[code]
    super(options.message ?? message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.phase = options.phase
    this.retryable = retryable
    this.text = options.text ?? text
    if (options.status !== undefined) this.status = options.status
    if (options.requestId !== undefined) this.requestId = options.requestId
  }
}

/** Makes an UploadError of whatever was thrown, and leaves one as it is. */
export function toUploadError(thrown: unknown, phase: UploadPhase): UploadError {
  if (thrown instanceof UploadError) return thrown
  if (thrown instanceof Error && thrown.name === 'AbortError')
    return new UploadError('canceled', { phase, cause: thrown })
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return new UploadError('unknown', {
    phase,
    cause: thrown,
    message: `Something that putaway called threw: ${message}`,
  })
}

/** The code for an HTTP status that came without a better reason. */
export function codeOfStatus(status: number): UploadErrorCode {
  if (status === 401) return 'unauthorized'
  if (status === 403) return 'forbidden'
  if (status === 404) return 'not-found'
  if (status === 413) return 'too-large'
  if (status === 415) return 'wrong-type'
  if (status === 429) return 'throttled'
  if (status === 408 || status >= 500) return 'unavailable'
  return 'rejected'
}

export function isUploadErrorCode(value: unknown): value is UploadErrorCode {
  return typeof value === 'string' && Object.hasOwn(catalogue, value)
}

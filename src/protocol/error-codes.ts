import type { ErrorDetails } from './error-text.ts'

/** Phase of an upload in which an error occurred. `choosing`: the file is not an item yet. */
export type UploadPhase = 'choosing' | 'starting' | 'uploading' | 'finishing'

const tryAgainText = 'Please try again.'
const serviceProblemText = `The service has a problem. ${tryAgainText}`
const lostConnectionText = `The connection was lost. ${tryAgainText}`
const interruptedText = `The upload was interrupted. ${tryAgainText}`

/**
 * Every error code with its value of `retryable` and its text for users. docs/errors.md explains the cause and the fix
 * of each error code to developers. A test checks that both have the same codes. `textWithDetails` in `error-text.ts`
 * adds the details. One file for both made ImageUploader 0.1 kB larger (gzip).
 */
export const catalogue = {
  // The file is refused when it is chosen.
  'wrong-type': [false, 'This type of file is not accepted.'],
  empty: [false, 'This file is empty.'],
  'too-small': [false, 'This file is too small.'],
  'too-large': [false, 'This file is too large.'],
  'too-many': [false, 'Too many files.'],
  'total-too-large': [false, 'These files are too large together.'],
  'wrong-dimensions': [false, 'This image does not have the right size in pixels.'],

  // The backend or storage refused the request.
  unauthorized: [true, 'Please sign in.'],
  forbidden: [false, "You don't have permission to upload this."],
  'not-found': [true, serviceProblemText],
  rejected: [false, 'This file was refused.'],
  throttled: [true, `The service is busy. ${tryAgainText}`],
  unavailable: [true, serviceProblemText],
  'invalid-answer': [true, serviceProblemText],

  // Signatures and their expiry.
  expired: [true, interruptedText],
  'clock-skew': [true, serviceProblemText],
  signature: [true, serviceProblemText],

  // The stored object or parts.
  gone: [true, interruptedText],
  'not-stored': [true, interruptedText],
  mismatch: [true, interruptedText],

  // The connection.
  network: [true, lostConnectionText],
  stalled: [true, lostConnectionText],
  offline: [true, `You are offline. ${tryAgainText}`],
  cors: [true, serviceProblemText],
  unreadable: [true, 'This file cannot be read. Choose it again.'],

  canceled: [true, 'Canceled.'],
  unknown: [true, `Something went wrong. ${tryAgainText}`],
} as const satisfies Record<string, readonly [retryable: boolean, text: string]>

export type UploadErrorCode = keyof typeof catalogue

export const uploadErrorCodes = /* @__PURE__ */ Object.keys(catalogue) as UploadErrorCode[]

export interface UploadErrorOptions {
  phase: UploadPhase
  /**
   * Message for developers: what happened, why, and the fix. Must not contain a signed URL. Default: a link to
   * docs/errors.md.
   */
  message?: string | undefined
  /** Text for users. Default: the English sentence for the code and its details. */
  text?: string | undefined
  /**
   * The limits and types that explain a refusal. Pages make the sentence for users from these details, in the language
   * of the page.
   */
  details?: ErrorDetails | undefined
  /** HTTP status of the response, if there was one. */
  status?: number | undefined
  /** `RequestId` of S3, for AWS Support. */
  requestId?: string | undefined
  /** `Retry-After` of the server, in milliseconds. */
  retryAfter?: number | undefined
  cause?: unknown
}

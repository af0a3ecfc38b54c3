import { catalogue } from './error-codes.ts'
import type { UploadErrorCode, UploadErrorOptions, UploadPhase } from './error-codes.ts'
import { textWithDetails } from './error-text.ts'
import type { ErrorDetails } from './error-text.ts'
import { lazyModule } from '../internal/lazy-module.ts'

export { uploadErrorCodes } from './error-codes.ts'
export type { UploadErrorCode, UploadErrorOptions, UploadPhase } from './error-codes.ts'

/** The error class of this package. Branch on `code`, show `text`, log `message`. */
export class UploadError extends Error {
  override readonly name = 'UploadError'
  declare readonly code: UploadErrorCode
  declare readonly phase: UploadPhase
  /** Whether a retry may succeed. */
  declare readonly retryable: boolean
  /** A sentence for users. */
  declare readonly text: string
  declare readonly details: ErrorDetails | undefined
  declare readonly status: number | undefined
  declare readonly requestId: string | undefined
  declare readonly retryAfter: number | undefined

  constructor(code: UploadErrorCode, options: UploadErrorOptions) {
    const { phase, details, message = defaultMessage(code, phase) } = options
    super(message, options) // `options` has the cause
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
   * Creates an error from an error response of your backend: `if (!response.ok) throw await
   * UploadError.fromResponse(response)`. `code` is the error code for the HTTP status, `retryAfter` is from the header
   * `Retry-After`, and `text` is the sentence in the body (JSON `message`, `error`, `error.message`, problem+json
   * `detail`, or short plain text; never HTML). Reads the body if it is unread. `options` override what the response
   * says. The failing upload sets `phase`.
   */
  static async fromResponse(
    response: Response,
    options: Partial<UploadErrorOptions> = {},
  ): Promise<UploadError> {
    const { errorArgumentsOf, readErrorAnswer } = await loadErrorAnswer()
    return new UploadError(...errorArgumentsOf(await readErrorAnswer(response), options))
  }
}

const loadErrorAnswer = /* @__PURE__ */ lazyModule(() => import('./error-answer.ts'))

/** Returns the English sentence for an error that has no text of its own. */
export function defaultText(code: UploadErrorCode, details?: ErrorDetails): string {
  return textWithDetails(code, catalogue[code][1], details)
}

/** Returns the sentence for developers for an error that has no message of its own. */
export function defaultMessage(code: UploadErrorCode, phase: UploadPhase): string {
  return `${code} while ${phase}. See node_modules/putaway/docs/errors.md#${code}.`
}

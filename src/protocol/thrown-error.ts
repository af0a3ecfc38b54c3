import { UploadError, defaultMessage } from './errors.ts'
import type { UploadPhase } from './errors.ts'

/**
 * Sets the upload phase of an error to the phase of the failed step, because the function that threw the error may not
 * know the step. Changes the error in place, so that comparisons by identity work. A frozen error stays unchanged.
 */
export function setPhase(error: UploadError, phase: UploadPhase): UploadError {
  const { code, message } = error
  if (message === defaultMessage(code, error.phase))
    Reflect.defineProperty(error, 'message', { value: defaultMessage(code, phase) })
  Reflect.defineProperty(error, 'phase', { value: phase })
  return error
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

/** Describes an error to developers. Pages show users only a general sentence. */
export function describeError({ code, phase, message, cause }: UploadError): string {
  const docs = message.includes('docs/errors.md') ? '' : ` See node_modules/putaway/docs/errors.md#${code}.`
  const sentence = message.replace(/[\w'"]$/, '$&.')
  const isDefault = message === defaultMessage(code, phase)
  return (
    `${isDefault ? '' : `${code} while ${phase}: `}${sentence}${docs}` +
    (cause instanceof Error ? `\nCaused by ${describeCause(cause)}` : '')
  )
}

/** The stack of V8 begins with the name and the message; the stacks of Firefox and Safari have only the calls. */
function describeCause(cause: Error): string {
  const { message, stack = '' } = cause
  return stack && stack.includes(message) ? stack : `${String(cause)}\n${stack}`.trimEnd()
}

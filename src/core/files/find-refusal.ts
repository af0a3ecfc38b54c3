import { UploadError } from '../../protocol/errors.ts'
import { setPhase } from '../../protocol/thrown-error.ts'
import { readThrownError } from '../answers/read-app-result.ts'
import type { ValidateFile } from '../rules.ts'

/**
 * Calls `validate`. Resolves with the error of a refused file, or with undefined for an accepted file. Rejects with an
 * UploadError if `validate` fails or returns a value of a wrong type.
 */
export async function findRefusal(
  file: File,
  validate: ValidateFile,
  signal: AbortSignal,
): Promise<UploadError | undefined> {
  let answer: unknown
  try {
    answer = await validate(file, { signal })
  } catch (thrown) {
    const error = await readThrownError(thrown, 'starting')
    if (error.retryable && error === thrown) throw error
    if (error === thrown) answer = error
    else if (error.code !== 'unknown') throw error
    else {
      const message = `validate threw. ${error.message}`
      throw new UploadError('unknown', { phase: 'starting', cause: thrown, message })
    }
  }
  if (answer === undefined || answer === null) return undefined
  if (answer instanceof UploadError) return setPhase(answer, 'choosing')
  if (typeof answer === 'string' && answer.trim() !== '') {
    const message = `validate refused the file: ${answer}`
    return new UploadError('rejected', { phase: 'choosing', text: answer, message })
  }
  const shown = typeof answer === 'string' ? 'an empty text' : `a value of the type ${typeof answer}`
  const message = `validate returned ${shown}. Return a sentence to refuse a file, and nothing to accept it.`
  throw new UploadError('unknown', { phase: 'starting', message })
}

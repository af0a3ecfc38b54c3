import { acceptProblem, accepts } from '../protocol/accept.ts'
import type { Accept } from '../protocol/accept.ts'
import type { ErrorDetails } from '../protocol/error-text.ts'
import { UploadError } from '../protocol/errors.ts'
import type { UploadErrorCode } from '../protocol/errors.ts'
import { bytesOf } from '../protocol/limits.ts'
import type { Size } from '../protocol/limits.ts'
import { sizeOf } from './size.ts'

/** Rules for the files of an uploader, checked in the browser. The backend checks its own rules. */
export interface Rules {
  /**
   * As in `<input accept>`: `'image/*'`, `'image/png,.pdf'`, or a list. Synonyms of a type and other extensions of the same
   * format match too, and an empty type is guessed from the extension. Default: everything.
   */
  readonly accept?: Accept | undefined
  /** Bytes, or a string like `'5MB'`. Default: no limit. */
  readonly maxSize?: Size | undefined
  /** Bytes, or a string like `'1kB'`. Default: 1 byte, so that empty files are refused. */
  readonly minSize?: Size | undefined
  /** Most files in the list. Default: no limit. */
  readonly maxFiles?: number | undefined
}

/** A file that the rules refused. It does not become an item. */
export interface Rejection {
  readonly id: string
  readonly file: File
  readonly error: UploadError
}

/**
 * Returns why a file is refused, or undefined. `room` is how many more files the list can hold. A `size` of NaN skips the
 * size checks: they run when the size is known.
 */
export function refusal(
  file: File,
  rules: Rules,
  room = Infinity,
  size = sizeOf(file),
): UploadError | undefined {
  const { type } = file
  const { accept, maxFiles = 1 } = rules
  const min = bytesOf(rules.minSize ?? 1)
  const max = bytesOf(rules.maxSize ?? Infinity)
  const refuse = (code: UploadErrorCode, details: ErrorDetails) => {
    const message = `${code}: ${size} bytes of ${type}, and the limit is ${JSON.stringify(details)}.`
    return new UploadError(code, { phase: 'choosing', message, details })
  }

  if (accept !== undefined) {
    if (process.env.NODE_ENV !== 'production') warnOf(accept)
    if (!accepts(accept, file)) return refuse('wrong-type', { accept: String(accept) })
  }
  if (size < min) return refuse(size === 0 ? 'empty' : 'too-small', { minSize: min })
  if (size > max) return refuse('too-large', { maxSize: max })
  return room < 1 ? refuse('too-many', { maxFiles }) : undefined
}

const warned = new Set<string>()

function warnOf(accept: Accept) {
  const problem = acceptProblem(accept)
  if (problem === undefined || warned.has(problem)) return
  warned.add(problem)
  console.warn(`putaway: ${problem}`)
}

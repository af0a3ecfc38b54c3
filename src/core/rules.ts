import { acceptProblem, accepts } from '../protocol/accept.ts'
import type { Accept } from '../protocol/accept.ts'
import type { ErrorDetails } from '../protocol/error-text.ts'
import { UploadError } from '../protocol/errors.ts'
import type { UploadErrorCode } from '../protocol/errors.ts'
import { bytesOf } from '../protocol/limits.ts'
import type { Size } from '../protocol/limits.ts'
import { sizeOf } from './size.ts'

/** What an uploader takes. The backend has rules of its own: these save people the wait. */
export interface Rules {
  /**
   * As in `<input accept>`: `'image/*'`, `'image/png,.pdf'`, or a list. Other names of a type and other endings of the same
   * kind of file count as well, and an empty type is guessed from the extension. Default: everything.
   */
  readonly accept?: Accept | undefined
  /** Bytes, or a text such as `'5MB'`. Default: no limit. */
  readonly maxSize?: Size | undefined
  /** Bytes, or a text such as `'1kB'`. Default: 1 byte, so that an empty file is refused. */
  readonly minSize?: Size | undefined
  /** How many files the list may hold. Default: no limit. */
  readonly maxFiles?: number | undefined
}

/** A file that was refused on choosing; it never becomes an item. */
export interface Rejection {
  readonly id: string
  readonly file: File
  readonly error: UploadError
}

/**
 * Why a file may not come in, or undefined when it may. `room` is how many more files the list can hold. With NaN for
 * `size` that is left for later.
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

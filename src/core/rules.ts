import { acceptProblem, accepts } from '../protocol/accept.ts'
import type { Accept } from '../protocol/accept.ts'
import { acceptHint } from '../protocol/accept-text.ts'
import { UploadError } from '../protocol/errors.ts'
import type { UploadErrorCode } from '../protocol/errors.ts'
import { bytesOf, formatSize } from '../protocol/limits.ts'
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
  const refuse = (code: UploadErrorCode, limit: unknown, text?: string) => {
    const message = `${code}: ${size} bytes of ${type}, and the limit is ${String(limit)}.`
    return new UploadError(code, { phase: 'choosing', message, text })
  }

  if (accept !== undefined) {
    if (process.env.NODE_ENV !== 'production') warnOf(accept)
    if (!accepts(accept, file)) {
      const { text } = new UploadError('wrong-type', { phase: 'choosing' })
      return refuse('wrong-type', accept, text + acceptHint(accept))
    }
  }
  if (size < min)
    return size === 0 ? refuse('empty', min) : refuse('too-small', min, `Smaller than ${formatSize(min)}.`)
  if (size > max) return refuse('too-large', max, `Larger than ${formatSize(max)}.`)
  if (room < 1)
    return refuse('too-many', maxFiles, maxFiles === 1 ? 'Only one file.' : `Only ${maxFiles} files.`)
  return undefined
}

const warned = new Set<string>()

function warnOf(accept: Accept) {
  const problem = acceptProblem(accept)
  if (problem === undefined || warned.has(problem)) return
  warned.add(problem)
  console.warn(`putaway: ${problem}`)
}

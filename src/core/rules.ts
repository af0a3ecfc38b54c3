import { accepts } from '../protocol/accept/accept.ts'
import type { Accept } from '../protocol/accept/accept.ts'
import type { ErrorDetails } from '../protocol/error-text.ts'
import { UploadError } from '../protocol/errors.ts'
import type { UploadErrorCode } from '../protocol/errors.ts'
import { bytesOf } from '../protocol/byte-size.ts'
import type { Size } from '../protocol/byte-size.ts'
import { isDeleted, sizeOf, unreadableFiles } from './files/file-size.ts'
import { checkOptions } from './check-options.ts'

/** Rules for the files of an uploader, checked in the browser. The backend checks rules of its own. */
export interface Rules {
  /**
   * As in `<input accept>`: `'image/*'`, `'image/png,.pdf'`, or a list. Synonyms of a type and other extensions of the same
   * format match too, and an empty type is guessed from the extension. Default: everything.
   */
  readonly accept?: Accept | undefined
  /** Maximum size of a file in bytes, or a string like `'5MB'`. Default: no limit. */
  readonly maxSize?: Size | undefined
  /** Minimum size of a file in bytes, or a string like `'1kB'`. Default: 1 byte, so that empty files are refused. */
  readonly minSize?: Size | undefined
  /** Maximum number of files in the list. Default: no limit. */
  readonly maxFiles?: number | undefined
  /**
   * Maximum size of all files in the list together, in bytes or as a string like `'20MB'`. Counts the files as the
   * user chose them, before `prepare`. Default: no limit.
   */
  readonly maxTotalSize?: Size | undefined
}

/**
 * Decides whether a file is accepted. To accept it, return nothing. To refuse it, return a sentence for users, or
 * return or throw an `UploadError`. With the code `canceled` the file leaves the list without a rejection. Any other
 * thrown error, and a thrown `UploadError` that is `retryable`, fails the item: it stays in the list, and `retry` calls
 * this function again. The signal aborts when the file is canceled, removed or replaced, or when it starts before this
 * function has answered.
 */
export type ValidateFile = (
  file: File,
  context: { readonly signal: AbortSignal },
) => ValidationAnswer | Promise<ValidationAnswer>

type ValidationAnswer = string | UploadError | undefined | null | void

/** A file that the rules or `validate` refused. It is not an item of the list. */
export interface Rejection {
  readonly id: string
  readonly file: File
  readonly error: UploadError
}

/**
 * Returns why a file is refused, or undefined. `remainingSlots` is how many more files the list can hold, `usedSize` the
 * bytes of the other files. A `size` of NaN skips the size checks: they run when the size is known.
 */
export function checkFile(
  file: File,
  rules: Rules,
  remainingSlots = Infinity,
  size = sizeOf(file),
  usedSize = 0,
): UploadError | undefined {
  if (process.env.NODE_ENV !== 'production') checkOptions(rules)
  const { type } = file
  const { accept, maxFiles = 1 } = rules
  const minBytes = bytesOf(rules.minSize ?? 1)
  const maxBytes = bytesOf(rules.maxSize ?? Infinity)
  const maxTotalSize = bytesOf(rules.maxTotalSize ?? Infinity)
  const createError = (code: UploadErrorCode, details: ErrorDetails) => {
    const message = `${code}: ${size} bytes of ${type}. ${JSON.stringify(details)}`
    return new UploadError(code, { phase: 'choosing', message, details })
  }

  if (unreadableFiles.has(file)) return createError('unreadable', {})
  if (accept !== undefined && !accepts(accept, file))
    return createError('wrong-type', { accept: String(accept) })
  if (size === 0 && isDeleted(file)) return createError('unreadable', {})
  if (size < minBytes) return createError(size === 0 ? 'empty' : 'too-small', { minSize: minBytes })
  if (size > maxBytes) return createError('too-large', { maxSize: maxBytes })
  if (remainingSlots < 1) return createError('too-many', { maxFiles })
  return usedSize + size > maxTotalSize ? createError('total-too-large', { maxTotalSize }) : undefined
}

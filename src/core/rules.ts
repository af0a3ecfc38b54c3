import { accepts } from '../protocol/accept.ts'
import type { Accept } from '../protocol/accept.ts'
import { UploadError } from '../protocol/errors.ts'
import { bytesOf, formatSize } from '../protocol/limits.ts'
import type { Size } from '../protocol/limits.ts'

/** What an uploader takes. The backend has rules of its own: these save people the wait. */
export interface Rules {
  /** As in `<input accept>`: `'image/*'`, `'image/png,.pdf'`, or a list. Default: everything. */
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

/** Why a file may not come in, or undefined when it may. `room` is how many more files the list can hold. */
export function refusal(file: File, rules: Rules, room = Infinity): UploadError | undefined {
  const refuse = (code: UploadError['code'], message: string, text?: string) =>
    new UploadError(code, { phase: 'choosing', message, text })
  const { size, type } = file
  const min = bytesOf(rules.minSize ?? 1)
  const max = bytesOf(rules.maxSize ?? Infinity)

  if (rules.accept !== undefined && !accepts(rules.accept, file)) {
    return refuse('wrong-type', `A file of type "${type}" does not match accept="${String(rules.accept)}".`)
  }
  if (size < min) {
    if (size === 0) return refuse('empty', 'The file has 0 bytes. Set minSize to 0 to take empty files.')
    return refuse(
      'too-small',
      `${size} bytes is under minSize, ${min} bytes.`,
      `Smaller than ${formatSize(min)}.`,
    )
  }
  if (size > max) {
    return refuse(
      'too-large',
      `${size} bytes is over maxSize, ${max} bytes.`,
      `Larger than ${formatSize(max)}.`,
    )
  }
  if (room < 1) {
    const limit = rules.maxFiles ?? 1
    return refuse(
      'too-many',
      `The list holds ${limit} already.`,
      limit === 1 ? 'Only one file.' : `Only ${limit} files.`,
    )
  }
  return undefined
}

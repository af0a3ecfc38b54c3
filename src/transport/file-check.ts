import { sizeOf } from '../core/files/file-size.ts'
import { UploadError } from '../protocol/errors.ts'
import { crc64Of } from './checksum.ts'

/**
 * Whether this browser reads the current content of a file on disk. Firefox does. Other browsers refuse to read a file
 * that changed since it was chosen (https://w3c.github.io/FileAPI/#snapshot-state).
 */
export const readsChangedFiles = (): boolean =>
  // Our tests in Node 20 have no `navigator`.
  typeof navigator === 'object' && navigator.userAgent.includes(' Firefox/')

/** Reads a file or a slice completely. Rejects with `unreadable` if it cannot be read or does not have `size` bytes. */
export async function readBytes(blob: Blob, size: number): Promise<ArrayBuffer> {
  const bytes = await blob.arrayBuffer().catch((cause: unknown) => {
    throw createUnreadableError(cause)
  })
  // Firefox reads a file that was cut to its new end, without an error.
  if (bytes.byteLength !== size) throw createUnreadableError()
  return bytes
}

export const createUnreadableError = (cause?: unknown) =>
  new UploadError('unreadable', { phase: 'uploading', cause })

/** Rejects with `unreadable` if the last byte of a file or a slice cannot be read. */
export async function checkReadable(blob: Blob): Promise<void> {
  const size = sizeOf(blob)
  await readBytes(blob.slice(Math.max(0, size - 1), size), Math.min(1, size))
}

/** Checksums of the content that was sent, by file and by range. Also kept while an upload is paused. */
const sentChecksums = new WeakMap<Blob, Map<string, string>>()

/** Remembers the checksum of a range of a file for `checkUnchanged`. */
export function rememberChecksum(file: Blob, start: number, end: number, checksum: string): void {
  const checksums = sentChecksums.get(file) ?? new Map<string, string>()
  sentChecksums.set(file, checksums.set(`${start}-${end}`, checksum))
}

/**
 * Rejects with `unreadable` if a file is not the one that was sent. Browsers that refuse to read a changed file read
 * one byte. In Firefox each range is read again and compared with the checksum of its first reading, because the parts
 * of a file that was replaced meanwhile come from two files, and storage accepts each of them.
 */
export async function checkUnchanged(file: Blob, signal: AbortSignal): Promise<void> {
  await checkReadable(file)
  if (!readsChangedFiles()) return
  const isUnchanged = await hasSentContent(file, signal).catch((cause: unknown) => {
    throw signal.aborted ? cause : createUnreadableError(cause)
  })
  if (!isUnchanged) throw createUnreadableError()
}

async function hasSentContent(file: Blob, signal: AbortSignal): Promise<boolean> {
  for (const [range, checksum] of sentChecksums.get(file) ?? []) {
    const [start, end] = range.split('-').map(Number)
    if ((await crc64Of(file.slice(start, end, ''), signal)) !== checksum) return false
  }
  // Only the stream of the whole file goes beyond the size that the file had when it was chosen.
  let byteCount = 0
  const reader = file.stream().getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return byteCount === sizeOf(file)
    signal.throwIfAborted()
    byteCount += value.length
  }
}

import type { SendContext, SendResult } from '../core/ports.ts'
import { sizeOf } from '../core/files/file-size.ts'
import { UploadError } from '../protocol/errors.ts'
import { lazyModule } from '../internal/lazy-module.ts'
import { maxSingleSize, multipartThreshold } from '../protocol/s3-limits.ts'
import type { Ticket } from '../protocol/ticket.ts'
import { crc64Of, crc64OfBytes } from './checksum.ts'
import { checkReadable, checkUnchanged, createUnreadableError, readBytes } from './file-check.ts'
import { readsChangedFiles, rememberChecksum } from './file-check.ts'
import { encodeFormBody, formFileNameOf } from './form-body.ts'
import { headersOf, warnAboutFaults } from './ticket-faults.ts'
import type { StorageRequest } from './storage-request.ts'

/** A ticket for a file that is sent in one request. */
export type SingleRequestTicket = Extract<Ticket, { kind: 'put' | 'post' }>

/** The request body of a file, in the format of its ticket. */
export interface RequestBody extends Pick<StorageRequest, 'body' | 'headers'> {
  /** The bytes of the file, if they are in memory. */
  readonly bytes?: ArrayBuffer
}

/** Files up to this size are read into memory before they are sent. */
const maxInMemorySize = 1_000_000

/** Loads the multipart code, which most apps do not need because they send small files. */
export const loadMultipart = lazyModule(() => import('./multipart/send-parts.ts'))

/** Loads the multipart code for a large file. `size` is in bytes. */
export async function preload(size: number): Promise<void> {
  if (size >= multipartThreshold) (await loadMultipart()).preload()
}

/**
 * Creates the request body of a file. A small file is read once, for its checksum and for sending, so that later changes
 * on disk have no effect. The browser reads a larger file from disk while it sends it. Rejects with `unreadable`, and
 * with `too-large` for a file that needs a multipart upload. `type` is the MIME type that was sent to presign.
 */
export async function createRequestBody(
  file: Blob,
  ticket: SingleRequestTicket,
  type = file.type || 'application/octet-stream',
): Promise<RequestBody> {
  const requestBody = await bodyOf(file, ticket, type)
  warnAboutFaults(
    { method: ticket.kind, url: ticket.url, ...requestBody },
    'fields' in ticket ? ticket.fields : {},
  )
  return requestBody
}

async function bodyOf(file: Blob, ticket: SingleRequestTicket, type: string): Promise<RequestBody> {
  const size = sizeOf(file)
  if (size > maxSingleSize) throw new UploadError('too-large', { phase: 'uploading' })
  // A slice has the current size of the file and no type. (A Blob with a type would add a Content-Type header that is
  // not signed.)
  const untypedFile = file.slice(0, undefined, '')
  if (untypedFile.size !== size) throw createUnreadableError()
  if (size > maxInMemorySize) {
    await checkReadable(file)
    if (ticket.kind === 'put') return { headers: headersOf(ticket, type), body: untypedFile }
    const body = new FormData()
    for (const [name, value] of Object.entries(ticket.fields)) body.append(name, value)
    // Appends the file last, because S3 ignores every field after it.
    // https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
    // Firefox sends a file that has grown to its new end, and a slice only to the end of the slice.
    if (readsChangedFiles()) body.append('file', file.slice(0, size, file.type), formFileNameOf(file))
    else body.append('file', file)
    return { body }
  }
  // Reads the slice and not the file. For a slice, Chromium allocates only the size of the slice. For a file on disk,
  // Chromium allocates half a megabyte. In Firefox a slice hides that the file has grown.
  const bytes = await readBytes(readsChangedFiles() ? file : untypedFile, size)
  // A Uint8Array has no type, so the browser adds no unsigned Content-Type header.
  if (ticket.kind === 'put') return { body: new Uint8Array(bytes), headers: headersOf(ticket, type), bytes }
  return { ...encodeFormBody(ticket.fields, file, bytes), bytes }
}

/**
 * Computes the checksum that the ticket asks for, while the bytes are sent. A multipart upload needs no checksum
 * here, because its parts have their own. Call the returned function after the bytes have arrived. It rejects with
 * `unreadable` if a file on disk changed during the upload. The browser then sent a mix of the old and the new file
 * without an error.
 */
export function startChecksum(
  file: Blob,
  { kind, checksum: algorithm }: Ticket,
  { signal, onChecksumReady }: SendContext,
  bytes?: ArrayBuffer,
) {
  const isSingleRequest = kind !== 'multipart'
  async function computeChecksum(): Promise<SendResult> {
    const isCompared = !bytes && readsChangedFiles()
    if (!isSingleRequest || !(algorithm || isCompared)) return {}
    // Waits for the next task, so that the request is sent first.
    if (bytes) await new Promise((resolve) => setTimeout(resolve))
    const value = bytes ? crc64OfBytes(bytes) : await crc64Of(file, signal).catch(() => undefined)
    if (isCompared && value) rememberChecksum(file, 0, sizeOf(file), value)
    return value && algorithm ? { checksum: { algorithm, value } } : {}
  }
  const checksumResult = computeChecksum()
  if (isSingleRequest)
    void checksumResult.then((earlyResult) => signal.aborted || onChecksumReady?.(earlyResult))
  return async (): Promise<SendResult> => {
    const sendResult = await checksumResult
    if (!bytes) await checkUnchanged(file, signal)
    return sendResult
  }
}

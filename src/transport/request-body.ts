import type { SendContext, SendResult } from '../core/ports.ts'
import { sizeOf } from '../core/files/file-size.ts'
import { UploadError } from '../protocol/errors.ts'
import { lazyModule } from '../internal/lazy-module.ts'
import { nextTask } from '../internal/next-task.ts'
import { maxSingleSize, multipartThreshold } from '../protocol/s3-limits.ts'
import type { Ticket } from '../protocol/ticket.ts'
import { crc64Of, crc64OfBytes } from './checksum.ts'
import { checkReadable, checkUnchanged, createUnreadableError, readBytes } from './file-check.ts'
import { readsChangedFiles, rememberChecksum } from './file-check.ts'
import { headersOf, warnAboutFaults } from './ticket-faults.ts'
import { crc64OfSmallFile } from './small-checksums.ts'
import type { StorageRequest } from './storage-request.ts'

/** A ticket for a file that is sent in one request. */
export type SingleRequestTicket = Extract<Ticket, { kind: 'put' | 'post' }>

/** The request body of a file, in the format of its ticket. */
export interface RequestBody extends Pick<StorageRequest, 'body' | 'headers'> {
  /** The bytes of the file, if they are in memory. */
  readonly bytes?: ArrayBuffer
}

/** Small files have up to 1 MB: the bytes of many fit into memory. */
const isSmall = (file: Blob) => sizeOf(file) <= 1_000_000

/** Loads the multipart code, which most apps do not need because they send small files. */
export const loadMultipart = lazyModule(() => import('./multipart/send-parts.ts'))

/** Loads the multipart code for a large file. `size` is in bytes. */
export async function preload(size: number): Promise<void> {
  if (size >= multipartThreshold) (await loadMultipart()).preload()
}

/**
 * Creates the request body of a file. The browser reads the file from disk while it sends it, because that costs less CPU
 * time than bytes in memory (`npm run bench -- --scenario many`). Firefox would send a file that has changed, so there a
 * small file is read once, for its checksum and for sending. Rejects with `unreadable`, and with `too-large` for a file
 * that needs a multipart upload. `type` is the MIME type that was sent to presign.
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
  if (isSmall(file) && readsChangedFiles()) {
    // A slice would hide that the file has grown.
    const bytes = await readBytes(file, size)
    // A Uint8Array has no type, so the browser adds no unsigned Content-Type header.
    return ticket.kind === 'put'
      ? { body: new Uint8Array(bytes), headers: headersOf(ticket, type), bytes }
      : { body: formOf(ticket, new Blob([bytes], { type: file.type }), formFileNameOf(file)), bytes }
  }
  if (!isSmall(file)) await checkReadable(file)
  if (ticket.kind === 'put') {
    // A slice has the current size of the file and no type. (A Blob with a type would add a Content-Type header that is
    // not signed.)
    const body = file.slice(0, undefined, '')
    if (body.size !== size) throw createUnreadableError()
    return { body, headers: headersOf(ticket, type) }
  }
  // Firefox sends a file that has grown to its new end, and a slice only to the end of the slice.
  const sentFile = readsChangedFiles() ? file.slice(0, size, file.type) : file
  return { body: formOf(ticket, sentFile, formFileNameOf(file)) }
}

function formOf({ fields }: Extract<Ticket, { kind: 'post' }>, file: Blob, fileName: string): FormData {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  // Appends the file last, because S3 ignores every field after it.
  // https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
  form.append('file', file, fileName)
  return form
}

/** Returns the name that `FormData` gives a file. */
const formFileNameOf = (file: Blob): string => (file instanceof File ? file.name : 'blob')

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
    if (bytes) await nextTask()
    const value = bytes ? crc64OfBytes(new Uint8Array(bytes)) : await crc64OfFile(file, signal)
    if (isCompared && value) rememberChecksum(file, 0, sizeOf(file), value)
    return value && algorithm ? { checksum: { algorithm, value } } : {}
  }
  const checksumResult = computeChecksum()
  if (isSingleRequest)
    void checksumResult.then((earlyResult) => signal.aborted || onChecksumReady?.(earlyResult))
  return async (): Promise<SendResult> => {
    const sendResult = await checksumResult
    // The backend compares the checksum with that of the stored object, which covers every byte of a small file.
    const isVerified = isSmall(file) && sendResult.checksum
    if (!bytes && !isVerified) await checkUnchanged(file, signal)
    return sendResult
  }
}

/** Resolves with `undefined` if the file cannot be read. */
async function crc64OfFile(file: Blob, signal: AbortSignal): Promise<string | undefined> {
  const crc = isSmall(file) ? crc64OfSmallFile(file) : crc64Of(file, signal)
  return crc.catch(() => undefined)
}

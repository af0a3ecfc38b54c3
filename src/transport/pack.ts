import type { SendContext, Sent } from '../core/ports.ts'
import { sizeOf } from '../core/size.ts'
import { UploadError } from '../protocol/errors.ts'
import { maxSingleSize, partsFrom } from '../protocol/limits.ts'
import type { Ticket } from '../protocol/ticket.ts'
import { crc64Of, crc64OfBytes } from './checksum.ts'
import { encodeForm } from './form.ts'
import { headersOf, warnOfFaults } from './ticket-faults.ts'
import type { StorageRequest } from './xhr.ts'

/** A ticket for a file in one request. */
export type WholeTicket = Extract<Ticket, { kind: 'put' | 'post' }>

/** The request body of a file, in the format of its ticket. */
export interface Packed extends Pick<StorageRequest, 'body' | 'headers'> {
  /** The bytes of the file, if they are in memory. */
  readonly bytes?: ArrayBuffer
}

/** Files up to this size are read into memory before they are sent. */
const small = 1_000_000

/** Loads the multipart code for a large file. `size` is in bytes. */
export async function warm(size: number): Promise<void> {
  if (size >= partsFrom) (await import('./multipart.ts')).warm()
}

/**
 * Creates the request body of a file. A small file is read once, for its checksum and for sending, so that later changes
 * on disk have no effect. The browser reads a larger file from disk while it sends it. Rejects with `unreadable`, and
 * with `too-large` for a file that needs a multipart upload. `type` is the MIME type that was sent to presign.
 */
export async function pack(
  file: Blob,
  ticket: WholeTicket,
  type = file.type || 'application/octet-stream',
): Promise<Packed> {
  const packed = await bodyOf(file, ticket, type)
  warnOfFaults({ method: ticket.kind, url: ticket.url, ...packed }, 'fields' in ticket ? ticket.fields : {})
  return packed
}

async function bodyOf(file: Blob, ticket: WholeTicket, type: string): Promise<Packed> {
  const size = sizeOf(file)
  if (size > maxSingleSize) throw new UploadError('too-large', { phase: 'uploading' })
  // The slice has the current size, and no type: a Blob with a type would add a Content-Type header that is not signed.
  const whole = file.slice(0, undefined, '')
  if (whole.size !== size) throw new UploadError('unreadable', { phase: 'uploading' })
  if (size > small) {
    if (ticket.kind === 'put') return { headers: headersOf(ticket, type), body: whole }
    const body = new FormData()
    for (const [name, value] of Object.entries(ticket.fields)) body.append(name, value)
    // S3 ignores every field after the file. https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
    body.append('file', file)
    return { body }
  }
  // A slice has a known size, so Chromium allocates only that. For a file on disk it allocates half a megabyte.
  const bytes = await read(whole)
  // A Uint8Array has no type, so the browser adds no unsigned Content-Type header.
  if (ticket.kind === 'put') return { body: new Uint8Array(bytes), headers: headersOf(ticket, type), bytes }
  return { ...encodeForm(ticket.fields, file, bytes), bytes }
}

async function read(blob: Blob): Promise<ArrayBuffer> {
  try {
    return await blob.arrayBuffer()
  } catch (cause) {
    throw new UploadError('unreadable', { phase: 'uploading', cause })
  }
}

/**
 * Computes the checksum that the ticket asks for while the bytes are sent. Parts have their own checksums. The returned
 * function is called after the bytes have arrived. For a file that is not in memory and changed during the upload it
 * rejects with `unreadable`: the browser sent a mix of both versions without an error, but the file can no longer be read
 * (https://w3c.github.io/FileAPI/#snapshot-state).
 */
export function seal(
  file: Blob,
  { kind, checksum: algorithm }: Ticket,
  { signal, onSealed }: SendContext,
  bytes?: ArrayBuffer,
) {
  const single = kind !== 'multipart'
  async function hash(): Promise<Sent> {
    if (!algorithm || !single) return {}
    // Sending starts first.
    if (bytes) await new Promise((resolve) => setTimeout(resolve))
    const value = bytes ? crc64OfBytes(bytes) : await crc64Of(file, signal).catch(() => undefined)
    return value ? { checksum: { algorithm, value } } : {}
  }
  const sealed = hash()
  if (single) void sealed.then((sent) => signal.aborted || onSealed?.(sent))
  return async (): Promise<Sent> => {
    if (!bytes) await read(file.slice(0, 1))
    return sealed
  }
}

/** Measures one file that is sent in one request. */
export interface Trip {
  /** Whether to send without a progress listener. */
  readonly quiet: boolean
  arrived(): void
  /** Called when the request has ended, with or without an error. */
  over(): void
}

/** Bytes per second of recent files. */
let pace: number | undefined
/** Bytes in flight without a progress listener. */
let guessed = 0

export function depart(file: Blob, { kind }: WholeTicket): Trip {
  const size = sizeOf(file)
  const quiet = kind === 'post' && isInstant(size)
  const began = Date.now()
  if (quiet) guessed += size
  return {
    quiet,
    arrived() {
      const last = (1000 * size) / Math.max(1, Date.now() - began)
      pace = ((pace ?? last) + last) / 2
    },
    over() {
      if (quiet) guessed -= size
    },
  }
}

/**
 * Whether the upload finishes before progress would be visible: in half a second at the speed of recent files, and in a
 * quarter of a second at the speed that Chrome reports, at most 10 megabits
 * (https://wicg.github.io/netinfo/#downlink-attribute). Chrome also reports 10 for slower networks, and the network may have
 * become slow since the last file, so a larger file is always watched. Before the first measurement the limit applies to
 * all unwatched files together.
 */
function isInstant(size: number): boolean {
  const { connection } = navigator as { connection?: { downlink?: number } }
  const most = (connection?.downlink ?? 10) * 31_250
  return pace === undefined ? guessed + size <= most : size <= Math.min(pace / 2, most)
}

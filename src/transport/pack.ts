import type { SendContext, Sent } from '../core/ports.ts'
import { sizeOf } from '../core/size.ts'
import { UploadError } from '../protocol/errors.ts'
import { maxSingleSize, partsFrom } from '../protocol/limits.ts'
import type { Ticket } from '../protocol/ticket.ts'
import { crc64Of, crc64OfBytes } from './checksum.ts'
import { encodeForm } from './form.ts'
import { headersOf, warnOfFaults } from './ticket-faults.ts'
import type { StorageRequest } from './xhr.ts'

/** For a file in one request. */
export type WholeTicket = Extract<Ticket, { kind: 'put' | 'post' }>

/** A file as its ticket wants it sent. */
export interface Packed extends Pick<StorageRequest, 'body' | 'headers'> {
  /** Those of the file, where they are in memory. */
  readonly bytes?: ArrayBuffer
}

/** What is read into memory before it is sent, in bytes. */
const small = 1_000_000

/** Loads what a file of so many bytes needs beside this. */
export async function warm(size: number): Promise<void> {
  if (size >= partsFrom) (await import('./multipart.ts')).warm()
}

/**
 * Makes the body of a file. A small one is read whole, once: for its checksum, and to be sent; what the disk does
 * afterwards changes nothing any more. Another the browser reads from the disk as it sends it. Rejects as `unreadable`, and as
 * `too-large` where only parts carry it. `type` is what presign was told.
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
  // As it is now. Only signed headers may travel, and a Blob with a type would add one of its own.
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
  // A slice knows its size, and Chromium then makes room for that: for a file on the disk it is half a megabyte.
  const bytes = await read(whole)
  // Bytes have no type, so no header comes of it that is not signed.
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
 * Makes the checksum that the ticket asks for while the bytes are on their way; parts have their own. What it returns is
 * called when they have arrived. Without `bytes` in memory it rejects as `unreadable` for a file that was changed
 * meanwhile: it was sent in pieces of both, and no browser says so, but it cannot be read any more
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
    // First they leave.
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

/** A file on its way in one request. */
export interface Trip {
  /** Nobody needs to listen to its progress. */
  readonly quiet: boolean
  arrived(): void
  /** However it ended. */
  over(): void
}

/** Bytes per second, as files have gone lately. */
let pace: number | undefined
/** Bytes of files by which it will be known. */
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
 * Whether it is gone before anybody could see its progress: in half a second by the pace of the last ones, and in a quarter
 * by what Chrome says of the network, at most 10 megabits (https://wicg.github.io/netinfo/#downlink-attribute). That is
 * said also of slower ones, and a line may have become slow since the last file: nothing larger goes unwatched. Before
 * there is a pace, no more than that together.
 */
function isInstant(size: number): boolean {
  const { connection } = navigator as { connection?: { downlink?: number } }
  const most = (connection?.downlink ?? 10) * 31_250
  return pace === undefined ? guessed + size <= most : size <= Math.min(pace / 2, most)
}

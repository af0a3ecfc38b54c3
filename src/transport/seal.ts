import type { SendContext, Sent } from '../core/ports.ts'
import { UploadError } from '../protocol/errors.ts'
import type { Ticket } from '../protocol/ticket.ts'
import { crc64Of } from './checksum.ts'

/**
 * Makes the checksum that the ticket asks for while the bytes are on their way; parts have their own. What it returns is
 * called when they have arrived. Rejects as `unreadable` for a file that was changed meanwhile: it was sent in pieces of
 * both, and no browser says so, but it cannot be read any more (https://w3c.github.io/FileAPI/#snapshot-state).
 */
export function seal(file: Blob, { kind, checksum: algorithm }: Ticket, { signal, onSealed }: SendContext) {
  const single = kind !== 'multipart'
  async function hash(): Promise<Sent> {
    const value = algorithm && single && (await crc64Of(file, signal).catch(() => undefined))
    return value ? { checksum: { algorithm, value } } : {}
  }
  const sealed = hash()
  if (single) void sealed.then((sent) => signal.aborted || onSealed?.(sent))
  return async (): Promise<Sent> => {
    try {
      await file.slice(0, 1).arrayBuffer()
    } catch (cause) {
      throw new UploadError('unreadable', { phase: 'uploading', cause })
    }
    return sealed
  }
}

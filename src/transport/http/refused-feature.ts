import type { UploadError } from '../../protocol/errors.ts'
import type { Ticket } from '../../protocol/ticket.ts'
import type { StoreFeature } from '../../protocol/wire.ts'

/**
 * Returns what the store does not support of a ticket, by its answer: 405, 501, NotImplemented, and 400 with a sentence
 * that names the header, as of Backblaze B2 and Google Cloud Storage. Undefined when the store refuses for another reason.
 */
export function refusedFeature(
  ticket: Ticket,
  { code, message, status }: UploadError,
): StoreFeature | undefined {
  if (code !== 'signature' && code !== 'cors') return undefined
  const isUnsupported =
    /NotImplemented|MethodNotAllowed|ExcessHeaderValues|answers? (POST with|to POST)|unsupported header/i
  if (status !== 405 && status !== 501 && !isUnsupported.test(message)) return undefined
  if (ticket.kind === 'post') return 'post'
  if (ticket.kind === 'multipart') return ticket.checksum && 'checksums'
  return Object.keys(ticket.headers ?? {}).some((name) => /^if-none-match$/i.test(name))
    ? 'writeOnce'
    : undefined
}

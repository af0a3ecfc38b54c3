import type { UploadError } from '../../protocol/errors.ts'
import type { Ticket } from '../../protocol/ticket.ts'
import type { StoreFeature } from '../../protocol/wire.ts'

/**
 * Returns the feature of a ticket that the store does not support, if its error answer says so. Such an answer has the
 * status 405 or 501 or the code `NotImplemented`. Backblaze B2 and Google Cloud Storage answer 400 with a sentence
 * that names the header. Returns undefined if the store refuses for another reason.
 */
export function refusedFeature(
  ticket: Ticket,
  { code, message, status }: UploadError,
): StoreFeature | undefined {
  if (code !== 'signature' && code !== 'cors') return undefined
  const unsupportedPattern =
    /NotImplemented|MethodNotAllowed|ExcessHeaderValues|answers? (POST with|to POST)|unsupported header/i
  if (status !== 405 && status !== 501 && !unsupportedPattern.test(message)) return undefined
  if (ticket.kind === 'post') return 'post'
  if (ticket.kind === 'multipart') return ticket.checksum && 'checksums'
  return Object.keys(ticket.headers ?? {}).some((name) => /^if-none-match$/i.test(name))
    ? 'writeOnce'
    : undefined
}

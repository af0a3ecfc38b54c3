import { parseTicket } from '../protocol/parse.ts'
import type { Reader } from '../protocol/parse.ts'
import type { Ticket } from '../protocol/ticket.ts'

const reader: Reader = { source: 'The answer to presign', phase: 'starting', code: 'invalid-answer' }

/** A ticket and when it ends. Throws an UploadError that names the field which is wrong. */
export function readTicket(answer: unknown, now: number): { ticket: Ticket; endsAt: number } {
  const ticket = parseTicket(answer, reader)
  return { ticket, endsAt: endOf(ticket, now) }
}

/**
 * When a ticket ends by this browser's clock, a little early, so that it is renewed before it fails. The
 * server's clock needs no asking: what is signed says when it was signed and how long it lives, and it has just come.
 * `X-Amz-Date` and `X-Amz-Expires`: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
export function endOf(ticket: Ticket, now: number): number {
  const query = new URLSearchParams('url' in ticket ? ticket.url.split('?')[1] : '')
  const signed =
    query.get('X-Amz-Date') ??
    ('fields' in ticket ? (ticket.fields['X-Amz-Date'] ?? ticket.fields['x-amz-date']) : '')
  const signedAt = Date.parse(
    (signed ?? '').replace(/^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\dZ)$/, '$1-$2-$3:$4:$5'),
  )
  const { expiresAt = NaN } = ticket
  const life = Number(query.get('X-Amz-Expires')) * 1000 || expiresAt - (signedAt || now)
  // A clock that is wrong by more than the life of the ticket would make it old at birth: storage will tell.
  return life > 0 ? now + life - Math.min(10_000, life / 4) : Infinity
}

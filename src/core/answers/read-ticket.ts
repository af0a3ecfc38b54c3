import { checkForm } from '../../protocol/check-form.ts'
import { parseTicket } from '../../protocol/parse.ts'
import type { ParseContext } from '../../protocol/parse.ts'
import { lifetimeOf } from '../../protocol/signed-url.ts'
import type { Ticket } from '../../protocol/ticket.ts'

const parseContext: ParseContext = {
  source: 'The answer to presign',
  uploadPhase: 'starting',
  code: 'invalid-answer',
}

/** Parses a ticket and returns when it expires. Throws an UploadError that names the invalid field. */
export function readTicket(answer: unknown, now: number): { ticket: Ticket; expiresAt: number } {
  const ticket = parseTicket(answer, parseContext)
  checkForm(ticket, parseContext)
  return { ticket, expiresAt: expiryOf(ticket, now) }
}

/**
 * Returns when a ticket expires, by this browser's clock. The time is up to 10 seconds early, so that the ticket is
 * renewed before storage refuses it.
 */
export function expiryOf(ticket: Ticket, now: number): number {
  const lifetime = lifetimeOf(ticket, now)
  return now + lifetime - Math.min(10_000, lifetime / 4)
}

import { checkForm } from '../protocol/check-form.ts'
import { parseTicket } from '../protocol/parse.ts'
import type { Reader } from '../protocol/parse.ts'
import { lifeOf } from '../protocol/signed-url.ts'
import type { Ticket } from '../protocol/ticket.ts'

const reader: Reader = { source: 'The answer to presign', phase: 'starting', code: 'invalid-answer' }

/** Parses a ticket and returns when it expires. Throws an UploadError that names the invalid field. */
export function readTicket(answer: unknown, now: number): { ticket: Ticket; endsAt: number } {
  const ticket = parseTicket(answer, reader)
  checkForm(ticket, reader)
  return { ticket, endsAt: endOf(ticket, now) }
}

/** Returns when a ticket expires by this browser's clock: up to 10 s early, so that it is renewed before it fails. */
export function endOf(ticket: Ticket, now: number): number {
  const life = lifeOf(ticket, now)
  return now + life - Math.min(10_000, life / 4)
}

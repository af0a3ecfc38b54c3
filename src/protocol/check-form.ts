import { UploadError } from './errors.ts'
import type { Reader } from './parse.ts'
import type { Ticket } from './ticket.ts'

/**
 * Checks the form of a POST ticket for faults that storage may accept: a redirect, whose answer a page cannot read, or
 * fields that change which bytes are stored. Throws an UploadError that names the field and the fix.
 */
export function checkForm(ticket: Ticket, reader: Reader): void {
  if (ticket.kind !== 'post') return
  const names = new Map(
    Object.entries(ticket.fields).map(([name, text]) => [name.toLowerCase(), { name, text }]),
  )
  const refuse = (name: string, why: string): never => {
    const message = `${reader.source} is wrong at "ticket.fields.${name}": ${why}`
    throw new UploadError(reader.code, { phase: reader.phase, message })
  }

  // `redirect` is the older name. Storage ignores a value that is not a URL.
  const redirect = names.get('success_action_redirect') ?? names.get('redirect')
  if (redirect && /^https?:/i.test(redirect.text)) {
    refuse(
      redirect.name,
      "storage would redirect, and a page cannot read that answer. Sign success_action_status: '201' instead.",
    )
  }
  const file = names.get('file')
  if (file) refuse(file.name, 'storage would store this text instead of the file. Remove the field.')
  if (names.has('policy') && !names.has('key')) {
    refuse('key', 'it is missing. A policy POST also needs the key as a field. Add it.')
  }
}

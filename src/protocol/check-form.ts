import { UploadError } from './errors.ts'
import type { ParseContext } from './parse.ts'
import type { Ticket } from './ticket.ts'

/**
 * Checks the form fields of a POST ticket for mistakes that storage may accept: a redirect, whose answer a page cannot
 * read, and fields that change which bytes are stored. Throws an UploadError that names the field and the fix.
 */
export function checkForm(ticket: Ticket, context: ParseContext): void {
  if (ticket.kind !== 'post') return
  const fieldsByName = new Map(
    Object.entries(ticket.fields).map(([name, text]) => [name.toLowerCase(), { name, text }]),
  )
  const throwFault = (name: string, reason: string): never => {
    const message = `${context.source} is wrong at "ticket.fields.${name}": ${reason}`
    throw new UploadError(context.code, { phase: context.uploadPhase, message })
  }

  // `redirect` is the older name. Storage ignores a value that is not a URL.
  const redirect = fieldsByName.get('success_action_redirect') ?? fieldsByName.get('redirect')
  if (redirect && /^\s*https?:/i.test(redirect.text)) {
    throwFault(
      redirect.name,
      "storage would redirect, and a page cannot read that answer. Sign success_action_status: '201' instead.",
    )
  }
  const file = fieldsByName.get('file')
  if (file) throwFault(file.name, 'storage would store this text instead of the file. Remove the field.')
  if (fieldsByName.has('policy') && !fieldsByName.has('key')) {
    throwFault('key', 'it is missing. A policy POST also needs the key as a field. Add it.')
  }
}

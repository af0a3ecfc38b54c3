import { UploadError } from './errors.ts'
import type { Reader } from './parse.ts'
import type { Ticket } from './ticket.ts'

/**
 * Refuses a form that storage may take, but whose answer no page can read, or in which the file is not what is stored.
 * Throws an UploadError that names the field and the cure.
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

  // `redirect` is its older name. What is no URL is ignored by storage.
  const redirect = names.get('success_action_redirect') ?? names.get('redirect')
  if (redirect && /^\s*https?:/i.test(redirect.text)) {
    refuse(
      redirect.name,
      "storage would redirect, and a page cannot read that answer. Sign success_action_status: '201' in its place.",
    )
  }
  const file = names.get('file')
  if (file) refuse(file.name, 'storage would take this text for the file. Leave the field out.')
  if (names.has('policy') && !names.has('key')) {
    refuse('key', 'it is not there. A policy POST needs the key as a field too.')
  }
}

'use client'

import { imageOf } from '../../field/stored-image.ts'
import type { FieldEntry } from '../../field/field-state.ts'
import { useEntry, useEntryStatus } from '../../headless/context.ts'
import type { EntryStatus } from '../../headless/context.ts'
import { useCompleteTexts } from '../../i18n/complete-texts.ts'
import { FileName } from './FileName.tsx'

/** Shows the name of a stored or done file as a link, if the file has a URL. Shows the name of other files as text. */
export function NameLink({ name }: { readonly name: string }) {
  const { messages } = useCompleteTexts()
  const entry = useEntry()
  const url = useEntryStatus(entry, (status) => urlOf(entry, status))
  if (url === undefined || !isHttpUrl(url)) return <FileName name={name} />
  return (
    <a
      className="putaway-name-link"
      href={url}
      target="_blank"
      rel="noopener noreferrer"
      aria-label={messages.openInNewTab(name)}
      // A drag of the link would look like a drag of the row.
      draggable={false}
    >
      <FileName name={name} />
    </a>
  )
}

function urlOf(entry: FieldEntry, status: EntryStatus): string | undefined {
  if (entry.kind === 'stored') return entry.image.url
  return status.status === 'done' ? imageOf(status.result, entry.item.file).url : undefined
}

/** Whether a URL is one of HTTP, or relative to the page. A link to `javascript:` would run a script. */
function isHttpUrl(url: string): boolean {
  try {
    // Any base, because only the protocol counts. A server has no document.
    return /^https?:$/.test(new URL(url, 'https://page.invalid').protocol)
  } catch {
    return false
  }
}

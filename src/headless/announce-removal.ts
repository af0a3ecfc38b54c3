import { announceText } from '../a11y/live-announcer.ts'
import type { FieldEntry } from '../field/field-state.ts'
import { withLazyMessages } from '../i18n/complete-texts.ts'
import { errorText } from '../i18n/texts.tsx'
import type { Texts } from '../i18n/texts.tsx'
import type { UploadRuntime } from '../react/context.ts'
import { nameOf } from './context.ts'
import type { RootContextValue } from './context.ts'

/** Announces that an entry was removed, or why its removal failed. Announces nothing if `onRemove` keeps the entry. */
export function announceRemoval(
  runtime: UploadRuntime,
  texts: Texts,
  { field }: RootContextValue,
  entry: FieldEntry,
  isRemoved: boolean,
): void {
  const { messages } = withLazyMessages(texts)
  const name = nameOf(entry)
  const removedText = messages.removed(name)
  const { removeError } = entry.kind === 'upload' ? entry.item.store.getState() : {}
  if (isRemoved)
    announceText(
      runtime,
      field?.store.getState().removed ? messages.undoAvailable(removedText) : `${removedText}.`,
    )
  else if (removeError)
    announceText(runtime, `${name}: ${messages.notRemoved(errorText(removeError, texts))}`)
}

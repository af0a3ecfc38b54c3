'use client'

import { useCompleteTexts } from '../i18n/complete-texts.ts'
import { pickerOpensEvent } from './drop/picker-registry.ts'
import { availableActionOf } from './entry-status.ts'
import type { ActionState } from './entry-status.ts'
import { composeHandlers, createPart } from './create-part.tsx'
import type { Part } from './create-part.tsx'
import {
  moveEntry,
  nameOf,
  requestRemoval,
  useEntries,
  useEntry,
  useEntryStatus,
  useRootContext,
} from './context.ts'

/**
 * Opens the picker to replace one file. The old file stays if no file is chosen or the rules reject it. Rendered
 * only while the entry has no active upload, in a form field with an `Input`.
 */
export const Replace: Part<'button', ActionState> = /* @__PURE__ */ createPart(
  'replace',
  'button',
  ({ onClick, ...rest }) => {
    const rootContext = useRootContext()
    const { messages } = useCompleteTexts()
    const entry = useEntry()
    const entries = useEntries()
    const availableAction = useEntryStatus(entry, availableActionOf)
    const { field, readOnly, disabled, picker } = rootContext
    if (!field || readOnly || availableAction !== 'none') return undefined
    const name = nameOf(entry)
    const replaceFile = (file: File) => {
      const [item] = field.add([file], entry.id)
      if (!item) return
      moveEntry(rootContext, item, entries.indexOf(entry))
      // If `onRemove` keeps the old file, the new file is removed.
      void requestRemoval(rootContext, entry).then((isRemoved) => isRemoved || field.remove(item.id))
    }
    return {
      state: { name },
      props: {
        type: 'button',
        'data-action': 'replace',
        'aria-label': messages.replaceOf(name),
        disabled,
        ...rest,
        onClick: composeHandlers(onClick, () => {
          rootContext.uploader.preload?.()
          if (picker.current) chooseReplacement(picker.current, replaceFile)
        }),
      },
      children: messages.replace,
    }
  },
)

/**
 * Opens the picker for one file. Passes the file to `replaceFile`, and keeps the event from the input's own handler.
 */
function chooseReplacement(input: HTMLInputElement, replaceFile: (file: File) => void) {
  const { multiple } = input
  input.dispatchEvent(new Event(pickerOpensEvent))
  input.multiple = false
  input.click()
  input.multiple = multiple
  // Stops listening also when the picker opens again, because some browsers fire no `cancel` event.
  const types = [pickerOpensEvent, 'cancel', 'change']
  function end(event: Event) {
    for (const type of types) input.removeEventListener(type, end)
    if (event.type !== 'change') return
    event.stopPropagation()
    const [file] = input.files ?? []
    input.value = ''
    if (file) replaceFile(file)
  }
  for (const type of types) input.addEventListener(type, end)
}

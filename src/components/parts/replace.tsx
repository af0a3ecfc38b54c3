'use client'

import { useAllTexts } from '../all-messages.ts'
import { opensAnew } from '../chooser.ts'
import { actionOf } from '../status.ts'
import type { ActionState } from './actions.tsx'
import { after, part } from './part.tsx'
import type { Part } from './part.tsx'
import { move, nameOf, remove, useEntries, useEntry, useNow, useScope } from './scope.ts'

/**
 * Opens the picker to replace one file. The old file stays if no file is chosen or the rules reject it. Rendered
 * only while the entry has no active upload, in a form field with an `Input`.
 */
export const Replace: Part<'button', ActionState> = /* @__PURE__ */ part(
  'replace',
  'button',
  ({ onClick, ...rest }) => {
    const scope = useScope()
    const { messages } = useAllTexts()
    const entry = useEntry()
    const entries = useEntries()
    const offered = useNow(entry, actionOf)
    const { field, readOnly, disabled, picker } = scope
    if (!field || readOnly || offered !== 'none') return undefined
    const name = nameOf(entry)
    const take = (file: File) => {
      const [item] = field.add([file], entry.id)
      if (!item) return
      move(scope, item, entries.indexOf(entry))
      remove(scope, entry)
    }
    return {
      state: { name },
      props: {
        type: 'button',
        'data-action': 'replace',
        'aria-label': messages.replaceOf(name),
        disabled,
        ...rest,
        onClick: after(onClick, () => {
          scope.uploader.warm?.()
          if (picker.current) chooseOne(picker.current, take)
        }),
      },
      children: messages.replace,
    }
  },
)

/** Opens the picker for one file and passes it to `take` instead of to the input's own handler. */
function chooseOne(input: HTMLInputElement, take: (file: File) => void) {
  const asked = new AbortController()
  const { signal } = asked
  const { multiple } = input
  input.dispatchEvent(new Event(opensAnew))
  input.multiple = false
  input.click()
  input.multiple = multiple
  // Some browsers fire no `cancel` event.
  for (const type of [opensAnew, 'cancel']) input.addEventListener(type, () => asked.abort(), { signal })
  input.addEventListener(
    'change',
    (event) => {
      asked.abort()
      event.stopPropagation()
      const [file] = input.files ?? []
      input.value = ''
      if (file) take(file)
    },
    { signal },
  )
}

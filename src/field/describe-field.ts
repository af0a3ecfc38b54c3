import { withLazyMessages } from '../i18n/complete-texts.ts'
import type { Texts } from '../i18n/texts.tsx'
import type { UploadField } from './field-state.ts'

/**
 * Shows in the label that the field is required, and connects the notice of a problem with the button that adds files
 * (WCAG 3.3.1 and 3.3.2). It sets attributes that React does not render, because this code loads only with a form.
 */
export function describeField(
  input: HTMLElement,
  { field, texts }: { readonly field: UploadField; readonly texts: Texts },
) {
  const root = input.closest('[data-putaway]')
  const labelId = root?.getAttribute('aria-labelledby')
  if (!root || !labelId) return
  const { disabled, readOnly, required, minFiles = 0 } = field
  const isRequired = !disabled && !readOnly && (required || minFiles > 0)
  const label = root.querySelector(`[id="${labelId}"]`)
  setAttribute(label, 'data-required', isRequired ? withLazyMessages(texts).messages.required : undefined)

  const notice = root.querySelector('[data-part="notice"]')
  const trigger = root.querySelector('[data-part="trigger"]')
  const hasProblem = field.store.getState().reportedProblem !== undefined
  if (notice) notice.id ||= `${labelId}notice`
  setAttribute(trigger, 'aria-describedby', hasProblem ? notice?.id : undefined)
  setAttribute(trigger, 'aria-invalid', hasProblem ? 'true' : undefined)
}

function setAttribute(element: Element | null, name: string, value: string | undefined) {
  if (value === undefined) element?.removeAttribute(name)
  else element?.setAttribute(name, value)
}

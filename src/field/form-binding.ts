import type { FieldProblem, UploadField } from './field-state.ts'
import type { UploadRuntime } from '../react/context.ts'
import { withLazyMessages } from '../i18n/complete-texts.ts'
import { announceText } from '../a11y/live-announcer.ts'
import { errorText } from '../i18n/texts.tsx'
import type { Texts } from '../i18n/texts.tsx'

/** Values that a form binding reads from its component. */
export interface FormBindingOptions {
  /** Returns the values of the last render. */
  readonly getLatest: () => { readonly field: UploadField; readonly texts: Texts }
  readonly runtime: UploadRuntime
}

export interface FormBinding {
  /** Continues a pending submit after the uploads are done and the value is rendered. */
  readonly continueSubmit: () => void
  readonly unbind: () => void
}

/**
 * Binds a hidden input to its form. A field with a problem stops the submit, reports the problem and gets focus; a
 * submit waits for uploads; a reset and a `<fieldset disabled>` apply to the field. Loads only if there is a form.
 */
export function bindForm(input: HTMLInputElement, { getLatest, runtime }: FormBindingOptions): FormBinding {
  const { store, refresh, reset: resetField } = getLatest().field
  // Submit events do not cross a shadow root. The capture phase runs before the form's own listeners, including
  // React's.
  const root = input.getRootNode()
  const fieldsetsAbove: HTMLFieldSetElement[] = []
  const fieldsetObserver = new MutationObserver(updateFieldsetDisabled)
  let submitter: HTMLElement | null = null

  function validate() {
    const { problem } = store.getState()
    input.setCustomValidity(problem ? problemText(problem, getLatest()) : '')
  }

  function continueSubmit() {
    const { problem, submitPending, pending } = store.getState()
    if (!submitPending || pending) return
    refresh({ submitPending: false })
    if (problem === 'failed') return stopSubmit(problem)
    const { form } = input
    const isSubmitButton = submitter instanceof HTMLButtonElement || submitter instanceof HTMLInputElement
    form?.requestSubmit(isSubmitButton && submitter?.isConnected ? submitter : null)
  }

  function report(problem: FieldProblem, isAnnounced: boolean) {
    const notice = problemText(problem, getLatest())
    refresh({ reportedProblem: problem, notice })
    if (isAnnounced) announceText(runtime, notice)
  }

  function stopSubmit(problem: FieldProblem) {
    report(problem, true)
    focusSolution(input, problem)
  }

  function onInvalid(event: Event) {
    const { problem } = store.getState()
    // The browser would show its message next to a hidden input.
    event.preventDefault()
    if (!problem) return
    // Announces and focuses only the form's first invalid field. The timer runs after the browser has moved focus to
    // the next invalid field.
    const first = [...(input.form?.elements ?? [])].find((each) => 'validity' in each && !isValid(each))
    report(problem, first === input)
    if (first === input) setTimeout(() => focusSolution(input, problem))
  }

  function onSubmit(event: Event) {
    const { pending, problem } = store.getState()
    if (event.target !== input.form) return
    refresh({ submitted: true })
    if (store.getState().fieldsetDisabled || !getLatest().field.waitForUploads) return
    if (!pending && problem !== 'failed') return
    event.preventDefault()
    event.stopImmediatePropagation()
    submitter = event instanceof SubmitEvent ? event.submitter : null
    if (!pending) return stopSubmit('failed')
    const { submitPending: submitPendingText } = withLazyMessages(getLatest().texts).messages
    refresh({ submitPending: true, notice: submitPendingText })
    announceText(runtime, submitPendingText)
  }

  function onReset(event: Event) {
    // A later listener may still prevent the event.
    if (event.target === input.form) setTimeout(() => event.defaultPrevented || resetField())
  }

  function updateFieldsetDisabled() {
    // Fields in the first legend of a disabled fieldset stay enabled.
    const fieldsetDisabled = fieldsetsAbove.some(
      (each) => each.disabled && !each.querySelector(':scope > legend')?.contains(input),
    )
    if (fieldsetDisabled !== store.getState().fieldsetDisabled) refresh({ fieldsetDisabled })
  }

  for (let each = input.closest('fieldset'); each; each = each.parentElement?.closest('fieldset') ?? null) {
    fieldsetsAbove.push(each)
    fieldsetObserver.observe(each, { attributeFilter: ['disabled'] })
  }
  updateFieldsetDisabled()
  validate()
  const unsubscribe = store.subscribe(validate)
  input.addEventListener('invalid', onInvalid)
  root.addEventListener('submit', onSubmit, true)
  root.addEventListener('reset', onReset)
  function unbind() {
    unsubscribe()
    fieldsetObserver.disconnect()
    input.removeEventListener('invalid', onInvalid)
    root.removeEventListener('submit', onSubmit, true)
    root.removeEventListener('reset', onReset)
  }
  return { continueSubmit, unbind }
}

function isValid({ validity }: { readonly validity: unknown }): boolean {
  return validity instanceof ValidityState && validity.valid
}

function problemText(
  problem: FieldProblem,
  { field, texts }: ReturnType<FormBindingOptions['getLatest']>,
): string {
  const { failures, required, minFiles = 0 } = field
  const { messages, formatters } = withLazyMessages(texts)
  if (problem !== 'failed') return messages.missing(Math.max(minFiles, Number(required ?? 0), 1), formatters)
  const failed = failures()
  const [first] = failed
  if (first?.status !== 'error') return messages.stopped
  const reason = errorText(first.error, texts)
  const canRetry = failed.some((item) => item.status === 'error' && item.error.retryable)
  const advice = canRetry ? messages.stopped : messages.stoppedForGood
  return `${messages.failed(failed.length, first.file.name, reason, formatters)} ${advice}`
}

/**
 * Focuses the control that solves a problem: the retry button of a failed upload, else the button that opens the
 * picker.
 */
export function focusSolution(input: HTMLElement, problem: FieldProblem | undefined) {
  const scope = input.closest('[data-putaway]') ?? input.parentElement
  const findButton = (within: Element | null | undefined, name: string) =>
    within?.querySelector<HTMLElement>(
      `[data-action="${name}"]:not(:disabled), [data-part="${name}"]:not(:disabled)`,
    )
  const failed = problem === 'failed' ? scope?.querySelector('[data-status="error"]') : undefined
  const row = failed?.closest('[data-row]')
  const solution =
    findButton(row, 'retry') ?? findButton(row, 'remove') ?? (failed && findButton(scope, 'retry'))
  const target =
    solution ?? findButton(scope, 'trigger') ?? scope?.querySelector<HTMLElement>('button:not(:disabled)')
  target?.focus()
}

import type { FieldProblem, UploadField } from './field.ts'
import type { UploadRuntime } from '../react/context.ts'
import { allOf } from './all-messages.ts'
import { tell } from './announce.ts'
import { errorText } from './texts.tsx'
import type { Texts } from './texts.tsx'

/** What a form binding needs from the component. */
export interface Join {
  /** Returns the values of the last render. */
  readonly now: () => { readonly field: UploadField; readonly texts: Texts }
  readonly runtime: UploadRuntime
}

export interface Joined {
  /** Continues a pending submit after the uploads are done and the value is rendered. */
  readonly goOn: () => void
  readonly leave: () => void
}

/**
 * Binds a hidden input to its form. A field with a problem stops the submit, reports the problem and gets focus; a
 * submit waits for uploads; a reset and a `<fieldset disabled>` apply to the field. Loads only if there is a form.
 */
export function joinForm(input: HTMLInputElement, { now, runtime }: Join): Joined {
  const { store, refresh, reset: resetField } = now().field
  // Submit events do not cross a shadow root. The capture phase runs before the form's own listeners, including
  // React's.
  const root = input.getRootNode()
  const above: HTMLFieldSetElement[] = []
  const fieldsets = new MutationObserver(bar)
  let submitter: HTMLElement | null = null

  function validate() {
    const { problem } = store.getState()
    input.setCustomValidity(problem ? textOf(problem, now()) : '')
  }

  function goOn() {
    const { problem, waiting, pending } = store.getState()
    if (!waiting || pending) return
    refresh({ waiting: false })
    if (problem === 'failed') return stop(problem)
    const { form } = input
    const again = submitter instanceof HTMLButtonElement || submitter instanceof HTMLInputElement
    form?.requestSubmit(again && submitter?.isConnected ? submitter : null)
  }

  function report(problem: FieldProblem, aloud: boolean) {
    const notice = textOf(problem, now())
    refresh({ reported: problem, notice })
    if (aloud) tell(runtime, notice)
  }

  function stop(problem: FieldProblem) {
    report(problem, true)
    focusFor(input, problem)
  }

  function invalid(event: Event) {
    const { problem } = store.getState()
    // The browser would show its message next to a hidden input.
    event.preventDefault()
    if (!problem) return
    // Only the form's first invalid field is announced and focused. Delayed, because the browser would move focus
    // to the next invalid field.
    const first = [...(input.form?.elements ?? [])].find((each) => 'validity' in each && !isValid(each))
    report(problem, first === input)
    if (first === input) setTimeout(() => focusFor(input, problem))
  }

  function submit(event: Event) {
    const { pending, problem } = store.getState()
    if (event.target !== input.form || store.getState().barred || !now().field.submitWaits) return
    if (!pending && problem !== 'failed') return
    event.preventDefault()
    event.stopImmediatePropagation()
    submitter = event instanceof SubmitEvent ? event.submitter : null
    if (!pending) return stop('failed')
    const { submitWaits } = allOf(now().texts).messages
    refresh({ waiting: true, notice: submitWaits })
    tell(runtime, submitWaits)
  }

  function reset(event: Event) {
    // A later listener may still prevent the event.
    if (event.target === input.form) setTimeout(() => event.defaultPrevented || resetField())
  }

  function bar() {
    // Fields in the first legend of a disabled fieldset stay enabled.
    const barred = above.some(
      (each) => each.disabled && !each.querySelector(':scope > legend')?.contains(input),
    )
    if (barred !== store.getState().barred) refresh({ barred })
  }

  for (let each = input.closest('fieldset'); each; each = each.parentElement?.closest('fieldset') ?? null) {
    above.push(each)
    fieldsets.observe(each, { attributeFilter: ['disabled'] })
  }
  bar()
  validate()
  const end = store.subscribe(validate)
  input.addEventListener('invalid', invalid)
  root.addEventListener('submit', submit, true)
  root.addEventListener('reset', reset)
  function leave() {
    end()
    fieldsets.disconnect()
    input.removeEventListener('invalid', invalid)
    root.removeEventListener('submit', submit, true)
    root.removeEventListener('reset', reset)
  }
  return { goOn, leave }
}

function isValid({ validity }: { readonly validity: unknown }): boolean {
  return validity instanceof ValidityState && validity.valid
}

function textOf(problem: FieldProblem, { field, texts }: ReturnType<Join['now']>): string {
  const { failures, required, minFiles = 0 } = field
  const { messages, numbers } = allOf(texts)
  if (problem !== 'failed') return messages.missing(Math.max(minFiles, Number(required ?? 0), 1), numbers)
  const failed = failures()
  const [first] = failed
  if (first?.status !== 'error') return messages.stopped
  const reason = errorText(first.error, texts)
  return `${messages.failed(failed.length, first.file.name, reason, numbers)} ${messages.stopped}`
}

/**
 * Focuses the control that solves a problem: the retry button of a failed upload, else the button that opens the
 * picker.
 */
export function focusFor(input: HTMLElement, problem: FieldProblem | undefined) {
  const scope = input.closest('[data-putaway]') ?? input.parentElement
  const button = (within: Element | null | undefined, name: string) =>
    within?.querySelector<HTMLElement>(
      `[data-action="${name}"]:not(:disabled), [data-part="${name}"]:not(:disabled)`,
    )
  const failed = problem === 'failed' ? scope?.querySelector('[data-status="error"]') : undefined
  const row = failed?.closest('[data-row]')
  const mends = button(row, 'retry') ?? button(row, 'remove') ?? (failed && button(scope, 'retry'))
  const target =
    mends ?? button(scope, 'trigger') ?? scope?.querySelector<HTMLElement>('button:not(:disabled)')
  target?.focus()
}

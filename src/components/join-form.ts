import type { FieldProblem, UploadField } from './field.ts'
import type { UploadRuntime } from '../react/context.ts'
import { allOf } from './all-messages.ts'
import { tell } from './announce.ts'
import { errorText } from './texts.tsx'
import type { Texts } from './texts.tsx'

/** What a field needs of the component that shows it. */
export interface Join {
  /** As of the last render. */
  readonly now: () => { readonly field: UploadField; readonly texts: Texts }
  readonly runtime: UploadRuntime
}

export interface Joined {
  /** Goes on with the submit that waited: when uploads are done, and the value is in the page. */
  readonly goOn: () => void
  readonly leave: () => void
}

/**
 * Makes a hidden input stand for a field in its form. The form is not submitted while the field has a problem, which
 * people are told of and brought to; a submit waits for uploads; a reset and a `<fieldset disabled>` reach the field.
 * Loaded when there is a form.
 */
export function joinForm(input: HTMLInputElement, { now, runtime }: Join): Joined {
  const { store, refresh, reset: resetField } = now().field
  // Submit events do not leave a shadow tree. And before the form's own listeners, React's among them.
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
    // The browser would show its words beside an input that nobody sees.
    event.preventDefault()
    if (!problem) return
    // The first of a form is said and gets focus; not at once, or the browser would pass it on to the next one.
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
    // Whoever listens may still prevent it.
    if (event.target === input.form) setTimeout(() => event.defaultPrevented || resetField())
  }

  function bar() {
    // What is in the first legend of a disabled fieldset is not.
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

/** Brings people to what solves a problem: the retry of what failed, else the button that opens the picker. */
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

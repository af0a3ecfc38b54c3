import type { Field, FieldProblem } from './field.ts'

/** What a field needs of the component that shows it. */
export interface Join {
  readonly submitWaits: () => boolean
  /** What people read of a problem: the browser has it as the input's validity. */
  readonly text: (problem: FieldProblem) => string
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
export function joinForm(input: HTMLInputElement, field: Field, { submitWaits, text }: Join): Joined {
  const { store } = field
  // Submit events do not leave a shadow tree. And before the form's own listeners, React's among them.
  const root = input.getRootNode()
  const above: HTMLFieldSetElement[] = []
  const fieldsets = new MutationObserver(bar)
  let submitter: HTMLElement | null = null

  function validate() {
    const { problem } = store.getState()
    input.setCustomValidity(problem ? text(problem) : '')
  }

  function goOn() {
    const { problem, waiting, pending } = store.getState()
    if (!waiting || pending) return
    field.refresh({ waiting: false })
    if (problem === 'failed') return tell(problem)
    const { form } = input
    const again = submitter instanceof HTMLButtonElement || submitter instanceof HTMLInputElement
    form?.requestSubmit(again && submitter?.isConnected ? submitter : null)
  }

  function tell(problem: FieldProblem) {
    field.refresh({ reported: problem })
    focusFor(input, problem)
  }

  function invalid(event: Event) {
    const { problem } = store.getState()
    // The browser would show its words beside an input that nobody sees.
    event.preventDefault()
    if (!problem) return
    field.refresh({ reported: problem })
    // The first of a form gets focus; not at once, or the browser would pass it on to the next one.
    const first = [...(input.form?.elements ?? [])].find((each) => 'validity' in each && !isValid(each))
    if (first === input) setTimeout(() => focusFor(input, problem))
  }

  function submit(event: Event) {
    const { pending, problem } = store.getState()
    if (event.target !== input.form || store.getState().barred || !submitWaits()) return
    if (!pending && problem !== 'failed') return
    event.preventDefault()
    event.stopImmediatePropagation()
    submitter = event instanceof SubmitEvent ? event.submitter : null
    if (pending) field.refresh({ waiting: true })
    else tell('failed')
  }

  function reset(event: Event) {
    // Whoever listens may still prevent it.
    if (event.target === input.form) setTimeout(() => event.defaultPrevented || field.reset())
  }

  function bar() {
    // What is in the first legend of a disabled fieldset is not.
    const barred = above.some(
      (each) => each.disabled && !each.querySelector(':scope > legend')?.contains(input),
    )
    if (barred !== store.getState().barred) field.refresh({ barred })
  }

  for (let each = input.closest('fieldset'); each; each = each.parentElement?.closest('fieldset') ?? null) {
    above.push(each)
    fieldsets.observe(each, { attributeFilter: ['disabled'] })
  }
  bar()
  validate()
  const stop = store.subscribe(validate)
  input.addEventListener('invalid', invalid)
  root.addEventListener('submit', submit, true)
  root.addEventListener('reset', reset)
  function leave() {
    stop()
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

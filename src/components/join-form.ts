import type { Field, FieldProblem } from './field.ts'

/** What a field needs of the component that shows it. */
export interface Join {
  readonly submitWaits: () => boolean
  /** What people read of a problem: the browser has it as the input's validity. */
  readonly text: (problem: FieldProblem) => string
}

/**
 * Makes a hidden input stand for a field in its form. The form is not submitted while the field has a problem, which
 * people are told of and brought to; a submit waits for uploads; a reset and a `<fieldset disabled>` reach the field.
 * Returns what ends it. Loaded when there is a form.
 */
export function joinForm(input: HTMLInputElement, field: Field, { submitWaits, text }: Join): () => void {
  const { store } = field
  // Submit events do not leave a shadow tree. And before the form's own listeners, React's among them.
  const root = input.getRootNode()
  const fieldsets = new MutationObserver(bar)
  let submitter: HTMLElement | null = null

  function validate() {
    const { problem, waiting, pending } = store.getState()
    input.setCustomValidity(problem ? text(problem) : '')
    if (!waiting || pending) return
    field.refresh({ waiting: false })
    if (problem === 'failed') tell(problem)
    else submitAgain()
  }

  function submitAgain() {
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
    const first = [...(input.form?.elements ?? [])].find((each) => each.matches(':invalid:not(fieldset)'))
    if (first === input) setTimeout(() => focusFor(input, problem))
  }

  function submit(event: Event) {
    const { pending, problem } = store.getState()
    if (event.target !== input.form || input.matches(':disabled') || !submitWaits()) return
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
    const barred = input.closest('fieldset:disabled') !== null && input.matches(':disabled')
    if (barred !== store.getState().barred) field.refresh({ barred })
  }

  for (let each = input.closest('fieldset'); each; each = each.parentElement?.closest('fieldset') ?? null) {
    fieldsets.observe(each, { attributeFilter: ['disabled'] })
  }
  bar()
  validate()
  const stop = store.subscribe(validate)
  input.addEventListener('invalid', invalid)
  root.addEventListener('submit', submit, true)
  root.addEventListener('reset', reset)
  return () => {
    stop()
    fieldsets.disconnect()
    input.removeEventListener('invalid', invalid)
    root.removeEventListener('submit', submit, true)
    root.removeEventListener('reset', reset)
  }
}

/** Brings people to what solves a problem: the retry of what failed, else the button that opens the picker. */
export function focusFor(input: HTMLElement, problem: FieldProblem | undefined) {
  const scope = input.closest('[data-putaway]') ?? input.parentElement
  const button = (within: Element | null | undefined, name: string) =>
    within?.querySelector<HTMLElement>(
      `[data-action="${name}"]:not(:disabled), [data-part="${name}"]:not(:disabled)`,
    )
  const failed = scope?.querySelector('[data-status="error"]')
  const row = failed?.closest('[data-row]') ?? failed
  const wanted = problem === 'failed' ? (button(row, 'retry') ?? button(row, 'remove')) : undefined
  const target =
    wanted ?? button(scope, 'trigger') ?? scope?.querySelector<HTMLElement>('button:not(:disabled)')
  target?.focus()
}

import type { FieldProblem, UploadField } from './field-state.ts'
import type { UploadRuntime } from '../react/context.ts'
import { withLazyMessages } from '../i18n/complete-texts.ts'
import { announceText } from '../a11y/live-announcer.ts'
import { errorText } from '../i18n/texts.tsx'
import type { Texts } from '../i18n/texts.tsx'
import { describeField } from './describe-field.ts'
import { hasReactAction, resubmit } from './resubmit.ts'

export { resubmit } from './resubmit.ts'

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

/** The functions of a bound field that the other fields of the same form call. */
interface BoundField {
  readonly field: () => UploadField
  /** Starts held uploads. The form is submitted when all are done. */
  deferSubmit(submitter: HTMLElement | null): void
  stopSubmit(problem: FieldProblem): void
}

/**
 * All bound fields of the page, by their input. A submit concerns every field of its form, so each field must find
 * the others.
 */
const boundFields = new Map<unknown, BoundField>()

/**
 * Binds a hidden input to its form. A field with a problem stops the submit, reports the problem and gets focus. A
 * submit starts held uploads and waits until all uploads are done. A reset of the form and a disabled `<fieldset>`
 * also apply to the field. This code loads only if there is a form.
 */
export function bindForm(input: HTMLInputElement, { getLatest, runtime }: FormBindingOptions): FormBinding {
  const { store, refresh, reset: resetField, resetAfterAction } = getLatest().field
  // Listens at the root node, because submit events do not cross a shadow root. The capture phase runs before the
  // form's own listeners, including React's.
  const root = input.getRootNode()
  const fieldsetsAbove: HTMLFieldSetElement[] = []
  const fieldsetObserver = new MutationObserver(updateFieldsetDisabled)
  let pendingSubmitter: HTMLElement | null = null
  let knownRejections: readonly unknown[] = []
  let isReactAction = false
  let isResetPressed = false

  const boundField: BoundField = {
    field: () => getLatest().field,
    deferSubmit(submitter) {
      const { submitPending: notice } = withLazyMessages(getLatest().texts).messages
      pendingSubmitter = submitter
      knownRejections = getLatest().field.rejections()
      refresh({ submitPending: true, notice })
      announceText(runtime, notice)
      getLatest().field.start()
    },
    stopSubmit(problem) {
      reportProblem(problem, true)
      focusSolution(input, problem)
    },
  }

  /** The fields of the form that take part in a submit, in the order of the page. */
  function fieldsOfForm(): readonly BoundField[] {
    return [...(input.form?.elements ?? [])]
      .flatMap((element) => boundFields.get(element) ?? [])
      .filter((formField) => !formField.field().disabled && !stateOf(formField).fieldsetDisabled)
  }

  function validate() {
    const { problem } = store.getState()
    input.setCustomValidity(problem ? problemText(problem, getLatest()) : '')
    describeField(input, getLatest())
  }

  function continueSubmit() {
    const { problem, submitPending, pending } = store.getState()
    if (!submitPending || pending) return
    refresh({ submitPending: false })
    const { rejections } = getLatest().field
    const isRefused = rejections().some((each) => !knownRejections.includes(each))
    if (problem === 'failed' || isRefused) {
      for (const { field } of fieldsOfForm()) field().refresh({ submitPending: false })
      if (problem === 'failed') return boundField.stopSubmit(problem)
      // The refused file is not in the list any more. Without this text, the user would not know that it is missing.
      announceText(runtime, withLazyMessages(getLatest().texts).messages.notSubmitted)
      return focusSolution(input, 'refused')
    }
    // Submits again. If another field of the form still waits for uploads, that field stops this submit.
    if (input.form) resubmit(input.form, pendingSubmitter)
  }

  function reportProblem(problem: FieldProblem, isAnnounced: boolean) {
    const notice = problemText(problem, getLatest())
    refresh({ reportedProblem: problem, notice })
    if (isAnnounced) announceText(runtime, notice)
  }

  function onInvalid(event: Event) {
    const { problem } = store.getState()
    // Prevents the message of the browser, which would appear next to a hidden input.
    event.preventDefault()
    if (!problem) return
    // Announces and focuses only the form's first invalid field. The timer runs after the browser has moved focus to
    // the next invalid field.
    const firstInvalid = [...(input.form?.elements ?? [])].find(
      (element) => 'validity' in element && !isValid(element),
    )
    reportProblem(problem, firstInvalid === input)
    if (firstInvalid === input) setTimeout(() => focusSolution(input, problem))
  }

  /**
   * Decides about the submit for all fields of the form. The listeners of the other fields run later and make the
   * same decision.
   */
  function onSubmit(event: Event) {
    const { form } = input
    if (!form || event.target !== form) return
    const submitter = 'submitter' in event ? (event.submitter as HTMLElement | null) : null // the type of `SubmitEvent.submitter`
    const fields = fieldsOfForm()
    const stopEvent = () => {
      event.preventDefault()
      event.stopImmediatePropagation()
    }
    if (fields.some((formField) => stateOf(formField).submitPending)) return stopEvent()
    // A submitter with `formNoValidate`, for example a button that saves a draft, neither validates nor waits.
    if (!submitter?.hasAttribute('formnovalidate')) {
      for (const formField of fields) {
        const { problem } = stateOf(formField)
        // The browser does not check a form with `noValidate`, and does not know that an upload failed meanwhile.
        if (!problem || !(form.noValidate || problem === 'failed')) continue
        stopEvent()
        return formField.stopSubmit(problem)
      }
      const unfinishedFields = fields.filter(
        (formField) => formField.field().waitForUploads && stateOf(formField).pending,
      )
      if (unfinishedFields.length > 0) {
        stopEvent()
        return unfinishedFields.forEach((formField) => formField.deferSubmit(submitter))
      }
    }
    isReactAction = hasReactAction(form, submitter)
    getLatest().field.markSubmitted()
    refresh({ submitted: true })
  }

  function onClick({ target }: Event) {
    const button = target instanceof Element ? target.closest<HTMLButtonElement>('[type="reset"]') : null
    if (!button || button.form !== input.form) return
    isResetPressed = true
    setTimeout(() => (isResetPressed = false))
  }

  function onReset(event: Event) {
    if (event.target !== input.form) return
    // React resets a form after each action, even if the action returned errors.
    const reset = isReactAction && !isResetPressed ? resetAfterAction : resetField
    // Resets later, because another listener may still prevent the event.
    setTimeout(() => event.defaultPrevented || reset())
  }

  function updateFieldsetDisabled() {
    // Fields in the first legend of a disabled fieldset stay enabled.
    const fieldsetDisabled = fieldsetsAbove.some(
      (fieldset) => fieldset.disabled && !fieldset.querySelector(':scope > legend')?.contains(input),
    )
    if (fieldsetDisabled !== store.getState().fieldsetDisabled) refresh({ fieldsetDisabled })
  }

  for (
    let fieldset = input.closest('fieldset');
    fieldset;
    fieldset = fieldset.parentElement?.closest('fieldset') ?? null
  ) {
    fieldsetsAbove.push(fieldset)
    fieldsetObserver.observe(fieldset, { attributeFilter: ['disabled'] })
  }
  updateFieldsetDisabled()
  validate()
  boundFields.set(input, boundField)
  const unsubscribe = store.subscribe(validate)
  input.addEventListener('invalid', onInvalid)
  root.addEventListener('submit', onSubmit, true)
  root.addEventListener('click', onClick, true)
  root.addEventListener('reset', onReset)
  function unbind() {
    boundFields.delete(input)
    unsubscribe()
    fieldsetObserver.disconnect()
    input.removeEventListener('invalid', onInvalid)
    root.removeEventListener('submit', onSubmit, true)
    root.removeEventListener('click', onClick, true)
    root.removeEventListener('reset', onReset)
  }
  return { continueSubmit, unbind }
}

const stateOf = ({ field }: BoundField) => field().store.getState()

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
  const failedItems = failures()
  const [firstFailed] = failedItems
  if (firstFailed?.status !== 'error') return messages.stopped
  const reason = errorText(firstFailed.error, texts)
  const canRetry = failedItems.some((item) => item.status === 'error' && item.error.retryable)
  const advice = canRetry ? messages.stopped : messages.stoppedForGood
  return `${messages.failed(failedItems.length, firstFailed.file.name, reason, formatters)} ${advice}`
}

/**
 * Focuses the control that solves a problem: the retry button of a failed upload, the button that dismisses a refused
 * file, else the button that opens the picker.
 */
export function focusSolution(input: HTMLElement, problem: FieldProblem | 'refused' | undefined) {
  const root = input.closest('[data-putaway]') ?? input.parentElement
  const findButton = (container: Element | null | undefined, name: string) =>
    container?.querySelector<HTMLElement>(
      `[data-action="${name}"]:not(:disabled), [data-part="${name}"]:not(:disabled)`,
    )
  const failedElement = problem === 'failed' ? root?.querySelector('[data-status="error"]') : undefined
  const row = failedElement?.closest('[data-row]')
  const solvingButton =
    findButton(row, 'retry') ?? findButton(row, 'remove') ?? (failedElement && findButton(root, 'retry'))
  const target =
    (problem === 'refused' ? findButton(root, 'dismiss') : solvingButton) ??
    findButton(root, 'trigger') ??
    root?.querySelector<HTMLElement>('button:not(:disabled)')
  target?.focus()
}

'use client'

import { useEffect, useRef } from 'react'
import { useStore } from 'zustand'
import type { UploadField } from './field-state.ts'
import type { FormBindingOptions, FormBinding } from './form-binding.ts'
import { lazyModule, whenLoaded } from '../internal/lazy-module.ts'
import { useUploadRuntime } from '../react/context.ts'
import { useTexts } from '../i18n/texts.tsx'

interface FieldProps {
  readonly field: UploadField
}

/**
 * Submits the field's value with the form. Renders one hidden input per file with its JSON, which `readUploads`
 * verifies, and one input without a name for native validation. All inputs are in the server-rendered markup.
 */
export function FormInputs({ field }: FieldProps) {
  const { name, form, disabled = false, store } = field
  const value = useStore(store, (state) => state.value)
  const texts = useTexts()
  const runtime = useUploadRuntime()
  const input = useRef<HTMLInputElement>(null)
  const latestProps = useRef({ field, texts })
  const binding = useRef<LazyFormBinding>(undefined)
  useEffect(() => {
    latestProps.current = { field, texts }
  })
  useEffect(() => {
    const { current: inputElement } = input
    if (!inputElement?.form && !inputElement?.closest('fieldset')) return undefined
    const newBinding = bindLazily(inputElement, { getLatest: () => latestProps.current, runtime })
    binding.current = newBinding
    return () => newBinding.unbind()
    // A new form needs a new binding.
    // oxlint-disable-next-line react/exhaustive-deps -- the other values are read on use
  }, [store, form])
  const canContinueSubmit = useStore(
    store,
    ({ submitPending: isSubmitPending, pending }) => isSubmitPending && !pending,
  )
  useEffect(() => {
    // Continues the submit a moment later. The hidden inputs are rendered now, but other state of the app may render
    // later.
    if (canContinueSubmit) setTimeout(() => binding.current?.continueSubmit())
  }, [canContinueSubmit])
  return (
    <>
      {name !== undefined &&
        !disabled &&
        value.map((image, index) => (
          <input
            // oxlint-disable-next-line react/no-array-index-key -- the inputs have no state
            key={index}
            type="hidden"
            // Prevents that Firefox restores the old values after a reload.
            autoComplete="off"
            {...{ name, form }}
            value={JSON.stringify(image)}
          />
        ))}
      <input
        ref={input}
        type="text"
        form={form}
        disabled={disabled}
        hidden
        tabIndex={-1}
        aria-hidden="true"
      />
    </>
  )
}

/**
 * Shows that a submit is waiting for uploads, or why a submit was stopped. Otherwise it is empty. `LiveRegion`
 * announces the text.
 */
export function FormNotice({ field, id }: FieldProps & { readonly id?: string | undefined }) {
  const { store } = field
  const submitPending = useStore(store, (state) => state.submitPending)
  const reportedProblem = useStore(store, (state) => state.reportedProblem)
  const notice = useStore(store, (state) => state.notice)
  return (
    <div id={id} data-part="notice" data-problem={reportedProblem} data-waiting={submitPending || undefined}>
      {(submitPending || reportedProblem) && notice}
    </div>
  )
}

interface LazyFormBinding {
  continueSubmit(): void
  unbind(): void
}

const loadFormBinding = /* @__PURE__ */ lazyModule(() => import('./form-binding.ts'))
type FormCode = Awaited<ReturnType<typeof loadFormBinding>>

/**
 * Binds the input to its form when the code of form bindings has loaded. Until then, holds back a submit that must wait
 * for uploads or be stopped.
 */
function bindLazily(input: HTMLInputElement, options: FormBindingOptions): LazyFormBinding {
  const root = input.getRootNode()
  let binding: FormBinding | undefined
  let isUnbound = false
  let isSubmitting = false
  const bind = ({ bindForm }: FormCode) => {
    root.removeEventListener('submit', onEarlySubmit, true)
    if (!isUnbound) binding ??= bindForm(input, options)
  }
  function mustWait() {
    const { waitForUploads, store } = options.getLatest().field
    const { pending, problem } = store.getState()
    // A problem also delays the submit. Until the code of form bindings has loaded, the browser does not know that a
    // required field is empty.
    return (pending && waitForUploads) || problem
  }
  function onEarlySubmit(event: Event) {
    if (event.target !== input.form || !(isSubmitting || mustWait())) return
    event.preventDefault()
    event.stopImmediatePropagation()
    if (!isSubmitting) submitWhenLoaded('submitter' in event ? (event.submitter as HTMLElement | null) : null) // the type of `SubmitEvent.submitter`
  }
  function submitWhenLoaded(submitter: HTMLElement | null) {
    isSubmitting = true
    const { form } = input
    const submit = (code?: FormCode) => {
      if (code) bind(code)
      isSubmitting = false
      if (isUnbound || !form) return
      if (code) code.resubmit(form, submitter)
      else if (mustWait()) submitWhenLoaded(submitter)
      else form.requestSubmit(submitter && form.contains(submitter) ? submitter : null)
    }
    // After a failed load, tries again a second later.
    loadFormBinding().then(submit, () => setTimeout(submit, 1000))
  }
  root.addEventListener('submit', onEarlySubmit, true)
  const cancelLoad = whenLoaded(loadFormBinding, bind)
  return {
    continueSubmit: () => binding?.continueSubmit(),
    unbind: () => {
      isUnbound = true
      cancelLoad()
      root.removeEventListener('submit', onEarlySubmit, true)
      binding?.unbind()
    },
  }
}

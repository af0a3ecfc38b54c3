'use client'

import { useContext, useEffect, useRef } from 'react'
import { useStore } from 'zustand'
import type { UploadField } from './field.ts'
import type { Join, Joined } from './join-form.ts'
import { ScopeContext } from './parts/scope.ts'
import { useUploadRuntime } from '../react/context.ts'
import { useTexts } from './texts.tsx'

interface OfField {
  /** Default: the field of the `Root` above. */
  readonly field?: UploadField | undefined
}

function useField(given: UploadField | undefined): UploadField {
  const scope = useContext(ScopeContext)
  const field = given ?? scope?.field
  if (field) return field
  throw new Error('No field. Put it into <Upload.Root>, or give it a `field` of useUploadField.')
}

/**
 * Submits the field's value with the form: one hidden input per image with its JSON, which `readUploads` verifies,
 * and one input without a name for native validation. All are in the server-rendered markup.
 */
export function Value({ field: given }: OfField) {
  const field = useField(given)
  const { name, form, disabled = false, store } = field
  const value = useStore(store, (state) => state.value)
  const texts = useTexts()
  const runtime = useUploadRuntime()
  const input = useRef<HTMLInputElement>(null)
  const latest = useRef({ field, texts })
  const joined = useRef<Joining>(undefined)
  useEffect(() => {
    latest.current = { field, texts }
  })
  useEffect(() => {
    const { current } = input
    if (!current?.form && !current?.closest('fieldset')) return undefined
    const joining = join(current, { now: () => latest.current, runtime })
    joined.current = joining
    return () => joining.leave()
    // A new form needs a new binding.
    // oxlint-disable-next-line react/exhaustive-deps -- the other values are read on use
  }, [store, form])
  const mayGoOn = useStore(store, ({ waiting, pending }) => waiting && !pending)
  useEffect(() => {
    // The hidden inputs are rendered now; state of the app may render a moment later.
    if (mayGoOn) setTimeout(() => joined.current?.goOn())
  }, [mayGoOn])
  return (
    <>
      {name !== undefined &&
        !disabled &&
        value.map((image, index) => (
          <input
            // oxlint-disable-next-line react/no-array-index-key -- the inputs have no state
            key={index}
            type="hidden"
            // Firefox restores old values after a reload otherwise.
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

/** Shows that a submit is waiting for uploads, or why it was stopped. `LiveRegion` announces it. Empty otherwise. */
export function FieldNotice({ field: given, id }: OfField & { readonly id?: string }) {
  const field = useField(given)
  const { store } = field
  const waiting = useStore(store, (state) => state.waiting)
  const reported = useStore(store, (state) => state.reported)
  const notice = useStore(store, (state) => state.notice)
  return (
    <div
      id={id}
      className="putaway-notice"
      data-part="notice"
      data-problem={reported}
      data-waiting={waiting || undefined}
    >
      {(waiting || reported) && notice}
    </div>
  )
}

interface Joining {
  goOn(): void
  leave(): void
}

/** Binds the input to its form. While the form code loads, a submit that must wait for uploads waits for it too. */
function join(input: HTMLInputElement, options: Join): Joining {
  const root = input.getRootNode()
  let joined: Joined | undefined
  let gone = false
  let loading: Promise<void> | undefined
  const load = () =>
    (loading ??= import('./join-form.ts').then(
      ({ joinForm }) => {
        root.removeEventListener('submit', early, true)
        if (!gone) joined = joinForm(input, options)
      },
      async () => {
        await new Promise((resolve) => setTimeout(resolve, 1000))
        loading = undefined
      },
    ))
  function early(event: Event) {
    const { submitWaits, store } = options.now().field
    if (event.target !== input.form || !submitWaits || !store.getState().pending) return
    event.preventDefault()
    event.stopImmediatePropagation()
    const submitter = event instanceof SubmitEvent ? event.submitter : null
    void load().then(() => gone || input.form?.requestSubmit(submitter))
  }
  root.addEventListener('submit', early, true)
  void load()
  return {
    goOn: () => joined?.goOn(),
    leave: () => {
      gone = true
      root.removeEventListener('submit', early, true)
      joined?.leave()
    },
  }
}

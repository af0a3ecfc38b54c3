'use client'

import { useContext, useEffect, useRef } from 'react'
import { useStore } from 'zustand'
import type { UploadField } from './field.ts'
import type { Join, Joined } from './join-form.ts'
import { ScopeContext } from './parts/scope.ts'
import { useUploadRuntime } from '../react/context.ts'
import { useTexts } from './texts.tsx'

interface OfField {
  /** Default: that of the `Root` above. */
  readonly field?: UploadField | undefined
}

function useField(given: UploadField | undefined): UploadField {
  const scope = useContext(ScopeContext)
  const field = given ?? scope?.field
  if (field) return field
  throw new Error('No field. Put it into <Upload.Root>, or give it a `field` of useUploadField.')
}

/**
 * What a form posts of a field: for each image one hidden input with its JSON, which `readUploads` verifies; and one
 * more, without a name, by which the browser knows whether the field is valid. Both are in the server's markup.
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
    // Another form is another one to join.
    // oxlint-disable-next-line react/exhaustive-deps -- the rest is read when it matters
  }, [store, form])
  const mayGoOn = useStore(store, ({ waiting, pending }) => waiting && !pending)
  useEffect(() => {
    // The value is in the page; the app's own state is, a moment later.
    if (mayGoOn) setTimeout(() => joined.current?.goOn())
  }, [mayGoOn])
  return (
    <>
      {name !== undefined &&
        !disabled &&
        value.map((image, index) => (
          <input
            // oxlint-disable-next-line react/no-array-index-key -- they have no state
            key={index}
            type="hidden"
            // Or Firefox keeps what was there before a reload.
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

/** Says that a submit waits for uploads, or why it was stopped; `Live` says it aloud. Empty otherwise. */
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

/** Until the code for forms has come, a submit that would have to wait for uploads waits for that too. */
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

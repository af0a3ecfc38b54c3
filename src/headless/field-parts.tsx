'use client'

import { useContext } from 'react'
import type { UploadField } from '../field/field-state.ts'
import { FormInputs, FormNotice } from '../field/FormInputs.tsx'
import { RootContext } from './context.ts'

interface FieldPartProps {
  /** The form field. Default: the field of the `Root` above. */
  readonly field?: UploadField | undefined
}

function useField(explicitField: UploadField | undefined): UploadField {
  const rootContext = useContext(RootContext)
  const field = explicitField ?? rootContext?.field
  if (field) return field
  throw new Error('No field. Put it into <Upload.Root>, or give it a `field` of useUploadField.')
}

/**
 * Submits the field's value with the form. Renders one hidden input per file with its JSON, which `readUploads`
 * verifies, and one input without a name for native validation. All inputs are in the server-rendered markup.
 */
export function HiddenInput({ field }: FieldPartProps) {
  return <FormInputs field={useField(field)} />
}

/**
 * Shows that a submit is waiting for uploads, or why a submit was stopped. Otherwise it is empty. `LiveRegion`
 * announces the text.
 */
export function FieldError({ field, id }: FieldPartProps & { readonly id?: string }) {
  return <FormNotice field={useField(field)} id={id} />
}

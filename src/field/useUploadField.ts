'use client'

import { useEffect, useInsertionEffect, useMemo, useState } from 'react'
import { createField } from './field-store.ts'
import { mayDelaySubmit } from './field-state.ts'
import type { FieldOptions, UploadField } from './field-state.ts'

/**
 * Combines stored images and an uploader's items in one ordered list with a form value. Renders the component only
 * when an option changes, so read the state with `useStore(field.store, …)`.
 */
export function useUploadField<Result = unknown>(options: FieldOptions<Result>): UploadField<Result> {
  const [latestOptions] = useState(() => ({ current: options }))
  useInsertionEffect(() => {
    latestOptions.current = options
  })
  const { store } = options.uploader
  // oxlint-disable-next-line react/exhaustive-deps -- a new uploader needs a new field
  const field = useMemo(() => createField<Result>(() => latestOptions.current), [latestOptions, store])
  useEffect(() => field.subscribe(), [field])

  const { name, form, required, minFiles, disabled, readOnly, value } = options
  const waitForUploads = mayDelaySubmit(options)
  useEffect(() => {
    if (value !== undefined) field.syncValue(value)
  }, [field, value])
  useEffect(() => field.refresh(), [field, required, minFiles, disabled, readOnly, waitForUploads])

  return useMemo(
    () => ({ ...field, name, form, required, minFiles, disabled, readOnly, waitForUploads }),
    [field, name, form, required, minFiles, disabled, readOnly, waitForUploads],
  )
}

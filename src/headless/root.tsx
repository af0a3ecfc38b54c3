'use client'

import { useEffect, useMemo, useRef, useState } from 'react'
import type { ComponentPropsWithoutRef, ReactNode } from 'react'
import { createStore, useStore } from 'zustand'
import { whenLoaded } from '../internal/lazy-module.ts'
import { loadPageCode } from './lazy/load-page-code.ts'
import { loadRowCode } from './lazy/load-row-code.ts'
import { useUploadField } from '../field/useUploadField.ts'
import type { FieldOptions, UploadField } from '../field/field-state.ts'
import { UploadI18nProvider } from '../i18n/UploadI18nProvider.tsx'
import type { TextOptions } from '../i18n/UploadI18nProvider.tsx'
import { composeHandlers } from './create-part.tsx'
import { RootContext } from './context.ts'
import type { RootContextValue, UploaderLike } from './context.ts'
import { addFiles } from './drop/add-files.ts'

interface RootContextProviderProps {
  readonly uploader: UploaderLike
  readonly field?: UploadField | undefined
  readonly disabled?: boolean | undefined
  readonly readOnly?: boolean | undefined
  readonly children: ReactNode
}

/** Provides the context that headless components read. Renders no element. */
export function RootContextProvider({
  uploader,
  field,
  disabled = false,
  readOnly = false,
  children,
}: RootContextProviderProps) {
  const picker = useRef<HTMLInputElement>(null)
  const [leftOutStore] = useState(() => createStore(() => 0))
  const contextValue = useMemo<RootContextValue>(
    () => ({
      uploader,
      field,
      disabled,
      readOnly,
      picker,
      leftOutStore,
      addFiles(files: Iterable<File>, leftOutCount = 0) {
        leftOutStore.setState(leftOutCount, true)
        addFiles(uploader, files)
      },
    }),
    [uploader, field, disabled, readOnly, leftOutStore],
  )
  return <RootContext.Provider value={contextValue}>{children}</RootContext.Provider>
}

/** Options of a form field, and texts. */
export interface RootOptions extends Omit<FieldOptions, 'uploader'>, TextOptions {
  /** The result of `useUpload` or `useMultiUpload`. */
  readonly uploader: UploaderLike
}

export type RootProps = RootOptions & Omit<ComponentPropsWithoutRef<'div'>, keyof RootOptions>

/**
 * Provides an uploader to the parts below and restores focus when rows are removed. With `name`, `value` or
 * `defaultValue` it is a form field, and must contain a `HiddenInput`.
 */
export function Root({
  uploader,
  name,
  form,
  value,
  defaultValue,
  onChange,
  required,
  minFiles,
  disabled,
  readOnly,
  waitForUploads,
  messages,
  locale,
  dir,
  children,
  ...rest
}: RootProps) {
  const options = {
    uploader,
    name,
    form,
    value,
    defaultValue,
    required,
    minFiles,
    disabled,
    readOnly,
    waitForUploads,
    ...(onChange && { onChange }),
  }
  return (
    <FieldRoot {...{ options, messages, locale, dir }} {...rest}>
      {children}
    </FieldRoot>
  )
}

type PageCode = Awaited<ReturnType<typeof loadPageCode>>

interface FieldRootProps extends TextOptions, Omit<ComponentPropsWithoutRef<'div'>, 'dir'> {
  readonly options: Omit<FieldOptions, 'uploader'> & Pick<RootOptions, 'uploader'>
}

/** `Root` with its options in one object. */
export function FieldRoot({ options, messages, locale, dir, children, ...rest }: FieldRootProps) {
  const { uploader, disabled, readOnly } = options
  const field = useUploadField(options)
  const fieldsetDisabled = useStore(field.store, (state) => state.fieldsetDisabled)
  const undoByKey = useRef<PageCode['undoByKey']>(undefined)
  useEffect(() => whenLoaded(loadPageCode, (code) => void (undoByKey.current = code.undoByKey)), [])
  return (
    <UploadI18nProvider {...{ messages, locale, dir }}>
      <RootContextProvider
        // Adds files by `field.add`, because it counts stored images toward `maxFiles`.
        uploader={{ ...uploader, add: (files, addOptions) => field.add(files, undefined, addOptions) }}
        {...{ field, readOnly }}
        disabled={disabled || fieldsetDisabled}
      >
        <FocusFrame
          dir={dir}
          data-part="root"
          data-disabled={disabled || fieldsetDisabled || undefined}
          {...rest}
          // oxlint-disable-next-line react/refs -- the ref is read only when the event fires
          onKeyDown={composeHandlers(rest.onKeyDown, (event) => undoByKey.current?.(event, field))}
          store={uploader.store}
        >
          {children}
        </FocusFrame>
      </RootContextProvider>
    </UploadI18nProvider>
  )
}

/** A `<div>` that watches its rows: see `watchRows`. The code for this loads after the first render. */
export function FocusFrame({ store, ...rest }: ComponentPropsWithoutRef<'div'> & { readonly store: object }) {
  const frame = useRef<HTMLDivElement>(null)
  useEffect(() => {
    return whenLoaded(loadPageCode, ({ watchRows }) =>
      frame.current ? watchRows(frame.current, store, loadRowCode) : undefined,
    )
  }, [store])
  return <div {...rest} ref={frame} />
}

'use client'

import { useMemo } from 'react'
import type { ReactElement, ReactNode } from 'react'
import { TextsContext, useTexts } from '../../i18n/texts.tsx'
import type { UnregisteredOptions, RouteName, RouteOptions } from '../../react/register.ts'
import type { DisplayProps, FieldValueProps } from '../UploaderField/layout-props.ts'
import { createUploaderField } from '../UploaderField/UploaderField.tsx'
import { ListLayout } from '../UploaderField/ListLayout.tsx'
import { CompactLayout } from './CompactLayout.tsx'

interface FileDisplayProps extends DisplayProps {
  /**
   * Layout. `list` shows a drop area above one row per file, `compact` one line with a button. Default: `compact`, or
   * `list` with `multiple`.
   */
  readonly layout?: 'list' | 'compact' | undefined
}

export type FileUploaderProps<Result = unknown> = FileDisplayProps &
  UnregisteredOptions<Result> &
  FieldValueProps

/** Has the types of the hooks: the result is typed by the route of a registered handler, or by `Result`. */
interface FileUploaderComponent {
  <Name extends RouteName>(props: FileDisplayProps & RouteOptions<Name> & FieldValueProps): ReactElement
  <Result = unknown>(props: FileUploaderProps<Result>): ReactElement
}

/**
 * Chooses, shows and uploads one file of any type, or a list with `multiple`. Takes every option of `useUpload`. With a
 * `name` it is a form field. Needs `putaway/styles.css`.
 */
export const FileUploader = /* @__PURE__ */ createUploaderField({
  name: 'files',
  layouts: { list: ListLayout, compact: CompactLayout },
  defaultLayouts: ['compact', 'list'],
  Texts: FileTexts,
}) as FileUploaderComponent // forwardRef cannot declare overloads

/** Replaces the texts about images by those about files. */
function FileTexts({ children }: { readonly children: ReactNode }) {
  const texts = useTexts()
  const fileTexts = useMemo(() => {
    const { file, files, chooseFile, chooseFiles, missingFiles } = texts.messages
    const fileMessages = { image: file, images: files, chooseImage: chooseFile, chooseImages: chooseFiles }
    return { ...texts, messages: { ...texts.messages, ...fileMessages, missing: missingFiles } }
  }, [texts])
  return <TextsContext.Provider value={fileTexts}>{children}</TextsContext.Provider>
}

'use client'

import { useEntries, useRootContext } from '../../headless/context.ts'
import { useTexts } from '../../i18n/texts.tsx'
import { DropArea } from '../Dropzone/Dropzone.tsx'
import { Rows } from '../UploadList/UploadList.tsx'
import { Head } from './Head.tsx'
import type { LayoutProps } from './layout-props.ts'

/** Rows below a dropzone. */
export function ListLayout({ label, capture, directory, description, ...headProps }: LayoutProps) {
  const { messages } = useTexts()
  const { uploader, readOnly } = useRootContext()
  const multiple = uploader.options().multiple !== false
  const isEmpty = useEntries().length === 0
  return (
    <>
      <Head {...{ label, ...headProps }} description={readOnly ? description : undefined} />
      {!readOnly && (
        <DropArea
          label={multiple ? messages.chooseImages : isEmpty ? messages.chooseImage : messages.replace}
          className="putaway-rows-zone"
          {...{ multiple, capture, directory, description, descriptionId: headProps.descriptionId }}
        />
      )}
      <Rows label={label} openable />
    </>
  )
}

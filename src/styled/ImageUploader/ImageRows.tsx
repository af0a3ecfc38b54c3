'use client'

import { useScope } from '../../headless/context.ts'
import { useTexts } from '../../i18n/texts.tsx'
import { DropArea } from '../Dropzone/Dropzone.tsx'
import { Rows } from '../UploadList/UploadList.tsx'
import { Head } from './Head.tsx'
import type { LayoutProps } from './layout-props.ts'

/** Layout for many images: rows below a dropzone. */
export function ImageRows({ label, capture, description, ...headProps }: LayoutProps) {
  const { messages } = useTexts()
  const { readOnly } = useScope()
  return (
    <>
      <Head {...{ label, ...headProps }} description={readOnly ? description : undefined} />
      {!readOnly && (
        <DropArea
          multiple
          label={messages.chooseImages}
          className="putaway-rows-zone"
          {...{ capture, description, descriptionId: headProps.descriptionId }}
        />
      )}
      <Rows label={label} openable />
    </>
  )
}

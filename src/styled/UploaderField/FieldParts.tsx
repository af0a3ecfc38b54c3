'use client'

import { useRootContext } from '../../headless/context.ts'
import { useTexts } from '../../i18n/texts.tsx'
import { CropHost } from '../CropDialog/CropHost.tsx'
import { RejectionList } from '../RejectionList.tsx'
import { PageDropOverlay } from '../UploadPageDrop/PageDropOverlay.tsx'
import type { DisplayProps } from './layout-props.ts'

/**
 * Parts of a field that render nothing at first: the files that were rejected, the dialog that crops pictures, and the
 * overlay for files over the page, if the app asks for it.
 */
export function FieldParts({ label, pageDrop = false }: Pick<DisplayProps, 'label' | 'pageDrop'>) {
  const { messages } = useTexts()
  const { uploader } = useRootContext()
  const defaultLabel = uploader.options().multiple === false ? messages.image : messages.images
  return (
    <>
      <RejectionList />
      <CropHost />
      {pageDrop && <PageDropOverlay label={label ?? defaultLabel} />}
    </>
  )
}

'use client'

import { CropHost } from '../CropDialog/CropHost.tsx'
import { RejectionList } from '../RejectionList.tsx'

/** Parts of a field that render nothing at first: the files that were rejected, and the dialog that crops pictures. */
export function FieldParts() {
  return (
    <>
      <RejectionList />
      <CropHost />
    </>
  )
}

'use client'

import type { ComponentProps } from 'react'
import { useRootContext } from '../../headless/context.ts'
import { lazyModule } from '../../internal/lazy-module.ts'
import { lazyComponent } from '../../react/lazy-component.ts'
import type { CropButton } from './CropButton.tsx'
import { fieldImageOf } from './field-image.ts'

const loadCropButton = /* @__PURE__ */ lazyModule(() => import('./CropButton.tsx'))
const LoadedCropButton = /* @__PURE__ */ lazyComponent(loadCropButton, (module) => module.CropButton)

/** The button that changes a crop. Its code loads only in fields whose crops can be changed later. */
export function LazyCropButton(props: ComponentProps<typeof CropButton>) {
  const { uploader } = useRootContext()
  return fieldImageOf(uploader) && <LoadedCropButton {...props} />
}

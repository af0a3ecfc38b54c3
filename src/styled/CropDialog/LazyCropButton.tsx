'use client'

import type { ComponentProps } from 'react'
import { useRootContext } from '../../headless/context.ts'
import type { ImageFieldOptions, ImagePreset } from '../../image/image.ts'
import { lazyModule } from '../../internal/lazy-module.ts'
import { lazyComponent } from '../../react/lazy-component.ts'
import type { CropButton } from './CropButton.tsx'

const loadCropButton = /* @__PURE__ */ lazyModule(() => import('./CropButton.tsx'))
const LoadedCropButton = /* @__PURE__ */ lazyComponent(loadCropButton, (module) => module.CropButton)

/** The button that changes a crop. Its code loads only in fields whose crops can be changed later. */
export function LazyCropButton(props: Omit<ComponentProps<typeof CropButton>, 'image'>) {
  const { uploader } = useRootContext()
  // `UploaderField` adds its prop `image` to the options of its own uploader.
  const { image } = uploader.options() as { readonly image?: ImageFieldOptions | ImagePreset }
  if (typeof image !== 'object' || image.crop?.mode !== 'coordinates') return null
  return <LoadedCropButton {...props} image={image} />
}

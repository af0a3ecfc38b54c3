import type { UploaderLike } from '../../headless/context.ts'
import { isCroppedLater } from '../../image/crop/cropped-later.ts'
import type { ImageFieldOptions, ImagePreset } from '../../image/image.ts'

/** Returns the prop `image` of a field whose crops can be changed later. Undefined for all other fields. */
export function fieldImageOf({ options }: UploaderLike): ImageFieldOptions | ImagePreset | undefined {
  // `UploaderField` adds its prop `image` to the options of its own uploader.
  const { image } = options() as { readonly image?: ImageFieldOptions | ImagePreset }
  return isCroppedLater(image) ? image : undefined
}

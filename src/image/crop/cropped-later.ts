import type { ImageFieldOptions, ImagePreset } from '../image.ts'

/** Whether the crop of a picture is only coordinates, so that it can be changed after the upload. */
export const isCroppedLater = (options: ImageFieldOptions | ImagePreset | undefined): boolean =>
  typeof options === 'object' && options.crop?.mode === 'coordinates'

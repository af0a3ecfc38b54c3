import type { ImageOptions, ImagePreset } from './image.ts'
import { lazyModule } from '../internal/lazy-module.ts'

const loadImageCode = /* @__PURE__ */ lazyModule(() => import('./index.ts'))

/** Prepares a file with `image()`. Its code loads when the first file is prepared. */
export async function prepareWithImage(
  options: ImageOptions | ImagePreset,
  file: File,
  context: { signal: AbortSignal },
): Promise<Blob> {
  const { image } = await loadImageCode()
  return image(options)(file, context)
}

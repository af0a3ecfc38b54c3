import type { Crop } from '../../image/crop/crop.ts'
import { createPicture } from '../../image/worker/worker-host.ts'

/** Draws the crop of a picture, with at most `maxSide` pixels on both sides. */
export async function drawCroppedPicture(file: Blob, crop: Crop, maxSide: number): Promise<Blob> {
  const plan = {
    maxWidth: maxSide,
    maxHeight: maxSide,
    crop,
    rotation: crop.rotation,
    // PNG is for browsers that cannot encode WebP. The picture may be transparent.
    types: ['image/webp', 'image/png'],
    quality: 0.8,
  }
  return (await createPicture(file, plan, new AbortController().signal)).blob
}

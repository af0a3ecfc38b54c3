import { thumbHashToDataURL } from 'thumbhash'
import { isImageCrop } from '../../image/crop/image-crop.ts'
import { rotatedSize } from '../../image/crop/crop.ts'
import type { ImageCrop } from '../../protocol/ticket.ts'

/**
 * Shows the placeholders and the crops of the stored pictures below an element. `StoredPreview` renders them as data
 * attributes, so that a page without them loads none of this code.
 */
export function showStoredPictures(root: HTMLElement) {
  for (const { dataset, firstElementChild: picture } of root.querySelectorAll<HTMLElement>(storedPictures)) {
    if (!(picture instanceof HTMLImageElement)) continue
    if (dataset.thumbHash !== undefined) showPlaceholder(picture, dataset.thumbHash)
    setCropVariables(picture, parseCrop(dataset.crop))
  }
}

const storedPictures = '[data-part="thumbnail"]:is([data-thumb-hash], [data-crop])'

/** Shows a ThumbHash as the background of a picture until the picture has loaded. */
function showPlaceholder(picture: HTMLImageElement, thumbHash: string) {
  if (picture.complete || picture.style.backgroundImage) return
  try {
    const bytes = Uint8Array.from(atob(thumbHash), (letter) => letter.charCodeAt(0))
    picture.style.background = `url(${thumbHashToDataURL(bytes)}) 50% / cover`
  } catch {
    return // the app's value is no ThumbHash
  }
  // Transparent pixels of the picture would show the placeholder.
  picture.addEventListener('load', () => picture.style.removeProperty('background'), { once: true })
}

function parseCrop(json: string | undefined): ImageCrop | undefined {
  if (json === undefined) return undefined
  const value: unknown = JSON.parse(json) // React has rendered valid JSON
  return isImageCrop(value) ? value : undefined
}

/** Sets the variables of a crop. CSS then enlarges, moves and rotates the picture so that its frame shows the area. */
function setCropVariables(picture: HTMLImageElement, crop: ImageCrop | undefined) {
  picture.dataset.cropped = String(crop !== undefined)
  if (!crop) return
  const { x, y, width, height, rotation, imageWidth, imageHeight } = crop
  const turnedSize = rotatedSize({ width: imageWidth, height: imageHeight }, rotation)
  const variables = {
    width,
    ratio: width / height,
    'image-width': imageWidth,
    'image-height': imageHeight,
    // From the center of the area to the center of the picture.
    x: (turnedSize.width - width) / 2 - x,
    y: (turnedSize.height - height) / 2 - y,
    rotation: `${rotation}deg`,
  }
  for (const [name, value] of Object.entries(variables))
    picture.style.setProperty(`--_crop-${name}`, String(value))
}

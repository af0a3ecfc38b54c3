import { thumbHashToDataURL } from 'thumbhash'
import { isImageCrop, rotatedSize } from '../../image/crop/crop.ts'
import type { ImageCrop } from '../../protocol/ticket.ts'

/**
 * Shows the placeholders and the crops of the stored pictures below an element. `StoredPreview` renders them as data
 * attributes, so that a page without them loads none of this code.
 */
export function showStoredPictures(root: HTMLElement) {
  for (const { dataset, firstElementChild: picture } of root.querySelectorAll<HTMLElement>(storedPictures)) {
    if (!(picture instanceof HTMLImageElement)) continue
    const { thumbHash } = Object(parseAttribute(dataset.image)) as { readonly thumbHash?: unknown } // Object() makes an object
    if (typeof thumbHash === 'string') showPlaceholder(picture, thumbHash)
    const crop = parseAttribute(dataset.crop)
    setCropVariables(picture, isImageCrop(crop) ? crop : undefined)
  }
}

const storedPictures = '[data-part="thumbnail"]:is([data-image], [data-crop])'

/** Shows a ThumbHash as the background of a picture until the picture has loaded. */
function showPlaceholder(picture: HTMLImageElement, thumbHash: string) {
  if (picture.complete || picture.style.backgroundImage) return
  const url = placeholderUrlOf(thumbHash)
  if (url === undefined) return
  picture.style.background = `url(${url}) 50% / cover`
  // Transparent pixels of the picture would show the placeholder.
  const removePlaceholder = () => {
    picture.style.removeProperty('background')
    URL.revokeObjectURL(url)
  }
  for (const type of ['load', 'error']) picture.addEventListener(type, removePlaceholder, { once: true })
}

/** An object URL, because the documented Content-Security-Policy allows `blob:` and not `data:`. */
function placeholderUrlOf(thumbHash: string): string | undefined {
  try {
    const [, png = ''] = thumbHashToDataURL(bytesFromBase64(thumbHash)).split(',')
    return URL.createObjectURL(new Blob([bytesFromBase64(png)], { type: 'image/png' }))
  } catch {
    return undefined // the app's value is no ThumbHash
  }
}

const bytesFromBase64 = (base64: string) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))

/** Parses the JSON that `StoredPreview` has rendered. */
const parseAttribute = (json: string | undefined): unknown =>
  json === undefined ? undefined : JSON.parse(json)

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

/** Maximum width and height of the drawn area in pixels. iOS draws no canvas of more than 16.7 megapixels. */
const maxDrawnSide = 4096

/**
 * Draws the crop of a picture on a canvas, or the whole picture if the value is no crop. Needs no CORS headers, because
 * nothing reads the pixels. Rejects if the picture does not load.
 */
export async function drawCrop(canvas: HTMLCanvasElement, url: string, crop: unknown): Promise<void> {
  const picture = new Image()
  picture.src = url
  await picture.decode()
  const { naturalWidth, naturalHeight } = picture
  const wholePicture = { x: 0, y: 0, width: naturalWidth, height: naturalHeight, rotation: 0 }
  const area = isImageCrop(crop)
    ? crop
    : { ...wholePicture, imageWidth: naturalWidth, imageHeight: naturalHeight }
  const { x, y, width, height, rotation, imageWidth, imageHeight } = area
  // The picture at the URL may be a smaller version of the one that was cropped.
  const scaleFactor = Math.min(naturalWidth / imageWidth, maxDrawnSide / Math.max(width, height))
  canvas.width = Math.max(1, Math.round(width * scaleFactor))
  canvas.height = Math.max(1, Math.round(height * scaleFactor))
  const turnedSize = rotatedSize({ width: imageWidth, height: imageHeight }, rotation)
  const context = canvas.getContext('2d')
  if (!context) return
  context.scale(scaleFactor, scaleFactor)
  context.translate(turnedSize.width / 2 - x, turnedSize.height / 2 - y)
  context.rotate((rotation * Math.PI) / 180)
  context.drawImage(picture, -imageWidth / 2, -imageHeight / 2, imageWidth, imageHeight)
}

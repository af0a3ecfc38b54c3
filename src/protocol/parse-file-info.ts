import { UploadError } from './errors.ts'
import { isPathTooLong, maxPathBytes, sanitizePath } from './file-path.ts'
import { failParsing, readCount, readMeta, readObject, readString } from './parse.ts'
import type { ParseContext } from './parse.ts'
import type { FileInfo, ImageCrop, ImageInfo } from './ticket.ts'

/** Parses the description of a file from a browser. Throws an UploadError that names the invalid field. */
export function parseFileInfo(value: unknown, context: ParseContext, fieldPath = 'file'): FileInfo {
  const fields = readObject(context, value, fieldPath)
  return {
    id: readString(context, fields.id, `${fieldPath}.id`),
    name: readString(context, fields.name, `${fieldPath}.name`),
    size: readCount(context, fields.size, `${fieldPath}.size`),
    // Browsers report '' for an unknown type.
    type: readString(
      context,
      fields.type === '' ? 'application/octet-stream' : fields.type,
      `${fieldPath}.type`,
    ),
    ...(fields.route != null && { route: readString(context, fields.route, `${fieldPath}.route`) }),
    ...(fields.meta != null && { meta: readMeta(context, fields.meta, `${fieldPath}.meta`) }),
    ...(fields.path != null && { path: readPath(context, fields.path, `${fieldPath}.path`) }),
    ...(fields.image != null && { image: readImageInfo(context, fields.image, `${fieldPath}.image`) }),
    ...(fields.crop != null && { crop: readImageCrop(context, fields.crop, `${fieldPath}.crop`) }),
  }
}

/**
 * Reads the path of a file in a folder. A path that is not clean is refused, because putaway's browser code always
 * cleans it.
 */
function readPath(context: ParseContext, value: unknown, fieldPath: string): string {
  const filePath = readString(context, value, fieldPath)
  const { uploadPhase: phase, code } = context
  if (isPathTooLong(filePath)) {
    const message = `${context.source} is wrong at "${fieldPath}": it has over ${maxPathBytes} bytes.`
    const text = 'The file is too deep in its folder. Move it up, or shorten the names of its folders.'
    throw new UploadError(code, { phase, message, text })
  }
  if (sanitizePath(filePath) === filePath) return filePath
  return failParsing(
    context,
    fieldPath,
    'a clean path, "folder/name", in NFC, without ".." and reserved names',
    value,
  )
}

/** Maximum width and height of a picture in pixels. No format and no decoder allows more. */
const maxImageSide = 1_000_000
/** Base64 of 5 to 25 bytes, which is the length of each ThumbHash. */
const thumbHashPattern = /^(?=.{8,36}$)(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{3}=|[A-Za-z\d+/]{2}==)?$/

function readImageInfo(context: ParseContext, value: unknown, fieldPath: string): ImageInfo {
  const { width, height, thumbHash } = readObject(context, value, fieldPath)
  return {
    width: readCount(context, width, `${fieldPath}.width`, 1, maxImageSide),
    height: readCount(context, height, `${fieldPath}.height`, 1, maxImageSide),
    ...(thumbHash != null && { thumbHash: readThumbHash(context, thumbHash, `${fieldPath}.thumbHash`) }),
  }
}

function readThumbHash(context: ParseContext, value: unknown, fieldPath: string): string {
  const isValid = typeof value === 'string' && thumbHashPattern.test(value)
  return isValid ? value : failParsing(context, fieldPath, 'a ThumbHash in base64', value)
}

/** Parses a crop from a browser. Throws an UploadError if a field is no whole number, or the area leaves the picture. */
export function readImageCrop(context: ParseContext, value: unknown, fieldPath: string): ImageCrop {
  const fields = readObject(context, value, fieldPath)
  const readField = (name: keyof ImageCrop, min: number, max: number) =>
    readCount(context, fields[name], `${fieldPath}.${name}`, min, max)
  const imageWidth = readField('imageWidth', 1, maxImageSide)
  const imageHeight = readField('imageHeight', 1, maxImageSide)
  const rotation = ([0, 90, 180, 270] as const).find((degrees) => degrees === fields.rotation)
  if (rotation === undefined)
    return failParsing(context, `${fieldPath}.rotation`, '0, 90, 180 or 270', fields.rotation)
  const [maxX, maxY] = rotation % 180 === 0 ? [imageWidth, imageHeight] : [imageHeight, imageWidth]
  const x = readField('x', 0, maxX - 1)
  const y = readField('y', 0, maxY - 1)
  const width = readField('width', 1, maxX - x)
  const height = readField('height', 1, maxY - y)
  return { x, y, width, height, rotation, imageWidth, imageHeight }
}

import type { ImageCrop, ImageInfo, Meta } from '../protocol/ticket.ts'
import type { UploadItem } from '../core/item.ts'
import type { ItemChange } from '../core/uploader-types.ts'

/** One file of a form value, in plain JSON. Additional fields of the app are kept. */
export interface StoredImage {
  readonly id?: string | number
  /**
   * URL of the file, for the preview of an image and the link of a name in a list. Default: shows an icon and no
   * link.
   */
  readonly url?: string
  readonly key?: string
  readonly name?: string
  /** Path of a file from a folder, shown instead of the name: `album/2026/beach.jpg`. */
  readonly path?: string
  /** MIME type, which selects the icon of a file that is no image. Default: by the extension of `name`. */
  readonly type?: string
  /** Size in bytes, shown in lists. */
  readonly size?: number
  /**
   * Values that a person typed for the image, such as a caption. `readUploads` returns these values as `edited.meta`.
   */
  readonly meta?: Meta
  /** Size and placeholder, as `onConfirm` got them. The preview shows the placeholder until the picture has loaded. */
  readonly image?: ImageInfo
  /**
   * The part of the picture that the preview shows, as `onConfirm` got it. `readUploads` returns a later change as
   * `edited.crop`.
   */
  readonly crop?: ImageCrop
  /** Token of a confirmed upload, which `readUploads` verifies. */
  readonly token?: string
}

/** Value of a field: an array for a list, an image or null for a single upload. */
export type FieldValue = StoredImage | readonly StoredImage[] | null

/** Returns the images of a value as an array. */
export function imagesIn(value: FieldValue | undefined): readonly StoredImage[] {
  // Form libraries may use an empty string as the initial value.
  if (!value) return []
  return isList(value) ? value : [value]
}

function isList(value: StoredImage | readonly StoredImage[]): value is readonly StoredImage[] {
  return Array.isArray(value)
}

/** Whether two images are the same. Compares the first of the fields `token`, `id`, `key` and `url` that both have. */
export function isSameImage(image: StoredImage | undefined, otherImage: StoredImage): boolean {
  if (!image) return false
  const sharedKey = (['token', 'id', 'key', 'url'] as const).find((key) => key in image && key in otherImage)
  return sharedKey
    ? image[sharedKey] === otherImage[sharedKey]
    : JSON.stringify(image) === JSON.stringify(otherImage)
}

/**
 * Returns the image for a result. If the backend has no `confirm`, the result is a receipt. The image then has only
 * name and key, because the ticket's URLs are secrets.
 */
export function imageOf(result: unknown, file: File): StoredImage {
  const fields: Readonly<Record<string, unknown>> = { ...Object(result) }
  const { ticket } = fields
  if (ticket !== undefined) return { name: file.name, ...pickFields(Object(ticket), ['key']) }
  return { name: file.name, ...pickFields(fields, ['id', 'name', 'path', 'key', 'url', 'token']) }
}

function pickFields(fields: Readonly<Record<string, unknown>>, names: readonly string[]) {
  return Object.fromEntries(
    names.flatMap((name) => (/string|number/.test(typeof fields[name]) ? [[name, fields[name]]] : [])),
  )
}

/** Returns the name and the metadata of an item, as far as `update` has changed them, and its crop. */
export const changeOf = ({ file, name, meta, crop }: UploadItem): ItemChange => ({
  name: name === file.name ? undefined : name,
  meta,
  crop,
})

/** Returns an image with a new name, more metadata and another crop. */
export function withChange(image: StoredImage, { name, meta, crop }: ItemChange): StoredImage {
  return {
    ...image,
    ...(name && { name }),
    ...(meta && { meta: { ...image.meta, ...meta } }),
    ...(crop && { crop }),
  }
}

import { CopyObjectCommand, DeleteObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3'
import type { S3Client } from '@aws-sdk/client-s3'
import { Refusal } from './refusal.ts'

/** Maximum size of one image in bytes. */
export const maxSize = 2_000_000
/** Maximum number of images in one message. */
export const maxImages = 5

const extensions = new Map([
  ['image/jpeg', 'jpg'],
  ['image/png', 'png'],
  ['image/webp', 'webp'],
])

/** Accepts no SVG and no HTML: types that can run as a page must not be served with images. @throws Refusal 415 */
export function extensionOf(type: string): string {
  const extension = extensions.get(type)
  if (extension !== undefined) return extension
  throw new Refusal(415, `Images are ${[...extensions.keys()].join(', ')}.`)
}

/** Validates the announced size in bytes, which the signature enforces. @throws Refusal 400, 413 */
export function readSize(body: unknown, name: string): number {
  const size: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined
  if (typeof size !== 'number' || !Number.isInteger(size) || size < 1) {
    throw new Refusal(400, `"${name}" must be a whole number of bytes.`)
  }
  if (size <= maxSize) return size
  throw new Refusal(413, `Images have at most ${maxSize} bytes.`)
}

interface Place {
  readonly Bucket: string
  readonly Key: string
}

/**
 * Checks the uploaded object and copies exactly that version, by its ETag, to a key that no ticket can write: a ticket
 * can write to its key again until it expires. A repeated call returns the same result.
 * @throws Refusal 409 if there is no object, 413 if it is too large; it is then deleted
 */
export async function keep(s3: S3Client, from: Place, to: Place) {
  // Reads the upload before the copy: if the upload was written again after it was copied, the copy is found.
  const uploaded = await find(s3, from)
  const kept = await find(s3, to)
  if (kept) return kept
  if (!uploaded) throw new Refusal(409, 'This image was not uploaded.', 'not-stored')
  if (uploaded.size > maxSize) {
    await s3.send(new DeleteObjectCommand(from))
    throw new Refusal(413, `Images have at most ${maxSize} bytes. This one was deleted.`)
  }
  const CopySource = `${from.Bucket}/${from.Key.split('/').map(encodeURIComponent).join('/')}`
  await s3.send(new CopyObjectCommand({ ...to, CopySource, CopySourceIfMatch: uploaded.etag }))
  await s3.send(new DeleteObjectCommand(from))
  return uploaded
}

async function find(s3: S3Client, place: Place) {
  try {
    const { ContentLength = 0, ContentType = '', ETag } = await s3.send(new HeadObjectCommand(place))
    return { size: ContentLength, type: ContentType, etag: ETag }
  } catch (thrown) {
    if (thrown instanceof Error && thrown.name === 'NotFound') return undefined
    throw thrown
  }
}

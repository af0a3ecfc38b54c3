import { CopyObjectCommand, DeleteObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3'
import type { S3Client } from '@aws-sdk/client-s3'
import { Refusal } from './refusal.ts'

/** Bytes of one image. */
export const maxSize = 2_000_000
/** Images of one message. */
export const maxImages = 5

const extensions = new Map([
  ['image/jpeg', 'jpg'],
  ['image/png', 'png'],
  ['image/webp', 'webp'],
])

/** No SVG and no HTML: what runs as a page must not be served from where images are. @throws Refusal 415 */
export function extensionOf(type: string): string {
  const extension = extensions.get(type)
  if (extension !== undefined) return extension
  throw new Refusal(415, `Images are ${[...extensions.keys()].join(', ')}.`)
}

/** The announced bytes, which the signature will hold the browser to. @throws Refusal 400, 413 */
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
 * Looks at what really was uploaded, and copies exactly that, by its ETag, to a key that no ticket reaches: whoever
 * still has the ticket can write to the old key as often as it lives. Asked again, it answers the same.
 * @throws Refusal 409 when nothing is there, 413 when it is too large: then it is deleted
 */
export async function keep(s3: S3Client, from: Place, to: Place) {
  // In this order: what is written over the upload after a copy of it is seen to come too late.
  const uploaded = await find(s3, from)
  const kept = await find(s3, to)
  if (kept) return kept
  if (!uploaded) throw new Refusal(409, 'No such image was uploaded.', 'not-stored')
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

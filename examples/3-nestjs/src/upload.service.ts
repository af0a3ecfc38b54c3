import { randomUUID } from 'node:crypto'
import { DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { createPresignedPost } from '@aws-sdk/s3-presigned-post'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { ForbiddenException, Inject, Injectable } from '@nestjs/common'
import { extensionOf, keep } from '../../shared/server/images.ts'
import type { Chat } from '../../shared/server/chat.ts'
import { CHAT, S3 } from './resources.module.ts'
import type { PresignDto, PresignPostDto, PresignedPostDto, PresignedUrlDto } from './upload.dto.ts'

const Bucket = process.env.S3_BUCKET ?? 'nest'

@Injectable()
export class UploadService {
  constructor(
    @Inject(S3) private readonly s3: S3Client,
    @Inject(CHAT) private readonly chat: Chat,
  ) {}

  async presignUrl(owner: string, { contentType }: PresignDto): Promise<PresignedUrlDto> {
    const key = newKey(owner, contentType)
    const command = new PutObjectCommand({ Bucket, Key: key, ContentType: contentType })
    const url = await getSignedUrl(this.s3, command, {
      expiresIn: 300,
      // Signs the type. Otherwise the browser could send another one.
      signableHeaders: new Set(['content-type']),
    })
    return { url, key }
  }

  async presignPost(owner: string, { contentType, size }: PresignPostDto): Promise<PresignedPostDto> {
    const key = newKey(owner, contentType)
    const { url, fields } = await createPresignedPost(this.s3, {
      Bucket,
      Key: key,
      Expires: 300,
      Fields: { 'Content-Type': contentType, success_action_status: '201' },
      Conditions: [['content-length-range', size, size]],
    })
    return { url, fields, key }
  }

  /** A repeated call returns the same result. */
  async confirm(owner: string, key: string): Promise<{ key: string }> {
    const place = placeOf(owner, key)
    const image = await keep(this.s3, place.upload, place.image)
    await this.chat.addImage({ ...image, key: place.image.Key, owner })
    return { key: place.image.Key }
  }

  async remove(owner: string, key: string): Promise<void> {
    const { upload, image } = placeOf(owner, key)
    await this.s3.send(new DeleteObjectCommand(upload))
    if (await this.chat.removeImage(owner, image.Key)) await this.s3.send(new DeleteObjectCommand(image))
  }
}

function newKey(owner: string, contentType: string): string {
  return `uploads/${owner}/${randomUUID()}.${extensionOf(contentType)}`
}

/** Returns the key of the ticket and the key of the kept image, from either one. @throws unless they are the owner's */
function placeOf(owner: string, key: string) {
  const [folder, of, name, ...rest] = key.split('/')
  if (!/^(uploads|images)$/.test(folder ?? '') || of !== owner || !name || rest.length > 0) {
    throw new ForbiddenException('This upload belongs to another user.')
  }
  return {
    upload: { Bucket, Key: `uploads/${owner}/${name}` },
    image: { Bucket, Key: `images/${owner}/${name}` },
  }
}

import { S3Client } from '@aws-sdk/client-s3'
import { createPresignedPost } from '@aws-sdk/s3-presigned-post'
import { startLocalS3, type LocalS3 } from '../src/index.ts'
import { expect, test } from 'vitest'

/** Replaces the reader's backend. */
const presign = (s3: LocalS3, { key, maxSize }: { key: string; maxSize: number }) =>
  createPresignedPost(new S3Client({ ...s3, forcePathStyle: true }), {
    Bucket: 'uploads',
    Key: key,
    Conditions: [['content-length-range', 1, maxSize]],
  })

// Copy of the snippet in README.md, "Use in Vitest".
test('a file over the limit is not stored', async () => {
  const s3 = await startLocalS3()
  const { url, fields } = await presign(s3, { key: 'cat.png', maxSize: 4 }) // your backend's code
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  form.append('file', new Blob(['fives']))
  expect(await (await fetch(url, { method: 'POST', body: form })).text()).toContain('EntityTooLarge')
  await s3.close()
})

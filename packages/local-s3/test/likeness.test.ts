import {
  AbortMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  ListPartsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { createPresignedPost } from '@aws-sdk/s3-presigned-post'
import { describe, expect, test } from 'vitest'
import { startLocalS3, type ImitatedStore } from '../src/index.ts'
import { start } from './harness/servers.ts'

const object = { Bucket: 'uploads', Key: 'a' }
const withoutChecksums = {
  requestChecksumCalculation: 'WHEN_REQUIRED',
  responseChecksumValidation: 'WHEN_REQUIRED',
} as const

async function startLike(like: ImitatedStore) {
  const { server } = await start({ like })
  const { endpoint, region, credentials } = server
  const options = { endpoint, region, credentials, forcePathStyle: true, maxAttempts: 1 }
  return {
    server,
    client: new S3Client({ ...options, ...withoutChecksums }),
    sdkDefault: new S3Client(options),
  }
}

async function postForm(client: S3Client) {
  const { url, fields } = await createPresignedPost(client, { ...object, Conditions: [] })
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  form.append('file', new Blob(['x']))
  const { status, headers } = await fetch(url, { method: 'POST', body: form })
  return { status, etag: headers.get('etag') }
}

const put = (body: string) => new PutObjectCommand({ ...object, Body: body })
const copy = (changes: object) =>
  new CopyObjectCommand({ Bucket: 'uploads', Key: 'b', CopySource: 'uploads/a', ...changes })

test.each([
  ['b2', 501],
  ['r2', 501],
  ['gcs', 400],
  ['ceph16', 204],
] as const)('a form POST to %s answers %i', async (like, status) => {
  const { client } = await startLike(like)
  expect((await postForm(client)).status).toBe(status)
})

describe('like b2', () => {
  test('a checksum and its mode are refused with a sentence that names the header', async () => {
    const { client, sdkDefault } = await startLike('b2')
    await expect(sdkDefault.send(put('x'))).rejects.toMatchObject({
      name: 'InvalidArgument',
      message: expect.stringContaining("Unsupported header 'x-amz-"),
    })
    await client.send(put('x'))
    await expect(
      client.send(new HeadObjectCommand({ ...object, ChecksumMode: 'ENABLED' })),
    ).rejects.toMatchObject({ $metadata: { httpStatusCode: 400 } })
    expect((await client.send(new HeadObjectCommand(object))).ChecksumCRC64NVME).toBeUndefined()
  })
})

describe('like r2', () => {
  test('a copy is kept from replacing an object by the header of R2 only', async () => {
    const { client } = await startLike('r2')
    await client.send(put('x'))
    await client.send(copy({}))
    expect((await client.send(copy({ IfNoneMatch: '*' }))).CopyObjectResult?.ETag).toMatch(/^"/)
    const conditional = copy({})
    conditional.middlewareStack.add(
      (next) => (args) => {
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the build step has a request
        const { headers } = args.request as { headers: Record<string, string> }
        headers['cf-copy-destination-if-none-match'] = '*'
        return next(args)
      },
      { step: 'build' },
    )
    await expect(client.send(conditional)).rejects.toMatchObject({ name: 'PreconditionFailed' })
  })

  test('an ACL is refused with 501', async () => {
    const { client } = await startLike('r2')
    await expect(
      client.send(new PutObjectCommand({ ...object, Body: 'x', ACL: 'private' })),
    ).rejects.toMatchObject({
      name: 'NotImplemented',
    })
  })
})

describe('like gcs', () => {
  test('a checksum is refused, and the conditions of a write are ignored', async () => {
    const { client, sdkDefault } = await startLike('gcs')
    await expect(sdkDefault.send(put('x'))).rejects.toMatchObject({ name: 'ExcessHeaderValues' })
    await client.send(put('x'))
    await client.send(new PutObjectCommand({ ...object, Body: 'y', IfNoneMatch: '*' }))
    await expect(client.send(copy({ CopySourceIfMatch: '"other"' }))).rejects.toMatchObject({
      name: 'PreconditionFailed',
    })
  })
})

describe('like ceph16', () => {
  test('checksums and the conditions of a copy are ignored, and ETags are bare', async () => {
    const { client, sdkDefault } = await startLike('ceph16')
    await sdkDefault.send(put('x'))
    const head = await client.send(new HeadObjectCommand({ ...object, ChecksumMode: 'ENABLED' }))
    expect(head.ChecksumCRC32).toBeUndefined()
    const copied = await client.send(copy({ CopySourceIfMatch: '"other"', IfNoneMatch: '*' }))
    expect(copied.CopyObjectResult?.ETag).toBe(head.ETag?.replaceAll('"', ''))
    expect((await postForm(client)).etag).toBeNull()
  })

  test('a missing upload is named a missing key', async () => {
    const { client } = await startLike('ceph16')
    const { UploadId } = await client.send(new CreateMultipartUploadCommand(object))
    await client.send(new AbortMultipartUploadCommand({ ...object, UploadId }))
    await expect(client.send(new ListPartsCommand({ ...object, UploadId }))).rejects.toMatchObject({
      name: 'NoSuchKey',
    })
  })
})

test('an unknown store is refused with the list of known ones', async () => {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a command line passes any text
  await expect(startLocalS3({ like: 'azure' as ImitatedStore })).rejects.toThrow(/b2, ceph16, gcs, r2/)
})

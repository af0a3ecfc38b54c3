import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutBucketCorsCommand,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startLocalS3, type LocalS3 } from '../src/index.ts'

const Bucket = 'uploads'
const rounds = 12
let directory: string
let server: LocalS3
let client: S3Client

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'local-s3-races-'))
  server = await startLocalS3({ directory })
  client = new S3Client({ ...server, forcePathStyle: true, maxAttempts: 1 })
})
afterEach(async () => {
  client.destroy()
  await server.close()
  await rm(directory, { recursive: true, force: true })
})

async function restart() {
  await server.close()
  server = await startLocalS3({ directory })
  client = new S3Client({ ...server, forcePathStyle: true, maxAttempts: 1 })
}

/** `done`, or the error code of S3. A 500 fails the test. */
const outcome = (request: Promise<unknown>) =>
  request.then(
    () => 'done',
    (error: unknown) => {
      if (error instanceof S3ServiceException && (error.$metadata.httpStatusCode ?? 500) < 500)
        return error.name
      throw error
    },
  )

const read = (Key: string) =>
  client
    .send(new GetObjectCommand({ Bucket, Key }))
    .then(async ({ Body }) => Body?.transformToString())
    .catch((error: unknown) => {
      if (error instanceof S3ServiceException && error.name === 'NoSuchKey') return undefined
      throw error
    })

/** An open upload with one part. */
async function startUpload(Key: string, Body: string) {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }))
  const upload = { Bucket, Key, UploadId }
  const { ETag } = await client.send(new UploadPartCommand({ ...upload, PartNumber: 1, Body }))
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] }
  return {
    upload,
    uploadPart: (body: string, PartNumber = 1) =>
      outcome(client.send(new UploadPartCommand({ ...upload, PartNumber, Body: body }))),
    complete: () => outcome(client.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload }))),
    abort: () => outcome(client.send(new AbortMultipartUploadCommand(upload))),
    isOpen: async () => (await outcome(client.send(new ListPartsCommand(upload)))) === 'done',
  }
}

/** Runs both concurrently; every other round sends the second first. */
async function runConcurrently<A, B>(round: number, first: () => Promise<A>, second: () => Promise<B>) {
  if (round % 2 === 0) return Promise.all([first(), second()])
  const sentFirst = second()
  return Promise.all([first(), sentFirst])
}

const countSegments = async () => (await readdir(join(directory, 'data'))).length

test('a part replaced during Complete rejects either the part or Complete', async () => {
  const expected: (string | undefined)[] = []
  let openCount = 0
  for (let round = 0; round < rounds; round += 1) {
    const old = `old ${round}`.repeat(2000)
    const one = await startUpload(`key/${round}`, old)
    const [part, complete] = await runConcurrently(
      round,
      () => one.uploadPart('new'.repeat(3000)),
      one.complete,
    )
    const isOpen = await one.isOpen()
    const stored = await read(`key/${round}`)
    expect([
      { part: 'done', complete: 'InvalidPart', isOpen: true, stored: undefined },
      { part: 'NoSuchUpload', complete: 'done', isOpen: false, stored: old },
    ]).toContainEqual({ part, complete, isOpen, stored })
    expected.push(stored)
    openCount += isOpen ? 1 : 0
  }
  await restart()
  expect(await Promise.all(expected.map((_, round) => read(`key/${round}`)))).toEqual(expected)
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket }))
  expect(Uploads).toHaveLength(openCount)
})

test('a repeated or additional part during Complete leaves the object intact', async () => {
  for (let round = 0; round < rounds; round += 1) {
    const body = `body ${round}`.repeat(2000)
    const one = await startUpload(`key/${round}`, body)
    const again = () => one.uploadPart(body, round % 4 < 2 ? 1 : 2)
    const [part, complete] = await runConcurrently(round, again, one.complete)
    expect(['done', 'NoSuchUpload']).toContain(part)
    expect(complete).toBe('done')
    expect(await read(`key/${round}`)).toBe(body)
  }
  expect(await countSegments()).toBe(rounds)
})

test('a part during Abort leaves no upload and no bytes', async () => {
  for (let round = 0; round < rounds; round += 1) {
    const one = await startUpload(`key/${round}`, 'first')
    const send = () => one.uploadPart('second'.repeat(3000), round % 4 < 2 ? 1 : 2)
    const [part, abort] = await runConcurrently(round, send, one.abort)
    expect(['done', 'NoSuchUpload']).toContain(part)
    expect(abort).toBe('done')
    expect(await one.isOpen()).toBe(false)
  }
  expect(await countSegments()).toBe(0)
  expect(await readdir(join(directory, 'buckets', Bucket, 'uploads'))).toEqual([])
})

test('of concurrent Complete and Abort exactly one succeeds', async () => {
  let stored = 0
  for (let round = 0; round < rounds; round += 1) {
    const one = await startUpload(`key/${round}`, `body ${round}`)
    const [complete, abort] = await runConcurrently(round, one.complete, one.abort)
    expect([complete, abort].toSorted()).toEqual(['NoSuchUpload', 'done'])
    expect(await read(`key/${round}`)).toBe(complete === 'done' ? `body ${round}` : undefined)
    stored += complete === 'done' ? 1 : 0
  }
  expect(await countSegments()).toBe(stored)
})

const gone = { Bucket: 'gone', Key: 'key' }
const writes: Record<string, () => Promise<unknown>> = {
  PutObject: () => client.send(new PutObjectCommand({ ...gone, Body: 'body'.repeat(3000) })),
  CopyObject: () => client.send(new CopyObjectCommand({ ...gone, CopySource: `${Bucket}/source` })),
  CreateMultipartUpload: () => client.send(new CreateMultipartUploadCommand(gone)),
  PutBucketCors: () =>
    client.send(
      new PutBucketCorsCommand({
        ...gone,
        CORSConfiguration: { CORSRules: [{ AllowedMethods: ['GET'], AllowedOrigins: ['*'] }] },
      }),
    ),
}

test.each(Object.keys(writes))(
  'DeleteBucket concurrent with %s keeps every acknowledged write or deletes the bucket',
  async (name) => {
    await client.send(new PutObjectCommand({ Bucket, Key: 'source', Body: 'source' }))
    for (let round = 0; round < rounds; round += 1) {
      await client.send(new CreateBucketCommand({ Bucket: gone.Bucket }))
      const [write, deletion] = await runConcurrently(
        round,
        () => outcome(writes[name]?.() ?? Promise.reject(new Error(name))),
        () => outcome(client.send(new DeleteBucketCommand({ Bucket: gone.Bucket }))),
      )
      const holdsObject = write === 'done' && (name === 'PutObject' || name === 'CopyObject')
      expect([write, deletion]).toEqual(
        deletion === 'done' ? [holdsObject ? 'NoSuchBucket' : write, 'done'] : ['done', 'BucketNotEmpty'],
      )
      expect(['done', 'NoSuchBucket']).toContain(write)
      const list = () => outcome(client.send(new ListObjectsV2Command({ Bucket: gone.Bucket })))
      expect(await list()).toBe(deletion === 'done' ? 'NoSuchBucket' : 'done')
      if (round === rounds - 1) await restart()
      expect(await list()).toBe(deletion === 'done' ? 'NoSuchBucket' : 'done')
      if (deletion === 'done') continue
      await client.send(new GetObjectCommand(gone))
      await client.send(new DeleteObjectCommand(gone))
      await client.send(new DeleteBucketCommand({ Bucket: gone.Bucket }))
    }
    expect(await countSegments()).toBe(1)
  },
)

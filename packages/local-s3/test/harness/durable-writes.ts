import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCorsCommand,
  DeleteBucketLifecycleCommand,
  DeleteBucketPolicyCommand,
  DeleteBucketTaggingCommand,
  GetBucketCorsCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketPolicyCommand,
  GetBucketTaggingCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutBucketCorsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
  S3ServiceException,
  UploadPartCommand,
  type S3Client,
} from '@aws-sdk/client-s3'

/** Writes that a kill may interrupt: one at a time. */
export interface DurableWriter {
  readonly name: string
  /** Sends one write and waits for its answer. Rejects if the server ends before that. */
  write(client: S3Client): Promise<void>
  /** Throws if an acknowledged write is lost. Then continues from what is stored. Returns whether a write was in progress. */
  check(client: S3Client): Promise<boolean>
}

const md5 = (...pieces: (string | Buffer)[]) =>
  pieces.reduce((hash, piece) => hash.update(piece), createHash('md5')).digest()
const isNotFound = (error: unknown) =>
  error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404

/** S3 refuses a smaller part that is not the last. */
const firstPart = Buffer.alloc(5 * 1024 ** 2, 'part one ')
const firstPartTag = md5(firstPart).toString('hex')

type Parts = Readonly<Record<number, string>>
interface StoredUpload {
  readonly id: string
  /** The ETag of each part. */
  readonly parts: Parts
}
interface MultipartState {
  /** The upload that is open. */
  readonly upload: StoredUpload | undefined
  /** The ETag of the finished object. */
  readonly object: string | undefined
}

/** Creates uploads at one key, sends their parts, replaces some, and completes or aborts them. */
export function createMultipartWriter(Bucket: string, Key: string): DurableWriter {
  let acknowledged: MultipartState = { upload: undefined, object: undefined }
  /** The state after the write in progress. `creating`: an upload whose id is not known yet. */
  let pending: MultipartState | 'creating' | undefined

  async function perform(next: MultipartState, run: () => Promise<unknown>) {
    pending = next
    await run()
    acknowledged = next
    pending = undefined
  }

  async function read(client: S3Client): Promise<MultipartState> {
    const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket, Prefix: Key }))
    const uploads = Uploads.filter((each) => each.Key === Key)
    assert(uploads.length <= 1, `${Key}: ${uploads.length} uploads are open`)
    const id = uploads[0]?.UploadId
    const object = await client.send(new HeadObjectCommand({ Bucket, Key })).then(
      ({ ETag }) => ETag?.replaceAll('"', ''),
      (error: unknown) => {
        if (isNotFound(error)) return undefined
        throw error
      },
    )
    if (id === undefined) return { upload: undefined, object }
    const listed = await client.send(new ListPartsCommand({ Bucket, Key, UploadId: id }))
    const parts = Object.fromEntries(
      (listed.Parts ?? []).map(({ PartNumber = 0, ETag = '' }) => [PartNumber, ETag.replaceAll('"', '')]),
    )
    return { upload: { id, parts }, object }
  }

  return {
    name: Key,
    async write(client) {
      const { upload, object } = acknowledged
      if (!upload) {
        pending = 'creating'
        const created = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }))
        assert(created.UploadId !== undefined)
        acknowledged = { upload: { id: created.UploadId, parts: {} }, object }
        pending = undefined
        return
      }
      const place = { Bucket, Key, UploadId: upload.id }
      const { 1: first, 2: second } = upload.parts
      if (first === undefined || second === undefined || Math.random() < 0.4) {
        const PartNumber = first === undefined ? 1 : 2
        const Body = PartNumber === 1 ? firstPart : randomBytes(3000)
        const tag = PartNumber === 1 ? firstPartTag : md5(Body).toString('hex')
        const next = { upload: { ...upload, parts: { ...upload.parts, [PartNumber]: tag } }, object }
        return await perform(next, () => client.send(new UploadPartCommand({ ...place, PartNumber, Body })))
      }
      if (Math.random() < 0.2)
        return await perform({ upload: undefined, object }, () =>
          client.send(new AbortMultipartUploadCommand(place)),
        )
      const tag = `${md5(Buffer.from(first, 'hex'), Buffer.from(second, 'hex')).toString('hex')}-2`
      const parts = [first, second].map((ETag, index) => ({ ETag, PartNumber: index + 1 }))
      return await perform({ upload: undefined, object: tag }, () =>
        client.send(new CompleteMultipartUploadCommand({ ...place, MultipartUpload: { Parts: parts } })),
      )
    },
    async check(client) {
      const wasPending = pending !== undefined
      const stored = await read(client)
      const allowed: (MultipartState | undefined)[] = [acknowledged]
      if (pending === 'creating')
        allowed.push({ ...acknowledged, upload: stored.upload && { id: stored.upload.id, parts: {} } })
      else allowed.push(pending)
      const isAllowed = allowed.some((state) => {
        try {
          assert.deepEqual(stored, state)
          return true
        } catch {
          return false
        }
      })
      assert(isAllowed, `${Key} holds ${JSON.stringify(stored)} instead of ${JSON.stringify(allowed)}`)
      acknowledged = stored
      pending = undefined
      return wasPending
    },
  }
}

interface Setting {
  put(client: S3Client, value: string): Promise<unknown>
  read(client: S3Client): Promise<string | undefined>
  remove(client: S3Client): Promise<unknown>
}

const settingsOf = (Bucket: string): Readonly<Record<string, Setting>> => ({
  CORS: {
    put: (client, ID) =>
      client.send(
        new PutBucketCorsCommand({
          Bucket,
          CORSConfiguration: {
            CORSRules: [{ ID, AllowedMethods: ['GET'], AllowedOrigins: ['https://a.test'] }],
          },
        }),
      ),
    read: async (client) => (await client.send(new GetBucketCorsCommand({ Bucket }))).CORSRules?.[0]?.ID,
    remove: (client) => client.send(new DeleteBucketCorsCommand({ Bucket })),
  },
  lifecycle: {
    put: (client, ID) =>
      client.send(
        new PutBucketLifecycleConfigurationCommand({
          Bucket,
          LifecycleConfiguration: {
            Rules: [{ ID, Status: 'Enabled', Filter: { Prefix: 'old/' }, Expiration: { Days: 3650 } }],
          },
        }),
      ),
    read: async (client) =>
      (await client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))).Rules?.[0]?.ID,
    remove: (client) => client.send(new DeleteBucketLifecycleCommand({ Bucket })),
  },
  tags: {
    put: (client, Value) =>
      client.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: [{ Key: 'value', Value }] } })),
    read: async (client) => (await client.send(new GetBucketTaggingCommand({ Bucket }))).TagSet?.[0]?.Value,
    remove: (client) => client.send(new DeleteBucketTaggingCommand({ Bucket })),
  },
  policy: {
    put: (client, Sid) =>
      client.send(
        new PutBucketPolicyCommand({
          Bucket,
          Policy: JSON.stringify({
            Version: '2012-10-17',
            Statement: [
              {
                Sid,
                Effect: 'Allow',
                Principal: '*',
                Action: 's3:GetObject',
                Resource: `arn:aws:s3:::${Bucket}/public/*`,
              },
            ],
          }),
        }),
      ),
    read: async (client) =>
      /"Sid":"(\w+)"/.exec((await client.send(new GetBucketPolicyCommand({ Bucket }))).Policy ?? '')?.[1],
    remove: (client) => client.send(new DeleteBucketPolicyCommand({ Bucket })),
  },
})

/** Sets and removes each setting of a bucket. */
export function createSettingWriters(Bucket: string): DurableWriter[] {
  return Object.entries(settingsOf(Bucket)).map(([name, setting]) => {
    // Unknown at first: a new bucket of local-s3 may have settings.
    let acknowledged: { readonly value: string | undefined } | undefined
    let pending: { readonly value: string | undefined } | undefined
    return {
      name,
      async write(client) {
        const value = Math.random() < 0.3 ? undefined : randomBytes(6).toString('hex')
        pending = { value }
        await (value === undefined ? setting.remove(client) : setting.put(client, value))
        acknowledged = { value }
        pending = undefined
      },
      async check(client) {
        const wasPending = pending !== undefined
        const stored = await setting.read(client).catch((error: unknown) => {
          if (isNotFound(error)) return undefined
          throw error
        })
        assert(
          !acknowledged || stored === acknowledged.value || (pending && stored === pending.value),
          `${name} of the bucket: ${stored} instead of ${acknowledged?.value}`,
        )
        acknowledged = { value: stored }
        pending = undefined
        return wasPending
      },
    }
  })
}

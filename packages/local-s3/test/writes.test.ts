import { S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startLocalS3, type LocalS3 } from '../src/index.ts'
import { pairs, runPair } from './harness/writes.ts'

let server: LocalS3
let client: S3Client

beforeAll(async () => {
  server = await startLocalS3()
  client = new S3Client({ ...server, forcePathStyle: true, maxAttempts: 1 })
})
afterAll(() => server.close())

test('two concurrent writes to one key end as one of their two orders', { timeout: 60_000 }, async () => {
  let failures: unknown[] = []
  for (const [index, { names, withObject }] of pairs.entries()) {
    await runPair({ client, Bucket: 'uploads', Key: `pair/${index}` }, names, withObject).catch(
      (error: unknown) => (failures = [...failures, error]),
    )
  }
  expect(failures).toEqual([])
})

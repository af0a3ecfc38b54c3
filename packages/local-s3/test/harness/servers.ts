import { S3Client } from '@aws-sdk/client-s3'
import { afterAll, afterEach } from 'vitest'
import { startLocalS3, type LocalS3, type LocalS3Options } from '../../src/index.ts'
import { openTestBucket } from './test-bucket.ts'

const running = new Set<LocalS3>()

afterEach(async () => {
  for (const server of running) await server.close()
  running.clear()
})

/** Starts a server, which is closed after the test, with a client. */
export async function start(options: LocalS3Options = {}) {
  const server = await startLocalS3(options)
  running.add(server)
  const { endpoint, region, credentials } = server
  return {
    server,
    client: new S3Client({ endpoint, region, credentials, forcePathStyle: true, maxAttempts: 1 }),
  }
}

/** Starts a server for all tests of a file, with a bucket. */
export async function startTestBucket() {
  const server = await startLocalS3()
  afterAll(() => server.close())
  return openTestBucket(server)
}

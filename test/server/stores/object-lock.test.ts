import { startLocalS3 } from 'local-s3'
import type { LocalS3 } from 'local-s3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { s3Storage } from '../../../src/server/index.ts'
import type { S3BucketOptions } from '../../../src/server/index.ts'
import { MiB, backend, bytes, photos, randomImage, send, sendParts } from '../../harness/s3-fixture.ts'

// A bucket with Object Lock and a default retention refuses each upload without a checksum.

let s3: LocalS3
beforeEach(async () => {
  s3 = await startLocalS3({ requireChecksums: true })
})
afterEach(() => s3.close())

function storageOf(options: Partial<S3BucketOptions>) {
  const { endpoint, region, credentials } = s3
  return s3Storage({ endpoint, region, credentials, bucket: 'uploads', partSize: 5 * MiB, ...options })
}

const startServer = (options: Partial<S3BucketOptions>, rules: Parameters<typeof photos>[0] = {}) =>
  backend(storageOf(options), { routes: { photos: photos(rules) } })

describe('a bucket that demands checksums', () => {
  test('refuses PUT and POST without one', async () => {
    for (const strategy of ['put', 'post'] as const) {
      const { ticket } = await startServer({}, { strategy }).presign({})
      const answer = await send(ticket)
      expect(answer.status).toBe(400)
      expect(await answer.text()).toContain('Content-MD5 OR x-amz-checksum-')
    }
  })

  test.each([
    ['a small file', bytes],
    ['a large file', randomImage(6 * MiB)],
  ])('accepts %s with objectLock, in parts with checksums', async (_, body) => {
    const server = startServer({ objectLock: true })
    const { ticket } = await server.presign({ size: body.length })
    expect([ticket.kind, ticket.checksum]).toEqual(['multipart', 'CRC64NVME'])
    await sendParts(server, ticket, body)
    const { result } = await server.confirm(ticket)
    expect([result.size, result.verified]).toEqual([body.length, true])
    expect(server.errors).toEqual([])
  })

  test('accepts an empty file, by a PUT with the checksum of nothing', async () => {
    const server = startServer({ objectLock: true }, { minSize: 0, accept: '*' })
    const { ticket } = await server.presign({ size: 0, name: 'a.txt', type: 'text/plain' })
    expect(ticket.kind).toBe('put')
    expect((await send(ticket, new Uint8Array())).status).toBe(200)
    expect((await server.confirm(ticket)).result.size).toBe(0)
  })

  test('gets no reusable policy, and no probe', async () => {
    const server = startServer({ objectLock: true }, { minSize: 0 })
    expect((await server.call({ type: 'policies' })).body.policies).toEqual([])
    expect(storageOf({ objectLock: true }).probe).toBeUndefined()
  })

  test('does not go with PUT of a file, nor with checksums: false', async () => {
    const server = startServer({ objectLock: true }, { strategy: 'put' })
    expect((await server.presign({})).error.code).toBe('unavailable')
    expect(server.errors).toMatchObject([{ message: expect.stringContaining('"multipart"') }])
    expect(() => storageOf({ objectLock: true, checksums: false })).toThrow(/objectLock needs checksums/)
  })
})

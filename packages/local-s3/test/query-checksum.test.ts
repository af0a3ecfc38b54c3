import { GetObjectCommand, PutObjectCommand, S3Client, type PutObjectCommandInput } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { afterEach, expect, test } from 'vitest'
import { startLocalS3, type LocalS3, type LocalS3Options } from '../src/index.ts'

const Bucket = 'uploads'
const emptyChecksums = {
  CRC32: 'AAAAAA==',
  CRC32C: 'AAAAAA==',
  CRC64NVME: 'AAAAAAAAAAA=',
  SHA1: '2jmj7l5rSw0yVb/vlWAYkK/YBwk=',
  SHA256: '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=',
} as const
type Name = keyof typeof emptyChecksums
const names = Object.keys(emptyChecksums) as Name[] // the keys of our own object literal

let server: LocalS3
afterEach(() => server.close())

async function start(options: LocalS3Options = {}) {
  const warnings: string[] = []
  server = await startLocalS3({ onWarning: (message) => warnings.push(message), ...options })
  const { endpoint, region, credentials } = server
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true, maxAttempts: 1 })
  return {
    client,
    warnings,
    async put(Key: string, body: string, input: Partial<PutObjectCommandInput> = {}) {
      const url = await getSignedUrl(client, new PutObjectCommand({ Bucket, Key, ...input }))
      return (await fetch(url, { method: 'PUT', body })).status
    },
  }
}

const exists = (client: S3Client, Key: string) =>
  client.send(new GetObjectCommand({ Bucket, Key })).then(
    () => true,
    () => false,
  )

test("accepts a URL with the SDK's default checksum of an empty body and warns once", async () => {
  const { put, warnings, client } = await start()
  expect([await put('a', 'hello'), await put('b', 'hello')]).toEqual([200, 200])
  expect(warnings).toEqual([expect.stringContaining('x-amz-checksum-crc32 of an empty body')])
  expect(warnings[0]).toContain("requestChecksumCalculation: 'WHEN_REQUIRED'")
  expect(await exists(client, 'a')).toBe(true)
})

test.each(names)(
  'warns about %s of an empty body by name, and rejects it with strictQueryChecksums',
  async (name) => {
    const input = { ChecksumAlgorithm: name, [`Checksum${name}`]: emptyChecksums[name] }
    const lenient = await start()
    expect(await lenient.put('a', 'hello', input)).toBe(200)
    expect(lenient.warnings).toEqual([expect.stringContaining(`x-amz-checksum-${name.toLowerCase()} of`)])
    await server.close()
    const strict = await start({ strictQueryChecksums: true })
    expect(await strict.put('a', 'hello', input)).toBe(400)
    expect(await exists(strict.client, 'a')).toBe(false)
    expect(await strict.put('a', '', input)).toBe(200)
    expect(strict.warnings).toEqual([])
  },
)

test('an empty body causes no checksum warning', async () => {
  const { put, warnings } = await start()
  expect(await put('a', '')).toBe(200)
  expect(warnings).toEqual([])
})

test('strictQueryChecksums rejects a URL checksum that differs from the body and accepts one that matches', async () => {
  const { put, client } = await start({ strictQueryChecksums: true })
  const input = { ChecksumAlgorithm: 'CRC32', ChecksumCRC32: 'y/Q5Jg==' } as const // CRC of "123456789"
  expect(await put('a', '123456780', input)).toBe(400)
  expect(await exists(client, 'a')).toBe(false)
  expect(await put('a', '123456789', input)).toBe(200)
})

test('strictQueryChecksums accepts a URL without a checksum', async () => {
  await start({ strictQueryChecksums: true })
  const { endpoint, region, credentials } = server
  const client = new S3Client({
    endpoint,
    region,
    credentials,
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
  })
  const url = await getSignedUrl(client, new PutObjectCommand({ Bucket, Key: 'a' }))
  expect((await fetch(url, { method: 'PUT', body: 'hello' })).status).toBe(200)
})

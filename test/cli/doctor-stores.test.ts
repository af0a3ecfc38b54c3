import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { openCors, startLocalS3 } from 'local-s3'
import type { ImitatedStore } from 'local-s3'
import { afterEach, expect, test } from 'vitest'
import { runChecks } from '../../src/cli/doctor/checks.ts'
import type { Finding } from '../../src/cli/doctor/finding.ts'
import { checkStore } from '../../src/cli/doctor/storage-checks.ts'
import { createUploadHandler, s3Storage, toNodeHandler } from '../../src/server/index.ts'
import type { S3BucketOptions } from '../../src/server/index.ts'
import { bytes, photos, secret } from '../harness/s3-fixture.ts'

const endings: (() => unknown)[] = []
afterEach(async () => {
  for (const end of endings.splice(0)) await end()
})

/** Runs doctor on a backend whose store is another than it knows. */
async function examine(like: ImitatedStore | undefined, options: Partial<S3BucketOptions> = {}) {
  const s3 = await startLocalS3({ cors: [openCors], ...(like && { like }) })
  const { endpoint, region, credentials } = s3
  const uploads = createUploadHandler({
    storage: s3Storage({ endpoint, region, credentials, bucket: 'uploads', ...options }),
    secret,
    onError: () => {},
    routes: { photos: photos({ authorize: () => ({ id: 'anna' }) }) },
  })
  const handle = toNodeHandler(uploads)
  const server = createServer((request, response) => void handle(request, response)).listen(0, '127.0.0.1')
  endings.push(() => {
    server.close()
    server.closeAllConnections()
    return s3.close()
  })
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}` // it listens on a port
  const file = { name: 'a.png', type: 'image/png' }
  const findings: Finding[] = []
  for await (const finding of runChecks({ endpoint: url, origin: url, headers: {}, bytes, file }))
    findings.push(finding)
  return {
    failed: findings.filter(({ verdict }) => verdict === 'failed'),
    warned: findings.filter(({ verdict }) => verdict === 'warned').map(({ summary }) => summary),
    checksum: findings.find(({ step }) => step === 'checksum')?.summary,
  }
}

const withoutPost = 'it does not support POST (501), and the backend signed a PUT instead'

test.each([
  ['b2', [withoutPost], /supports none/],
  ['r2', [withoutPost], /kept none/],
  ['ceph16', [], /kept none/],
  [undefined, [], /has the CRC64NVME/],
] as const)(
  'doctor on a store like %s fails in nothing, and reports what it found',
  async (like, warned, checksum) => {
    const found = await examine(like)
    expect(found.failed).toEqual([])
    expect(found.warned).toEqual(warned)
    expect(found.checksum).toMatch(checksum)
  },
)

test('the warning ends once the option is set', async () => {
  expect(await examine('b2', { store: 'b2' })).toMatchObject({ failed: [], warned: [] })
})

test.each([
  ['https://account.r2.cloudflarestorage.com/b?X-Amz-Signature=x', 'Cloudflare R2'],
  ['https://s3.us-east-005.backblazeb2.com/b', 'Backblaze B2'],
  ['https://b.s3.eu-central-1.amazonaws.com', undefined],
])('the store at %s is named without its query', (url, title) => {
  const [finding] = checkStore({ kind: 'put', key: 'k', token: 't', url })
  expect(finding?.summary.split(',')[0]).toBe(title)
})

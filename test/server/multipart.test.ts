import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { MiB, backend, checksumsOf, openS3Fixture, photos, randomImage } from '../harness/s3-fixture.ts'
import type { AnyPart, AnyTicket, S3Fixture } from '../harness/s3-fixture.ts'

let s3: S3Fixture
beforeAll(async () => {
  s3 = await openS3Fixture()
})
afterEach(() => s3.empty())
afterAll(() => s3.close())

const file = randomImage(10 * MiB + 7)
const checksums = checksumsOf(file)
const routes = { photos: photos({ strategy: 'multipart' }) }

async function start() {
  const server = backend(s3.storage(), { routes })
  const { ticket } = await server.presign({ size: file.length })
  const ask = (type: string, more: object = {}) => server.call({ type, token: ticket.token, ...more })
  const sendParts = async (...partNumbers: number[]) => {
    const { body } = await ask('sign-parts', { partNumbers, checksums })
    return Promise.all(body.parts.map((part) => sendPart(part, ticket)))
  }
  return { server, ticket, ask, sendParts }
}

function sendPart(
  part: AnyPart,
  ticket: AnyTicket,
  body = slice(part.partNumber, ticket.partSize),
): Promise<Response> {
  return fetch(part.url, { method: 'PUT', body, ...(part.headers && { headers: part.headers }) })
}

function slice(partNumber: number, partSize: number) {
  return file.slice((partNumber - 1) * partSize, partNumber * partSize)
}

test('a multipart upload signs, sends, completes and promotes its parts', async () => {
  const { server, ticket, ask, sendParts } = await start()
  expect(ticket).toMatchObject({ kind: 'multipart', partSize: 5 * MiB })
  expect(ticket.expiresAt).toBeGreaterThan(Date.now() + 23 * 3_600_000)

  expect((await sendParts(3, 1, 2)).map(({ status }) => status)).toEqual([200, 200, 200])
  expect(await ask('complete')).toEqual({ status: 200, body: {} })
  const { result } = await server.confirm(ticket)
  expect(result.verified).toBe(!process.env.S3_ENDPOINT)

  const stored = await s3.read(result.key)
  expect(Buffer.compare(stored.bytes, file)).toBe(0)
  expect(stored.type).toBe('image/png')
  expect(await s3.keys()).toEqual([result.key])
  expect(await s3.openUploads()).toEqual([])
})

test('complete names the missing part, and succeeds once it is stored', async () => {
  const { ask, sendParts } = await start()
  await sendParts(1, 3)
  const refused = await ask('complete')
  expect(refused.status).toBe(409)
  expect(refused.body.error).toMatchObject({
    code: 'not-stored',
    message: expect.stringContaining('1 of 3 parts are not stored: 2.'),
  })

  const listed = await ask('list-parts')
  expect(listed.body.parts).toMatchObject([
    { partNumber: 1, size: 5 * MiB },
    { partNumber: 3, size: 7 },
  ])
  await sendParts(2)
  expect((await ask('complete')).status).toBe(200)
})

test('a part is signed for its own bytes, and only with their checksum', async () => {
  const { ticket, ask } = await start()
  expect(ticket.checksum).toBe('CRC64NVME')
  for (const wrong of [
    undefined,
    {},
    { 1: '' },
    { 1: 'AAAA' },
    { 1: 8 },
    { 1: 'AAAAAAAAAAA=\r\nx-evil: 1' },
  ]) {
    const { status, body } = await ask('sign-parts', { partNumbers: [1], checksums: wrong })
    expect(status).toBe(400)
    expect(body.error.message).toContain('checksums')
  }
  const { body } = await ask('sign-parts', { partNumbers: [1], checksums })
  const [part] = body.parts
  if (!part) throw new Error('not signed')
  expect(part.headers).toEqual({
    'x-amz-checksum-crc64nvme': checksums[1],
    'x-amz-sdk-checksum-algorithm': 'CRC64NVME',
  })
  // Real S3 and local-s3 verify; Ceph 16 does not support checksums.
  if (process.env.S3_ENDPOINT) return
  const others = randomImage(5 * MiB)
  expect((await sendPart(part, ticket, others)).status).toBe(400)
  const { headers: _, ...bare } = part
  expect((await sendPart(bare, ticket)).status).toBe(403)
  expect((await sendPart(part, ticket)).status).toBe(200)
})

test('a storage without checksums requires none', async () => {
  const storage = s3.storage({ checksums: false })
  const server = backend(storage, { routes })
  const { ticket } = await server.presign({ size: file.length })
  expect(ticket.checksum).toBeUndefined()
  const { body } = await server.call({ type: 'sign-parts', token: ticket.token, partNumbers: [1, 2, 3] })
  const answers = await Promise.all(body.parts.map((part) => sendPart(part, ticket)))
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
  await server.call({ type: 'complete', token: ticket.token })
  expect((await server.confirm(ticket)).result.verified).toBe(false)
})

test('part numbers outside the plan are not signed', async () => {
  const { ask } = await start()
  for (const partNumbers of [
    [0],
    [4],
    [1.5],
    ['1'],
    [-1],
    'all',
    [1, 10_001],
    Array.from({ length: 1001 }, () => 1),
  ]) {
    const { status, body } = await ask('sign-parts', { partNumbers, checksums })
    expect(status).toBe(400)
    expect(body.error.code).toBe('rejected')
  }
})

test('complete succeeds again after a lost response and after the confirm', async () => {
  const { server, ticket, ask, sendParts } = await start()
  await sendParts(1, 2, 3)
  expect((await ask('complete')).status).toBe(200)
  expect((await ask('complete')).status).toBe(200)
  await server.confirm(ticket)
  expect((await ask('complete')).status).toBe(200)
  expect(await server.confirm(ticket)).toMatchObject({ result: { size: file.length } })
})

test('two concurrent completes create one intact object', async () => {
  const { server, ticket, ask, sendParts } = await start()
  await sendParts(1, 2, 3)
  const both = await Promise.all([ask('complete'), ask('complete')])
  // One call may arrive while the other is being written; a repeated call succeeds.
  expect(both.some(({ status }) => status === 200)).toBe(true)
  expect((await ask('complete')).status).toBe(200)
  expect((await server.confirm(ticket)).result.size).toBe(file.length)
})

test('a renewed ticket keeps the multipart upload and its parts', async () => {
  const { ticket, ask, sendParts } = await start()
  await sendParts(1)
  const { body } = await ask('renew')
  expect(body.ticket).toMatchObject({
    kind: 'multipart',
    key: ticket.key,
    uploadId: ticket.uploadId,
    partSize: 5 * MiB,
  })
  expect(await s3.openUploads()).toEqual([ticket.uploadId])
})

test('discard aborts the multipart upload, is idempotent and removes the parts', async () => {
  const { server, ticket, ask, sendParts } = await start()
  await sendParts(1)
  expect(await server.discard(ticket)).toEqual({ status: 200, body: {} })
  expect(await server.discard(ticket)).toEqual({ status: 200, body: {} })
  expect(await s3.openUploads()).toEqual([])
  expect((await ask('list-parts')).body.error.code).toBe('gone')
  expect((await ask('complete')).body.error.code).toBe('gone')
  expect(await server.confirm(ticket)).toMatchObject({ error: { code: 'not-stored' } })
})

test('discard deletes a completed but unconfirmed object', async () => {
  const { server, ticket, ask, sendParts } = await start()
  await sendParts(1, 2, 3)
  await ask('complete')
  expect(await s3.keys()).toEqual([ticket.key])
  await server.discard(ticket)
  expect(await s3.keys()).toEqual([])
})

test('an upload that is not multipart has no parts', async () => {
  const server = backend(s3.storage())
  const { ticket } = await server.presign({})
  for (const type of ['sign-parts', 'list-parts', 'complete']) {
    const { status, body } = await server.call({ type, token: ticket.token, partNumbers: [1] })
    expect(status).toBe(400)
    expect(body.error.message).toContain('has no parts')
  }
})

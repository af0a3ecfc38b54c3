import { createHash } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { UploadError } from '../../src/server/index.ts'
import type { StoredUpload } from '../../src/server/index.ts'
import { loadImageMeasure } from '../../src/server/inspection/image/image-rules.ts'
import { loadSniffer } from '../../src/server/inspection/sniff.ts'
import {
  backend,
  bytes,
  openS3Fixture,
  photos,
  randomBytes,
  randomImage,
  send,
} from '../harness/s3-fixture.ts'
import type { S3Fixture } from '../harness/s3-fixture.ts'

let s3: S3Fixture
beforeAll(async () => {
  s3 = await openS3Fixture()
})
afterEach(() => s3.empty())
afterAll(() => s3.close())

type Rules = Parameters<typeof photos>[0]
const withRules = (rules: Rules) => backend(s3.storage(), { routes: { photos: photos(rules) } })

/** Presigns, sends and confirms, with the given receipt fields beside the token. */
async function upload(
  rules: Rules,
  body: Uint8Array<ArrayBuffer>,
  file: { name?: string; type?: string } = {},
  said: object = {},
) {
  const backendOfRoute = withRules(rules)
  const { ticket, error } = await backendOfRoute.presign({ size: body.length, ...file })
  if (error) return { error, result: undefined, server: backendOfRoute }
  expect((await send(ticket, body)).ok).toBe(true)
  const receipts = [{ id: 'f1', token: ticket.token, ...said }]
  const { body: answer } = await backendOfRoute.call({ type: 'confirm', receipts })
  return { ...answer.results[0], server: backendOfRoute }
}

const text = (written: string) => new TextEncoder().encode(written)
const svg = text('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')
const html = text('<!DOCTYPE html><script>alert(document.domain)</script>')

describe('the detected type of the bytes', () => {
  test('the detected type is stored and served when the browser knew none', async () => {
    const { result } = await upload({ accept: '*' }, bytes, { type: 'application/octet-stream' })
    expect(result?.type).toBe('image/png')
    expect(await s3.read(result?.key ?? '')).toMatchObject({ type: 'image/png' })
  })

  test.each([
    ['another type than announced and accepted', 'image/jpeg', 'image/jpeg', bytes],
    ['a page announced as an image', 'image/*', 'image/png', html],
    ['noise announced as an image', 'image/*', 'image/png', randomBytes(200)],
    ['an SVG with a script', 'image/*', 'image/svg+xml', svg],
    ['an SVG announced as a JPEG', 'image/*', 'image/jpeg', svg],
    ['a page where everything is accepted', '*', 'text/html', html],
    ['a page without a type where everything is accepted', '*', 'application/octet-stream', html],
    ['a script where everything is accepted', '*', 'text/javascript', text('alert(1)')],
    ['XML where everything is accepted', '*', 'application/xml', text('<?xml version="1.0"?><a/>')],
  ])('deletes and rejects %s', async (_, accept, type, body) => {
    const { error, server } = await upload({ accept }, body, { type })
    expect(error?.code).toBe('wrong-type')
    expect(await s3.keys()).toEqual([])
    expect(server.errors).toEqual([])
  })

  test('a file that could run as a page is accepted only where the route names its exact type, as a download', async () => {
    for (const [accept, type, name, body] of [
      [['image/*', 'image/svg+xml'], 'image/svg+xml', 'a.svg', svg],
      ['.svg', 'image/svg+xml', 'a.svg', svg],
      ['text/html', 'text/html', 'a.html', html],
    ] as const) {
      const { result } = await upload({ accept }, body, { type, name })
      expect(result?.type).toBe(type)
      const { disposition } = await s3.read(result?.key ?? '')
      expect(disposition).toMatch(/^attachment/)
    }
  })

  test('an image that is also a page is served as the image', async () => {
    const polyglot = text('GIF89a/*<svg onload=alert(1)>*/=1;//<script>alert(1)</script>')
    const { result } = await upload({}, polyglot, { type: 'image/gif', name: 'a.html' })
    const stored = await fetch(result?.url ?? '')
    expect(stored.headers.get('content-type')).toBe('image/gif')
    expect(result?.type).toBe('image/gif')
  })

  test('type detection is skipped where the route disables it, and for an empty file', async () => {
    expect((await upload({ detectType: false }, randomBytes(10))).result?.type).toBe('image/png')
    expect((await upload({ minSize: 0 }, new Uint8Array())).result?.type).toBe('image/png')
  })

  test('without file-type, confirm fails and the error names the fix and the alternative', async () => {
    const missing = () => Promise.reject(new Error("Cannot find package 'file-type'"))
    await expect(loadSniffer(missing)).rejects.toThrow(/npm install file-type.*detectType: false/)
    await expect(loadImageMeasure(missing)).rejects.toThrow(/npm install image-size/)
  })
})

describe('the checksum of a receipt', () => {
  const checksums = (value: Uint8Array) => ({
    algorithm: 'SHA256',
    value: createHash('sha256').update(value).digest('base64'),
  })
  /** Sends a checksum with the bytes as a browser does, so that storage keeps it. */
  async function sendProven(said: object, rules: Rules = {}) {
    const confirmed: unknown[] = []
    const proven = withRules({ onConfirm: ({ verified }) => void confirmed.push(verified), ...rules })
    const { ticket } = await proven.presign({})
    await s3.client.send(
      new PutObjectCommand({
        Bucket: s3.bucket,
        Key: ticket.key,
        Body: bytes,
        ContentType: 'image/png',
        ChecksumAlgorithm: 'SHA256',
      }),
    )
    const confirm = async () => {
      const receipts = [{ id: 'f1', token: ticket.token, ...said }]
      const { body } = await proven.call({ type: 'confirm', receipts })
      return body.results?.[0] ?? body
    }
    return { confirm, confirmed }
  }

  test('a receipt checksum that matches storage verifies the bytes, also on a repeated confirm', async () => {
    if (process.env.S3_ENDPOINT !== undefined) return // Ceph 16 keeps none
    const { confirm, confirmed } = await sendProven({ checksum: checksums(bytes) })
    await confirm()
    await confirm()
    expect(confirmed).toEqual([true, true])
  })

  test('a receipt checksum that differs from storage is a mismatch, and the object is deleted', async () => {
    if (process.env.S3_ENDPOINT !== undefined) return // as above
    const { confirm } = await sendProven({ checksum: checksums(randomBytes(5)) })
    expect((await confirm()).error.code).toBe('mismatch')
    expect(await s3.keys()).toEqual([])
  })

  test('a receipt checksum that storage cannot compare verifies nothing', async () => {
    const { confirm, confirmed } = await sendProven({ checksum: { algorithm: 'CRC32C', value: 'AAAAAA==' } })
    await confirm()
    expect(confirmed).toEqual([false])
    expect((await upload({}, bytes)).result?.verified).toBe(false)
  })

  test('a receipt checksum with an unknown algorithm is a bad request', async () => {
    const { confirm } = await sendProven({ checksum: { algorithm: 'MD5', value: 'x' } })
    expect((await confirm()).error).toMatchObject({
      code: 'rejected',
      message: expect.stringContaining('receipts[0].checksum.algorithm'),
    })
  })
})

test('confirm rejects an object that was replaced after the browser sent it', async () => {
  const replaced = withRules({ strategy: 'put' })
  const { ticket } = await replaced.presign({})
  const etag = (await send(ticket)).headers.get('etag')
  await send(ticket, randomImage(bytes.length))
  const receipts = [{ id: 'f1', token: ticket.token, etag }]
  const { body } = await replaced.call({ type: 'confirm', receipts })
  expect(body.results[0]?.error.code).toBe('mismatch')
  expect(await s3.keys()).toEqual([])
})

test.each(['"x"', 'W/"x"', 'W/'])('accepts an ETag as a proxy may rewrite it: %s', async (written) => {
  const server = withRules({ strategy: 'put' })
  const { ticket } = await server.presign({})
  const etag = (await send(ticket)).headers.get('etag')?.replaceAll('"', '') ?? ''
  const receipts = [{ id: 'f1', token: ticket.token, etag: written.replace('x', etag) }]
  const { body } = await server.call({ type: 'confirm', receipts })
  expect(body.results[0]?.error).toBeUndefined()
})

describe('the dimensions of an image', () => {
  test('the result contains image dimensions where the route requires them, also on a repeated confirm', async () => {
    const measured = withRules({ image: true })
    const { ticket } = await measured.presign({})
    await send(ticket)
    expect((await measured.confirm(ticket)).result).toMatchObject({ width: 1, height: 1 })
    expect((await measured.confirm(ticket)).result).toMatchObject({ width: 1, height: 1 })
  })

  test.each([
    [{ minWidth: 100 }, { minWidth: 100 }],
    [
      { minWidth: 100, minHeight: 50, maxWidth: 500 },
      { minWidth: 100, minHeight: 50 },
    ],
    [{ maxHeight: 0 }, { maxHeight: 0 }],
    [{ maxHeight: 0, maxWidth: Infinity }, { maxHeight: 0 }],
    [{ maxPixels: 0 }, { maxPixels: 0 }],
  ])('image dimensions that break %j are rejected with the numbers and no text', async (image, limits) => {
    const { error } = await upload({ image }, bytes)
    expect(error).toEqual({
      code: 'wrong-dimensions',
      message: expect.any(String),
      details: { width: 1, height: 1, ...limits },
    })
    expect(await s3.keys()).toEqual([])
  })

  test('image dimensions include every frame: 35 bytes of GIF may need 4 GB', async () => {
    const head = [...text('GIF89a'), 1, 0, 1, 0, 0, 0, 0]
    const frame = [0x2c, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 2, 1, 0, 0, 0x3b]
    const bomb = Uint8Array.from([...head, ...frame])
    const file = { type: 'image/gif', name: 'a.gif' }
    expect((await upload({ image: { maxPixels: 1e6 } }, bomb, file)).error).toMatchObject({
      code: 'wrong-dimensions',
      details: { width: 65_535, height: 65_535, maxPixels: 1e6 },
    })
    expect(await s3.keys()).toEqual([])
    expect((await upload({ image: { minWidth: 1 } }, bomb, file)).result).toMatchObject({
      width: 1,
      height: 1,
    })
  })

  test('image dimensions include frames after the first 64 KiB', async () => {
    const [head, frame] = [bytes.slice(0, 33), bytes.slice(33)]
    const animation = [0, 0, 0, 8, ...text('acTL'), 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0]
    const padding = [0, 3, 0, 0, ...text('tEXt'), ...new Uint8Array(196_608 + 4)]
    const large = [0, 0, 0, 26, ...text('fcTL'), 0, 0, 0, 0, 0, 0, 99, 0, 0, 0, 99, 0, ...new Uint8Array(18)]
    const body = Uint8Array.from([...head, ...animation, ...padding, ...large, ...frame])
    const { error } = await upload({ image: { maxWidth: 1000 } }, body)
    expect(error).toMatchObject({ code: 'wrong-dimensions', details: { width: 25_344, height: 25_344 } })
  })

  test('a partly supported image format is measured, and rejected where the route has a maximum', async () => {
    const drawing = text('<svg xmlns="http://www.w3.org/2000/svg" width="3" height="4"/>')
    const file = { type: 'image/svg+xml', name: 'a.svg' }
    const accept = 'image/svg+xml'
    expect((await upload({ accept, image: true }, drawing, file)).result).toMatchObject({
      width: 3,
      height: 4,
    })
    const { error } = await upload({ accept, image: { maxPixels: 100 } }, drawing, file)
    expect(error).toMatchObject({ code: 'rejected', message: expect.stringContaining('decoder') })
  })

  test('an image with unreadable dimensions is rejected', async () => {
    const cut = text('GIF89a')
    expect((await upload({ image: true }, cut, { type: 'image/gif' })).error?.code).toBe('rejected')
    expect(await s3.keys()).toEqual([])
  })
})

describe('verify', () => {
  test('verify reads the stored bytes before the promotion', async () => {
    const seen: (Pick<StoredUpload, 'key'> & { start: Uint8Array; keys: string[] })[] = []
    const { result } = await upload(
      {
        verify: async (object) =>
          void seen.push({ ...object, start: await object.read(0, 8), keys: await s3.keys() }),
      },
      bytes,
    )
    expect(seen).toMatchObject([
      { name: 'cat.png', size: bytes.length, type: 'image/png', start: bytes.slice(0, 8) },
    ])
    expect(seen[0]?.keys).toEqual([seen[0]?.key])
    expect(await s3.keys()).toEqual([result?.key])
  })

  test.each([
    ['false', () => false],
    ['a returned error', () => new UploadError('rejected', { phase: 'finishing', text: 'A virus!' })],
    [
      'a thrown error',
      () => {
        throw new UploadError('rejected', { phase: 'finishing', text: 'A virus!' })
      },
    ],
  ])('a verify that refuses by %s deletes the object and rejects the upload', async (_, verify) => {
    const { error } = await upload({ verify }, bytes)
    expect(error?.code).toBe('rejected')
    expect(await s3.keys()).toEqual([])
  })

  test('a verify that crashes keeps the bytes, and a second confirm succeeds', async () => {
    let calls = 0
    const flaky = withRules({
      verify() {
        if (++calls === 1) throw new Error('scanner is down')
      },
    })
    const { ticket } = await flaky.presign({})
    await send(ticket)
    expect((await flaky.confirm(ticket)).error.code).toBe('unavailable')
    expect((await flaky.confirm(ticket)).result.size).toBe(bytes.length)
    expect(flaky.errors).toHaveLength(1)
  })
})

describe('a route that promotes to another storage', () => {
  test('promotion to another bucket empties the private bucket and returns a public URL', async () => {
    const bucket = `putaway-public-${crypto.randomUUID()}`
    await s3.client.send(new CreateBucketCommand({ Bucket: bucket }))
    const publicBucket = s3.otherBucket(bucket)
    const promoted = withRules({ promoteTo: { bucket, prefix: 'images/', publicUrl: 'https://cdn.test' } })
    const { ticket } = await promoted.presign({})
    await send(ticket)
    const [{ result }, again] = [await promoted.confirm(ticket), await promoted.confirm(ticket)]
    expect(result.url).toBe(`https://cdn.test/${result.key}`)
    expect(result.key).toMatch(/^images\//)
    expect(again.result).toEqual({ ...result, token: expect.any(String) })
    expect(await publicBucket.keys()).toEqual([result.key])
    expect((await publicBucket.read(result.key)).bytes).toEqual(bytes)
    expect(await s3.keys()).toEqual([])
    await promoted.discard(ticket)
    expect(await publicBucket.keys()).toEqual([result.key])
    await publicBucket.close()
  })

  test('promotion within a bucket requires a prefix that tickets cannot reach', async () => {
    const { result } = await upload({ promoteTo: { prefix: 'public/' } }, bytes)
    expect(await s3.keys()).toEqual([result?.key])
    expect(result?.key).toMatch(/^public\//)
    expect(() => withRules({ promoteTo: { prefix: 'uploads/public/' } })).toThrow(/contain the other/)
    expect(() => withRules({ promoteTo: { prefix: 'public/' }, promote: false })).toThrow(/Remove one/)
    expect(() => withRules({ accept: '.svg', promote: false })).toThrow(/remove one/)
  })
})

import { createHash } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { UploadError } from '../../src/server/index.ts'
import type { StoredUpload } from '../../src/server/index.ts'
import { loadMeasure } from '../../src/server/image.ts'
import { loadSniffer } from '../../src/server/sniff.ts'
import { backend, bytes, openBed, photos, randomBytes, randomImage, send } from './bed.ts'
import type { Bed } from './bed.ts'

let bed: Bed
beforeAll(async () => {
  bed = await openBed()
})
afterEach(() => bed.empty())
afterAll(() => bed.close())

type Rules = Parameters<typeof photos>[0]
const withRules = (rules: Rules) => backend(bed.storage(), { routes: { photos: photos(rules) } })

/** Presigns, sends and confirms, with what the receipt says beside its token. */
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

describe('what the bytes are', () => {
  test('is the type that is stored and served, when the browser knew none', async () => {
    const { result } = await upload({ accept: '*' }, bytes, { type: 'application/octet-stream' })
    expect(result?.type).toBe('image/png')
    expect(await bed.read(result?.key ?? '')).toMatchObject({ type: 'image/png' })
  })

  test.each([
    ['another type than was announced and accepted', 'image/jpeg', 'image/jpeg', bytes],
    ['a page that is called a picture', 'image/*', 'image/png', html],
    ['noise that is called a picture', 'image/*', 'image/png', randomBytes(200)],
    ['a drawing with a script', 'image/*', 'image/svg+xml', svg],
    ['a drawing that is called a photo', 'image/*', 'image/jpeg', svg],
    ['a page where everything is accepted', '*', 'text/html', html],
    ['a page of no type where everything is accepted', '*', 'application/octet-stream', html],
    ['a script where everything is accepted', '*', 'text/javascript', text('alert(1)')],
    ['XML where everything is accepted', '*', 'application/xml', text('<?xml version="1.0"?><a/>')],
  ])('%s: it is deleted and refused', async (_, accept, type, body) => {
    const { error, server } = await upload({ accept }, body, { type })
    expect(error?.code).toBe('wrong-type')
    expect(await bed.keys()).toEqual([])
    expect(server.errors).toEqual([])
  })

  test('may run as a page only where the route names its very type, and is then a download', async () => {
    for (const [accept, type, name, body] of [
      [['image/*', 'image/svg+xml'], 'image/svg+xml', 'a.svg', svg],
      ['.svg', 'image/svg+xml', 'a.svg', svg],
      ['text/html', 'text/html', 'a.html', html],
    ] as const) {
      const { result } = await upload({ accept }, body, { type, name })
      expect(result?.type).toBe(type)
      const { disposition } = await bed.read(result?.key ?? '')
      expect(disposition).toMatch(/^attachment/)
    }
  })

  test('a picture that is also a page is served as the picture', async () => {
    const polyglot = text('GIF89a/*<svg onload=alert(1)>*/=1;//<script>alert(1)</script>')
    const { result } = await upload({}, polyglot, { type: 'image/gif', name: 'a.html' })
    const stored = await fetch(result?.url ?? '')
    expect(stored.headers.get('content-type')).toBe('image/gif')
    expect(result?.type).toBe('image/gif')
  })

  test('is not looked at where the route trusts the browser, nor in an empty file', async () => {
    expect((await upload({ sniff: false }, randomBytes(10))).result?.type).toBe('image/png')
    expect((await upload({ minSize: 0 }, new Uint8Array())).result?.type).toBe('image/png')
  })

  test('needs file-type, and says how to get it or do without', async () => {
    const missing = () => Promise.reject(new Error("Cannot find package 'file-type'"))
    await expect(loadSniffer(missing)).rejects.toThrow(/npm install file-type.*detectType: false/)
    await expect(loadMeasure(missing)).rejects.toThrow(/npm install image-size/)
  })
})

describe('the checksum of a receipt', () => {
  const checksums = (value: Uint8Array) => ({
    algorithm: 'SHA256',
    value: createHash('sha256').update(value).digest('base64'),
  })
  /** As a browser that sends a checksum beside the bytes: storage keeps it. */
  async function sendProven(said: object, rules: Rules = {}) {
    const confirmed: unknown[] = []
    const proven = withRules({ onConfirm: ({ verified }) => void confirmed.push(verified), ...rules })
    const { ticket } = await proven.presign({})
    await bed.client.send(
      new PutObjectCommand({
        Bucket: bed.bucket,
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

  test('that storage has too proves the bytes, also when it is confirmed again', async () => {
    if (process.env.S3_ENDPOINT !== undefined) return // Ceph 16 keeps none
    const { confirm, confirmed } = await sendProven({ checksum: checksums(bytes) })
    await confirm()
    await confirm()
    expect(confirmed).toEqual([true, true])
  })

  test('that is another than storage has is a mismatch, and the object goes', async () => {
    if (process.env.S3_ENDPOINT !== undefined) return // as above
    const { confirm } = await sendProven({ checksum: checksums(randomBytes(5)) })
    expect((await confirm()).error.code).toBe('mismatch')
    expect(await bed.keys()).toEqual([])
  })

  test('that storage cannot compare proves nothing', async () => {
    const { confirm, confirmed } = await sendProven({ checksum: { algorithm: 'CRC32C', value: 'AAAAAA==' } })
    await confirm()
    expect(confirmed).toEqual([false])
    expect((await upload({}, bytes)).result?.verified).toBe(false)
  })

  test('of an algorithm that is none is a bad request', async () => {
    const { confirm } = await sendProven({ checksum: { algorithm: 'MD5', value: 'x' } })
    expect((await confirm()).error).toMatchObject({
      code: 'rejected',
      message: expect.stringContaining('receipts[0].checksum.algorithm'),
    })
  })
})

test('an object that was replaced since the browser sent it is not the one it confirms', async () => {
  const replaced = withRules({ strategy: 'put' })
  const { ticket } = await replaced.presign({})
  const etag = (await send(ticket)).headers.get('etag')
  await send(ticket, randomImage(bytes.length))
  const receipts = [{ id: 'f1', token: ticket.token, etag }]
  const { body } = await replaced.call({ type: 'confirm', receipts })
  expect(body.results[0]?.error.code).toBe('mismatch')
  expect(await bed.keys()).toEqual([])
})

test.each(['"x"', 'W/"x"', 'W/'])(
  'an ETag as a proxy may write it, %s, is no reason to refuse',
  async (written) => {
    const server = withRules({ strategy: 'put' })
    const { ticket } = await server.presign({})
    const etag = (await send(ticket)).headers.get('etag')?.replaceAll('"', '') ?? ''
    const receipts = [{ id: 'f1', token: ticket.token, etag: written.replace('x', etag) }]
    const { body } = await server.call({ type: 'confirm', receipts })
    expect(body.results[0]?.error).toBeUndefined()
  },
)

describe('the dimensions of an image', () => {
  test('are in the result where the route asks for them, also the second time', async () => {
    const measured = withRules({ image: true })
    const { ticket } = await measured.presign({})
    await send(ticket)
    expect((await measured.confirm(ticket)).result).toMatchObject({ width: 1, height: 1 })
    expect((await measured.confirm(ticket)).result).toMatchObject({ width: 1, height: 1 })
  })

  test.each([
    [{ minWidth: 100 }, 'at least 100 × 1'],
    [{ maxHeight: 0 }, 'at most any × 0'],
    [{ maxPixels: 0 }, 'at most 0 in all'],
  ])('that do not fit %j are refused in words for people', async (image, words) => {
    const { error } = await upload({ image }, bytes)
    expect(error).toMatchObject({ code: 'rejected', text: expect.stringContaining(words) })
    expect(await bed.keys()).toEqual([])
  })

  test('are those of every frame: 35 bytes of GIF may need 4 GB', async () => {
    const head = [...text('GIF89a'), 1, 0, 1, 0, 0, 0, 0]
    const frame = [0x2c, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 2, 1, 0, 0, 0x3b]
    const bomb = Uint8Array.from([...head, ...frame])
    const file = { type: 'image/gif', name: 'a.gif' }
    expect((await upload({ image: { maxPixels: 1e6 } }, bomb, file)).error).toMatchObject({
      code: 'rejected',
      text: 'The image is 65535 × 65535 pixels; it may have at most 1000000 in all.',
    })
    expect(await bed.keys()).toEqual([])
    expect((await upload({ image: { minWidth: 1 } }, bomb, file)).result).toMatchObject({
      width: 1,
      height: 1,
    })
  })

  test('are those of frames behind the first 64 KiB too', async () => {
    const [head, frame] = [bytes.slice(0, 33), bytes.slice(33)]
    const animation = [0, 0, 0, 8, ...text('acTL'), 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0]
    const padding = [0, 3, 0, 0, ...text('tEXt'), ...new Uint8Array(196_608 + 4)]
    const large = [0, 0, 0, 26, ...text('fcTL'), 0, 0, 0, 0, 0, 0, 99, 0, 0, 0, 99, 0, ...new Uint8Array(18)]
    const body = Uint8Array.from([...head, ...animation, ...padding, ...large, ...frame])
    const { error } = await upload({ image: { maxWidth: 1000 } }, body)
    expect(error).toMatchObject({ code: 'rejected', text: expect.stringContaining('25344 × 25344') })
  })

  test('of a format that is not known in full are measured, and refused where there is a maximum', async () => {
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

  test('that nobody can read are a reason to refuse', async () => {
    const cut = text('GIF89a')
    expect((await upload({ image: true }, cut, { type: 'image/gif' })).error?.code).toBe('rejected')
    expect(await bed.keys()).toEqual([])
  })
})

describe("the app's own look", () => {
  test('is at the stored bytes, before they are put away', async () => {
    const seen: (Pick<StoredUpload, 'key'> & { start: Uint8Array; keys: string[] })[] = []
    const { result } = await upload(
      {
        verify: async (object) =>
          void seen.push({ ...object, start: await object.read(0, 8), keys: await bed.keys() }),
      },
      bytes,
    )
    expect(seen).toMatchObject([
      { name: 'cat.png', size: bytes.length, type: 'image/png', start: bytes.slice(0, 8) },
    ])
    expect(seen[0]?.keys).toEqual([seen[0]?.key])
    expect(await bed.keys()).toEqual([result?.key])
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
  ])('deletes and refuses by %s', async (_, verify) => {
    const { error } = await upload({ verify }, bytes)
    expect(error?.code).toBe('rejected')
    expect(await bed.keys()).toEqual([])
  })

  test('that breaks leaves the bytes, and a second confirm succeeds', async () => {
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

describe('a route that promotes to another place', () => {
  test('leaves nothing in the private bucket, and its address is public', async () => {
    const bucket = `putaway-public-${crypto.randomUUID()}`
    await bed.client.send(new CreateBucketCommand({ Bucket: bucket }))
    const open = bed.of(bucket)
    const promoted = withRules({ promoteTo: { bucket, prefix: 'images/', publicUrl: 'https://cdn.test' } })
    const { ticket } = await promoted.presign({})
    await send(ticket)
    const [{ result }, again] = [await promoted.confirm(ticket), await promoted.confirm(ticket)]
    expect(result.url).toBe(`https://cdn.test/${result.key}`)
    expect(result.key).toMatch(/^images\//)
    expect(again.result).toEqual({ ...result, token: expect.any(String) })
    expect(await open.keys()).toEqual([result.key])
    expect((await open.read(result.key)).bytes).toEqual(bytes)
    expect(await bed.keys()).toEqual([])
    await promoted.discard(ticket)
    expect(await open.keys()).toEqual([result.key])
    await open.close()
  })

  test('may stay in its bucket, and then must be out of reach of tickets', async () => {
    const { result } = await upload({ promoteTo: { prefix: 'public/' } }, bytes)
    expect(await bed.keys()).toEqual([result?.key])
    expect(result?.key).toMatch(/^public\//)
    expect(() => withRules({ promoteTo: { prefix: 'uploads/public/' } })).toThrow(/inside the other/)
    expect(() => withRules({ promoteTo: { prefix: 'public/' }, promote: false })).toThrow(/Drop one/)
    expect(() => withRules({ accept: '.svg', promote: false })).toThrow(/drop one/)
  })
})

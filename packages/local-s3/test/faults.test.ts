import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { createPresignedPost } from '@aws-sdk/s3-presigned-post'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startLocalS3, type FaultRule, type LocalS3 } from '../src/index.ts'

const Bucket = 'uploads'
let s3: LocalS3
let client: S3Client

beforeAll(async () => {
  s3 = await startLocalS3({ admin: true })
  client = new S3Client({
    endpoint: s3.endpoint,
    region: s3.region,
    credentials: s3.credentials,
    forcePathStyle: true,
    maxAttempts: 1,
  })
})
beforeEach(() => s3.faults.clear())
afterAll(() => s3.close())

const put = (Key: string, Body: string | Buffer = 'hello') =>
  client.send(new PutObjectCommand({ Bucket, Key, Body }))
const exists = (Key: string) =>
  client.send(new HeadObjectCommand({ Bucket, Key })).then(
    () => true,
    () => false,
  )
const statusOf = (promise: Promise<unknown>): Promise<number> =>
  promise.then(
    () => 200,
    (error: { $metadata?: { httpStatusCode?: number } }) => error.$metadata?.httpStatusCode ?? 0,
  )
const page = { origin: 'http://localhost:5173' }
const urlFor = (Key: string) => getSignedUrl(client, new PutObjectCommand({ Bucket, Key }))

test('the fault SlowDown answers 503 with Retry-After and stores nothing', async () => {
  s3.faults.add({ fault: 'error', retryAfter: 2, method: 'PUT' })
  const response = await fetch(await urlFor('slow'), { method: 'PUT', body: 'x', headers: page })
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '2'])
  expect(await response.text()).toContain('<Code>SlowDown</Code>')
  expect(response.headers.get('access-control-allow-origin')).toBe(page.origin)
  expect(await exists('slow')).toBe(false)
})

test('a fault rule applies to the nth attempt of the part it names', async () => {
  s3.faults.add({ fault: 'error', status: 500, operation: 'UploadPart', part: 2, attempt: 1 })
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'parts' }))
  const send = (PartNumber: number) =>
    statusOf(client.send(new UploadPartCommand({ Bucket, Key: 'parts', UploadId, PartNumber, Body: 'x' })))
  expect([await send(1), await send(2), await send(2), await send(2)]).toEqual([200, 500, 200, 200])
})

test('a fault rule accepts a wildcard key, and times limits its use', async () => {
  s3.faults.add({ fault: 'error', key: 'photos/*.png', times: 1 })
  expect([
    await statusOf(put('photos/a.jpg')),
    await statusOf(put('photos/x/a.png')),
    await statusOf(put('photos/b.png')),
  ]).toEqual([200, 503, 200])
})

test('the same seed produces the same random faults', async () => {
  const run = async (seed: number) => {
    s3.faults.clear()
    s3.faults.add({ fault: 'error', probability: 0.5, seed })
    const statuses: number[] = []
    for (let index = 0; index < 12; index++) statuses.push(await statusOf(put(`lot-${index}`)))
    return statuses.join()
  }
  const first = await run(7)
  expect(first).toContain('503')
  expect(first).toContain('200')
  expect(await run(7)).toBe(first)
  expect(await run(8)).not.toBe(first)
})

test('a form POST matches fault rules by the key in its fields', async () => {
  s3.faults.add({ fault: 'error', key: 'forms/*' })
  const { url, fields } = await createPresignedPost(client, { Bucket, Key: 'forms/a' })
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  form.append('file', new Blob(['x']))
  expect((await fetch(url, { method: 'POST', body: form })).status).toBe(503)
  expect(await exists('forms/a')).toBe(false)
})

test('the fault delay waits, and bandwidth throttles bodies', async () => {
  const timed = async (rule: FaultRule) => {
    s3.faults.clear()
    s3.faults.add(rule)
    const started = performance.now()
    await put('timed', Buffer.alloc(200_000))
    return performance.now() - started
  }
  expect(await timed({ fault: 'delay', ms: 150 })).toBeGreaterThan(145)
  expect(await timed({ fault: 'bandwidth', bytesPerSecond: 1_000_000 })).toBeGreaterThan(190)
})

test('the fault reset stores nothing before or within the body, and everything after it', async () => {
  const attempt = async (rule: FaultRule, key: string) => {
    s3.faults.clear()
    s3.faults.add(rule)
    const failed = await fetch(await urlFor(key), { method: 'PUT', body: Buffer.alloc(2_000_000) }).then(
      ({ status }) => status,
      () => 'broken',
    )
    s3.faults.clear()
    return [failed, await exists(key)]
  }
  expect(await attempt({ fault: 'reset', when: 'before' }, 'r1')).toEqual(['broken', false])
  expect(await attempt({ fault: 'reset', when: 'within' }, 'r2')).toEqual(['broken', false])
  expect(await attempt({ fault: 'reset', when: 'within', afterBytes: 100_000 }, 'r3')).toEqual([
    'broken',
    false,
  ])
  expect(await attempt({ fault: 'reset', when: 'after' }, 'r4')).toEqual(['broken', true])
})

test('a download can reset within its body', async () => {
  await put('download', Buffer.alloc(3_000_000))
  s3.faults.add({ fault: 'reset', when: 'within', method: 'GET' })
  const response = await fetch(await getSignedUrl(client, new GetObjectCommand({ Bucket, Key: 'download' })))
  await expect(response.arrayBuffer()).rejects.toThrow('terminated')
})

test('a stalled request gets no response and stores nothing', async () => {
  const attempt = async (key: string, rule: FaultRule) => {
    s3.faults.clear()
    s3.faults.add(rule)
    const sent = fetch(await urlFor(key), {
      method: 'PUT',
      body: Buffer.alloc(1_000_000),
      signal: AbortSignal.timeout(150),
    })
    await expect(sent).rejects.toThrow('timeout')
    s3.faults.clear()
    expect(await exists(key)).toBe(false)
  }
  await attempt('stall-1', { fault: 'stall' })
  await attempt('stall-2', { fault: 'stall', afterBytes: 70_000 })
})

test('Complete can answer 200 with an Error and complete nothing', async () => {
  const Key = 'late'
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }))
  const { ETag } = await client.send(
    new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: 'x' }),
  )
  const complete = () =>
    client.send(
      new CompleteMultipartUploadCommand({
        Bucket,
        Key,
        UploadId,
        MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] },
      }),
    )
  s3.faults.add({ fault: 'error-in-200', operation: 'CompleteMultipartUpload', attempt: 1 })
  await expect(complete()).rejects.toMatchObject({ name: 'InternalError' })
  expect(await exists(Key)).toBe(false)
  await complete()
  expect(await exists(Key)).toBe(true)
})

test('a fault rule can hide the ETag from a page', async () => {
  s3.faults.add({ fault: 'hidden-etag' })
  const { headers } = await fetch(await urlFor('hidden'), { method: 'PUT', body: 'x', headers: page })
  expect(headers.get('access-control-expose-headers')).not.toMatch(/etag/i)
  expect(headers.get('access-control-expose-headers')).toContain('x-amz-request-id')
})

test('a fault rule can omit CORS headers from an error; a success keeps them', async () => {
  s3.faults.add({ fault: 'no-cors-on-errors' })
  const success = await fetch(await urlFor('cors'), { method: 'PUT', body: 'x', headers: page })
  const failure = await fetch(`${s3.endpoint}/${Bucket}/cors`, { method: 'PUT', body: 'x', headers: page })
  expect(
    [success, failure].map(({ status, headers }) => [status, headers.get('access-control-allow-origin')]),
  ).toEqual([
    [200, page.origin],
    [403, null],
  ])
})

test('the fault expired rejects signed requests, forms and URLs', async () => {
  s3.faults.add({ fault: 'expired' })
  const response = await fetch(await urlFor('expired'), { method: 'PUT', body: 'x' })
  expect(await response.text()).toContain('Request has expired')
  const { url, fields } = await createPresignedPost(client, { Bucket, Key: 'expired' })
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  form.append('file', new Blob(['x']))
  expect(await (await fetch(url, { method: 'POST', body: form })).text()).toContain('Policy expired')
})

test('a preflight matches delay rules, and error rules only by name', async () => {
  const preflight = () =>
    fetch(`${s3.endpoint}/${Bucket}/x`, {
      method: 'OPTIONS',
      headers: { ...page, 'access-control-request-method': 'PUT' },
    })
  s3.faults.add({ fault: 'error' })
  expect((await preflight()).status).toBe(200)
  s3.faults.add({ fault: 'error', operation: 'Preflight' })
  expect((await preflight()).status).toBe(503)
})

test('a fault rule can be removed', async () => {
  const remove = s3.faults.add({ fault: 'error' })
  expect(await statusOf(put('back'))).toBe(503)
  remove()
  expect(await statusOf(put('back'))).toBe(200)
})

test('an invalid fault rule throws an error that names the problem', () => {
  // @ts-expect-error -- JavaScript accepts it
  expect(() => s3.faults.add({ fault: 'explode' })).toThrow('must have one of these as fault')
  // @ts-expect-error -- JavaScript accepts it
  expect(() => s3.faults.add({ fault: 'delay' })).toThrow('must have ms')
  // @ts-expect-error -- JavaScript accepts it
  expect(() => s3.faults.add({ fault: 'delay', ms: 5, whne: 'x' })).toThrow('has no field whne')
})

const admin = (init: RequestInit & { token?: string }) =>
  fetch(s3.admin?.url ?? '', {
    ...init,
    headers: { 'x-local-s3-token': init.token ?? s3.admin?.token ?? '' },
  })

test('the admin endpoint adds, lists and clears rules', async () => {
  const rule = { fault: 'error', method: 'PUT' }
  expect((await admin({ method: 'POST', body: JSON.stringify(rule) })).status).toBe(201)
  expect(await (await admin({})).json()).toEqual([rule])
  expect(await statusOf(put('by-admin'))).toBe(503)
  expect((await admin({ method: 'DELETE' })).status).toBe(204)
  expect(await statusOf(put('by-admin'))).toBe(200)
  const wrong = await admin({ method: 'POST', body: '{"fault":"explode"}' })
  expect([wrong.status, await wrong.text()]).toEqual([
    400,
    expect.stringContaining('must have one of these as fault'),
  ])
})

test('the admin endpoint requires the token of this start', async () => {
  for (const token of ['', 'x', 'x'.repeat(48)])
    expect((await admin({ method: 'DELETE', token })).status).toBe(403)
})

test('the admin endpoint responds only under a loopback host name', async () => {
  const { request } = await import('node:http')
  const { hostname, port, pathname } = new URL(s3.admin?.url ?? '')
  const status = await new Promise((resolve) => {
    const headers = { host: `evil.example:${port}`, 'x-local-s3-token': s3.admin?.token }
    request({ hostname, port, path: pathname, headers }, (response) =>
      resolve(response.resume().statusCode),
    ).end()
  })
  expect(status).toBe(403)
})

test('the admin endpoint exists only when it is enabled', async () => {
  const plain = await startLocalS3()
  expect(plain.admin).toBeUndefined()
  expect((await fetch(`${plain.endpoint}/_local-s3/faults`)).status).toBeGreaterThanOrEqual(400)
  await plain.close()
})

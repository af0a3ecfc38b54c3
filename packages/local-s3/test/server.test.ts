import { request as httpRequest } from 'node:http'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { expect, test, vi } from 'vitest'
import { openCors, startLocalS3, type RequestRecord } from '../src/index.ts'
import { newFolder } from './harness/folders.ts'
import { start } from './harness/servers.ts'

const Bucket = 'uploads'

const filesOf = async (folder: string) =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)

const read = async (client: S3Client, Key: string) =>
  (await client.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString()

test('listens on a free port of 127.0.0.1, with the bucket uploads', async () => {
  const { server, client } = await start()
  expect(server.endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  expect((await client.send(new ListObjectsV2Command({ Bucket }))).KeyCount).toBe(0)
})

test('a port in use is an error', async () => {
  const { server } = await start()
  await expect(startLocalS3({ port: Number(new URL(server.endpoint).port) })).rejects.toThrow('EADDRINUSE')
})

test('close removes a temporary directory and keeps a named one', async () => {
  const directory = await newFolder()
  const [temporary, named] = [await start(), await start({ directory })]
  await temporary.server.close()
  await named.server.close()
  await expect(readdir(temporary.server.directory)).rejects.toThrow('ENOENT')
  expect(await readdir(directory)).toContain('buckets')
})

test('a restart finds objects, buckets, their settings and open uploads', async () => {
  const directory = await newFolder()
  const first = await start({ directory, cors: [{ ...openCors, MaxAgeSeconds: 7 }] })
  await first.client.send(
    new PutObjectCommand({
      Bucket,
      Key: 'a/b',
      Body: 'kept',
      Metadata: { color: 'red' },
      ContentType: 'image/png',
    }),
  )
  const { UploadId } = await first.client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'parts' }))
  const { ETag } = await first.client.send(
    new UploadPartCommand({ Bucket, Key: 'parts', UploadId, PartNumber: 3, Body: 'half' }),
  )
  await first.server.close()

  const second = await start({ directory })
  const { Body, Metadata, ContentType } = await second.client.send(
    new GetObjectCommand({ Bucket, Key: 'a/b' }),
  )
  expect([await Body?.transformToString(), Metadata, ContentType]).toEqual([
    'kept',
    { color: 'red' },
    'image/png',
  ])
  expect(
    (await second.client.send(new ListPartsCommand({ Bucket, Key: 'parts', UploadId }))).Parts,
  ).toHaveLength(1)
  const Parts = [{ PartNumber: 3, ETag }]
  await second.client.send(
    new CompleteMultipartUploadCommand({ Bucket, Key: 'parts', UploadId, MultipartUpload: { Parts } }),
  )
  expect(await read(second.client, 'parts')).toBe('half')
  const preflight = await fetch(`${second.server.endpoint}/${Bucket}/x`, {
    method: 'OPTIONS',
    headers: { origin: 'https://a.example', 'access-control-request-method': 'PUT' },
  })
  expect(preflight.headers.get('access-control-max-age')).toBe('7')
})

test('a directory with other contents is rejected and not changed', async () => {
  const directory = await newFolder()
  await mkdir(join(directory, 'data'))
  await writeFile(join(directory, 'data/mine.txt'), 'precious')
  await expect(startLocalS3({ directory })).rejects.toThrow('contains files that local-s3 did not create')
  expect(await readFile(join(directory, 'data/mine.txt'), 'utf8')).toBe('precious')
})

test('bytes without a record are deleted at start', async () => {
  const directory = await newFolder()
  const first = await start({ directory })
  await first.client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'kept' }))
  await first.server.close()
  await writeFile(join(directory, 'data', 'a'.repeat(32)), 'left by a process that was killed')
  const second = await start({ directory })
  expect(await read(second.client, 'k')).toBe('kept')
  expect(await readdir(join(directory, 'data'))).toHaveLength(1)
})

test('no key becomes a file name on disk', async () => {
  const { server, client } = await start()
  for (const Key of ['../../escape', 'a/../../b', 'con', 'nul\u0001'])
    await client.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }))
  const names = await filesOf(server.directory)
  expect(
    names.every((name) =>
      /^([0-9a-f]{32}|[0-9a-f]{64}\.json|bucket\.json|local-s3\.json|running\.\d+)$/.test(name),
    ),
  ).toBe(true)
})

test('replaced, deleted and rejected bytes are removed from disk', async () => {
  const { server, client } = await start()
  const before = (await filesOf(server.directory)).length
  const put = (Body: string, more: object = {}) =>
    client.send(new PutObjectCommand({ Bucket, Key: 'k', Body, ...more }))
  await put('one')
  await put('two')
  await expect(put('three', { IfNoneMatch: '*' })).rejects.toThrow('pre-conditions')
  await expect(put('four', { ContentMD5: 'XrY7u+Ae7tCTyyK7j1rNww==' })).rejects.toThrow('Content-MD5')
  expect((await filesOf(server.directory)).length).toBe(before + 2)
})

test('the bytes of an aborted upload are removed', async () => {
  const records: RequestRecord[] = []
  const { server, client } = await start({ onRequest: (record) => records.push(record) })
  const before = (await filesOf(server.directory)).length
  const url = new URL(await getSignedUrl(client, new PutObjectCommand({ Bucket, Key: 'cut' })))
  const socket = connect(Number(url.port), url.hostname)
  socket.on('error', () => undefined)
  socket.write(
    `PUT ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\nContent-Length: 1000000\r\n\r\n`,
  )
  socket.write(Buffer.alloc(300_000))
  await vi.waitFor(async () => expect((await filesOf(server.directory)).length).toBe(before + 1))
  socket.resetAndDestroy()
  await vi.waitFor(() =>
    expect(records.at(-1)).toMatchObject({ operation: 'PutObject', key: 'cut', status: 0 }),
  )
  expect((await filesOf(server.directory)).length).toBe(before)
})

test('a reader gets the object it started to read, whatever happens to the key', async () => {
  const { client } = await start()
  await client.send(new PutObjectCommand({ Bucket, Key: 'big', Body: Buffer.alloc(8_000_000, 'a') }))
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: 'big' }))
  await client.send(new PutObjectCommand({ Bucket, Key: 'big', Body: 'replaced' }))
  const bytes = Buffer.from((await Body?.transformToByteArray()) ?? [])
  expect([bytes.length, bytes.includes('r')]).toEqual([8_000_000, false])
})

test('onRequest reports each request and its response, without the signature', async () => {
  const records: RequestRecord[] = []
  const { client } = await start({ onRequest: (record) => records.push(record) })
  const url = await getSignedUrl(client, new PutObjectCommand({ Bucket, Key: 'a b' }))
  await fetch(url, { method: 'PUT', body: 'hello' })
  await fetch(url.replace('a%20b', 'other'), { method: 'PUT', body: 'hello' })
  expect(records).toMatchObject([
    {
      method: 'PUT',
      operation: 'PutObject',
      bucket: Bucket,
      key: 'a b',
      status: 200,
      bytesIn: 5,
      code: undefined,
    },
    {
      method: 'PUT',
      operation: 'PutObject',
      bucket: Bucket,
      key: 'other',
      status: 403,
      code: 'SignatureDoesNotMatch',
    },
  ])
  expect(JSON.stringify(records)).not.toContain('X-Amz')
})

test('the clock determines what has expired', async () => {
  let now = Date.now()
  const { client } = await start({ clock: () => now })
  const url = await getSignedUrl(client, new PutObjectCommand({ Bucket, Key: 'k' }), { expiresIn: 60 })
  expect((await fetch(url, { method: 'PUT', body: 'x' })).status).toBe(200)
  now += 61_000
  const late = await fetch(url, { method: 'PUT', body: 'x' })
  expect([late.status, await late.text()]).toEqual([403, expect.stringContaining('Request has expired')])
})

test('a bucket can be in the host name', async () => {
  const { server, client } = await start()
  await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'virtual' }))
  const { port } = new URL(server.endpoint)
  const virtual = new S3Client({
    endpoint: `http://localhost:${port}`,
    region: server.region,
    credentials: server.credentials,
  })
  const url = new URL(await getSignedUrl(virtual, new GetObjectCommand({ Bucket, Key: 'k' })))
  expect(url.hostname).toBe('uploads.localhost')
  const body = await new Promise((resolve, reject) => {
    const path = url.pathname + url.search
    httpRequest({ host: '127.0.0.1', port, path, headers: { host: url.host } }, (response) => {
      response.setEncoding('utf8').on('data', resolve)
    })
      .on('error', reject)
      .end()
  })
  expect(body).toBe('virtual')
})

test('without CORS rules a page gets no CORS headers', async () => {
  const { server } = await start({ cors: false })
  const headers = { origin: 'https://a.example', 'access-control-request-method': 'PUT' }
  expect((await fetch(`${server.endpoint}/${Bucket}/x`, { method: 'OPTIONS', headers })).status).toBe(403)
})

test('100 Continue is sent only when the request may store its body', async () => {
  const { client } = await start()
  const url = new URL(await getSignedUrl(client, new PutObjectCommand({ Bucket, Key: 'k' })))
  const sendExpect = (path: string) =>
    new Promise<string>((resolve) => {
      const headers = { expect: '100-continue', 'content-length': 5 }
      const request = httpRequest({
        host: url.hostname,
        port: url.port,
        path,
        method: 'PUT',
        headers,
        agent: false,
      })
      let continued = false
      request.on('continue', () => {
        continued = true
        request.end('hello')
      })
      request.on('response', (response) => {
        resolve(`${continued} ${response.statusCode}`)
        request.destroy()
      })
      request.on('error', () => undefined)
      request.flushHeaders()
    })
  expect(await sendExpect(url.pathname + url.search)).toBe('true 200')
  expect(await sendExpect(url.pathname)).toBe('false 403')
})

test('a multipart object is a record that refers to its parts on disk', async () => {
  const { server, client } = await start()
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'k' }))
  const { ETag } = await client.send(
    new UploadPartCommand({ Bucket, Key: 'k', UploadId, PartNumber: 1, Body: 'only part' }),
  )
  const [before] = await readdir(join(server.directory, 'data'))
  const Parts = [{ PartNumber: 1, ETag }]
  await client.send(
    new CompleteMultipartUploadCommand({ Bucket, Key: 'k', UploadId, MultipartUpload: { Parts } }),
  )
  expect(await readdir(join(server.directory, 'data'))).toEqual([before])
  expect(await readFile(join(server.directory, 'data', before ?? ''), 'utf8')).toBe('only part')
})

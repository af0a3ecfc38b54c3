import { readFile, stat, writeFile } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { join } from 'node:path'
import {
  GetBucketCorsCommand,
  GetObjectCommand,
  PutBucketCorsCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { describe, expect, test } from 'vitest'
import { openCors, startLocalS3, type LocalS3, type LocalS3Options } from '../src/index.ts'
import { newFolder } from './harness/folders.ts'
import { start } from './harness/servers.ts'

const Bucket = 'uploads'

describe('keys', () => {
  test('keys in memory are random at each start and have the format of AWS keys', async () => {
    const [a, b] = [await start(), await start()]
    expect(a.server.credentials.accessKeyId).toMatch(/^[A-Z2-7]{20}$/)
    expect(a.server.credentials.secretAccessKey).toMatch(/^[\w-]{40}$/)
    expect(b.server.credentials.accessKeyId).not.toBe(a.server.credentials.accessKeyId)
    expect(b.server.credentials.secretAccessKey).not.toBe(a.server.credentials.secretAccessKey)
  })

  test('keys in a directory survive a restart, in a file that only its owner can read', async () => {
    const directory = await newFolder()
    const first = await start({ directory })
    await first.client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'kept' }))
    await first.server.close()
    const file = join(directory, 'credentials.json')
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    const second = await start({ directory })
    // The SDK adds properties to the object that it gets.
    const { accessKeyId, secretAccessKey } = first.server.credentials
    expect(second.server.credentials).toEqual({ accessKeyId, secretAccessKey })
    // The client of the first start still has access.
    const again = new S3Client({
      ...second.server,
      credentials: first.server.credentials,
      forcePathStyle: true,
    })
    const { Body } = await again.send(new GetObjectCommand({ Bucket, Key: 'k' }))
    expect(await Body?.transformToString()).toBe('kept')
  })

  test('keys given as options override the stored ones and are not written', async () => {
    const directory = await newFolder()
    const first = await start({ directory })
    await first.server.close()
    const before = await readFile(join(directory, 'credentials.json'), 'utf8')
    const credentials = { accessKeyId: 'mine', secretAccessKey: 'and secret' }
    const second = await start({ directory, credentials })
    expect(second.server.credentials).toEqual(credentials)
    expect(await readFile(join(directory, 'credentials.json'), 'utf8')).toBe(before)
  })

  test.each(['', 'not json', '{}', '{"accessKeyId":"a","secretAccessKey":""}', 'null'])(
    'a credentials file without keys (%j) throws an error that names it',
    async (text) => {
      const directory = await newFolder()
      const first = await start({ directory })
      await first.server.close()
      await writeFile(join(directory, 'credentials.json'), text)
      await expect(startLocalS3({ directory })).rejects.toThrow('credentials.json contains no keys')
    },
  )
})

const preflight = (endpoint: string, origin: string) =>
  fetch(`${endpoint}/${Bucket}/k`, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'PUT',
      'access-control-request-headers': 'content-type',
    },
  })

describe('CORS by default', () => {
  test.each([
    'http://localhost',
    'http://localhost:5173',
    'https://localhost:3000',
    'http://127.0.0.1:8080',
    'https://127.0.0.1',
    'http://[::1]:4000',
    'https://[::1]',
    'http://app.localhost',
    'https://a.b.localhost:3000',
  ])('default CORS allows a page of %s', async (origin) => {
    const { server } = await start()
    const answer = await preflight(server.endpoint, origin)
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([200, origin])
  })

  test.each([
    'https://evil.example',
    'http://localhost.evil.example',
    'http://localhost.evil.example:5173',
    'http://127.0.0.1.evil.example',
    'http://127.0.0.1.evil.example:80',
    'http://evillocalhost',
    'http://localhost:3000.evil.example',
    'http://evil.example/.localhost',
    'http://evil.example#.localhost',
    'http://evil.example?.localhost:1',
    'http://10.0.0.1:5173',
    'http://[::2]:4000',
    'null',
    'file://',
  ])('default CORS rejects a page of %s', async (origin) => {
    const { server } = await start()
    const answer = await preflight(server.endpoint, origin)
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([403, null])
    const get = await fetch(`${server.endpoint}/${Bucket}/k`, { headers: { origin } })
    expect(get.headers.get('access-control-allow-origin')).toBeNull()
  })

  test('openCors and bucket CORS rules allow other origins', async () => {
    const open = await start({ cors: [openCors] })
    expect((await preflight(open.server.endpoint, 'https://any.example')).status).toBe(200)
    const { server, client } = await start()
    const CORSRules = [
      { AllowedOrigins: ['https://app.example'], AllowedMethods: ['PUT'], AllowedHeaders: ['*'] },
    ]
    await client.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules } }))
    expect((await preflight(server.endpoint, 'https://app.example')).status).toBe(200)
    expect((await preflight(server.endpoint, 'http://localhost:5173')).status).toBe(403)
  })

  test('the default CORS rule can be written back as it was read', async () => {
    const { server, client } = await start()
    const { CORSRules = [] } = await client.send(new GetBucketCorsCommand({ Bucket }))
    const more = { AllowedOrigins: ['https://app.example'], AllowedMethods: ['PUT'] }
    await client.send(
      new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules: [...CORSRules, more] } }),
    )
    expect((await preflight(server.endpoint, 'http://app.localhost:5173')).status).toBe(200)
  })
})

/** The response to a page whose host name was rebound to this machine: the Host header is the page's. */
const getAs = (server: LocalS3, host: string, path = `/${Bucket}/public`) =>
  new Promise<number | undefined>((resolve, reject) => {
    const { port } = new URL(server.endpoint)
    httpRequest({ host: '127.0.0.1', port, path, headers: { host } }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
      .on('error', reject)
      .end()
  })

describe('a page that uses DNS rebinding', () => {
  async function startPublic(options: LocalS3Options = {}) {
    const started = await start(options)
    const Policy = JSON.stringify({
      Statement: [
        { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/*` },
      ],
    })
    await started.client.send(new PutObjectCommand({ Bucket, Key: 'public', Body: 'x' }))
    await started.client.send(new PutBucketPolicyCommand({ Bucket, Policy }))
    return started
  }

  test('a page that uses DNS rebinding reads nothing, even from a public bucket', async () => {
    const { server } = await startPublic()
    const { port } = new URL(server.endpoint)
    for (const host of [`evil.example:${port}`, 'evil.example', 'localhost.evil.example', '10.0.0.1'])
      expect(await getAs(server, host), host).toBe(403)
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`, 'LOCALHOST'])
      expect(await getAs(server, host), host).toBe(200)
    expect(await getAs(server, `uploads.localhost:${port}`, '/public')).toBe(200)
  })

  test('a server on a public interface accepts any Host header', async () => {
    const { server } = await startPublic({ host: '0.0.0.0' })
    expect(await getAs(server, 'storage.test')).toBe(200)
  })

  test('a signed request may use any host name of this machine', async () => {
    const { server, client } = await startPublic()
    const { port } = new URL(server.endpoint)
    client.middlewareStack.add(
      (next) => async (args) => {
        const request: { headers: Record<string, string> } = Object(args.request)
        request.headers.host = `host.docker.internal:${port}`
        return next(args)
      },
      { step: 'build', priority: 'low' },
    )
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: 'public' }))
    expect(await Body?.transformToString()).toBe('x')
  })
})

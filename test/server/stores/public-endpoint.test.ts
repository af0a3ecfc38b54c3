import { S3Client } from '@aws-sdk/client-s3'
import { startLocalS3 } from 'local-s3'
import type { LocalS3 } from 'local-s3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { s3Storage } from '../../../src/server/index.ts'
import type { S3Access } from '../../../src/server/index.ts'
import {
  MiB,
  backend,
  checksumsOf,
  randomImage,
  recordFetch,
  send,
  sendParts,
} from '../../harness/s3-fixture.ts'

// The server reaches the store at 127.0.0.1, browsers at localhost: two names, two signatures.

let s3: LocalS3
let publicEndpoint: string
beforeEach(async () => {
  s3 = await startLocalS3()
  publicEndpoint = s3.endpoint.replace('127.0.0.1', 'localhost')
})
afterEach(() => s3.close())

function startServer(access: Partial<S3Access> = {}) {
  const { endpoint, region, credentials } = s3
  const recorded = recordFetch()
  const storage = s3Storage({
    ...({ endpoint, region, credentials, ...access } as S3Access),
    publicEndpoint,
    bucket: 'uploads',
    partSize: 5 * MiB,
    multipartFrom: 5 * MiB,
    fetch: recorded.fetch,
  })
  const hosts = () => [...new Set(recorded.sent.map(({ url }) => url.hostname))]
  return { storage, server: backend(storage), hosts }
}

const hostOf = (url = '') => new URL(url).hostname

describe('publicEndpoint', () => {
  test.each([
    ['an access key', (): Partial<S3Access> => ({})],
    [
      'a client of the AWS SDK',
      () => {
        const { endpoint, region, credentials } = s3
        const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true })
        return { client }
      },
    ],
  ])('signs for the name that browsers reach, with %s', async (_, accessOf) => {
    const { server, storage, hosts } = startServer(accessOf())
    const { policies = [], hello, preflights = [] } = (await server.call({ type: 'policies' })).body
    const { ticket } = await server.presign({})
    expect([ticket.kind, hostOf(ticket.url)]).toEqual(['post', 'localhost'])
    const urls = [hello, await storage.hello(), ...[...preflights, ...policies].map(({ url }) => url)]
    expect(preflights).toHaveLength(1)
    expect(new Set(urls.map(hostOf))).toEqual(new Set(['localhost']))
    expect(policies.length).toBeGreaterThan(0)
    expect((await send(ticket)).ok).toBe(true)
    const { result } = await server.confirm(ticket)
    expect(hostOf(result.url)).toBe('localhost')
    expect((await fetch(result.url)).status).toBe(200)

    const put = await storage.signPut({ key: 'uploads/a', size: 1, type: 'image/png', writeOnce: true })
    expect(hostOf(put.url)).toBe('localhost')
    expect((await fetch(put.url, { method: 'PUT', headers: put.headers ?? {}, body: 'x' })).status).toBe(200)
    expect(hosts()).toEqual(['127.0.0.1'])
  })

  test('signs each part for it, and completes the upload by the other name', async () => {
    const { server, hosts } = startServer()
    const body = randomImage(6 * MiB)
    const { ticket } = await server.presign({ size: body.length })
    const call = {
      type: 'sign-parts',
      token: ticket.token,
      partNumbers: [1, 2],
      checksums: checksumsOf(body),
    }
    for (const { url } of (await server.call(call)).body.parts) expect(hostOf(url)).toBe('localhost')
    await sendParts(server, ticket, body)
    expect((await server.confirm(ticket)).result.verified).toBe(true)
    expect(hosts()).toEqual(['127.0.0.1'])
  })

  test('is not used by the probe of the server', async () => {
    const { storage, hosts } = startServer()
    await storage.probe?.('post')
    await storage.probe?.('writeOnce')
    expect(hosts()).toEqual(['127.0.0.1'])
  })

  test('that is not a URL is a TypeError that names it', () => {
    publicEndpoint = 'localhost:9000'
    expect(() => startServer()).toThrow(/publicEndpoint is "localhost:9000"/)
  })

  test('does not change the id of the storage, so that tokens stay valid when it is added', async () => {
    const { endpoint, region, credentials } = s3
    const plain = s3Storage({ endpoint, region, credentials, bucket: 'uploads' })
    expect(await startServer().storage.id?.()).toBe(await plain.id?.())
  })
})

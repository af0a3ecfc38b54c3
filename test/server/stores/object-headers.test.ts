import { GetObjectTaggingCommand, HeadObjectCommand } from '@aws-sdk/client-s3'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createUploadHandler } from '../../../src/server/index.ts'
import type { ObjectHeaders } from '../../../src/server/index.ts'
import {
  MiB,
  backend,
  bytes,
  openS3Fixture,
  photos,
  randomImage,
  secret,
  send,
  sendParts,
} from '../../harness/s3-fixture.ts'
import type { AnyTicket, S3Fixture } from '../../harness/s3-fixture.ts'

// Headers that a route sets, on what each kind of ticket writes and on the copy that confirm makes.

let s3: S3Fixture
beforeAll(async () => {
  s3 = await openS3Fixture()
})
afterEach(() => s3.empty())
afterAll(() => s3.close())

const isLocal = process.env.S3_ENDPOINT === undefined
const headers: ObjectHeaders = {
  'Cache-Control': 'private, max-age=3600',
  'x-amz-acl': 'bucket-owner-full-control',
  'x-amz-tagging': 'project=blue+sky&class=a%2Bb',
  'x-amz-meta-App': 'shop 7',
}

async function describeStored(key: string) {
  const at = { Bucket: s3.bucket, Key: key }
  const { CacheControl, Metadata = {}, StorageClass } = await s3.client.send(new HeadObjectCommand(at))
  const { TagSet = [] } = await s3.client.send(new GetObjectTaggingCommand(at))
  const tags = Object.fromEntries(TagSet.map(({ Key = '', Value = '' }) => [Key, Value]))
  return { cache: CacheControl, app: Metadata.app, tags, storageClass: StorageClass }
}
const described = {
  cache: 'private, max-age=3600',
  app: 'shop 7',
  tags: { project: 'blue sky', class: 'a+b' },
  storageClass: undefined,
}

/** Ceph 16 ignores Cache-Control in a form, and the tags of parts and of copies. */
const onCeph16 = { put: {}, post: { cache: undefined }, multipart: { tags: {} }, copy: { tags: {} } }

function startServer(objectHeaders: ObjectHeaders, rules: Parameters<typeof photos>[0] = {}) {
  const storage = s3.storage({ partSize: 5 * MiB, multipartFrom: 5 * MiB })
  return backend(storage, { routes: { photos: photos({ objectHeaders, ...rules }) } })
}

describe('objectHeaders', () => {
  test.each(['put', 'post', 'multipart'] as const)(
    'are on the object that a ticket of kind %s writes, and on the copy of confirm',
    async (kind) => {
      const server = startServer(headers, { strategy: kind })
      const body = kind === 'multipart' ? randomImage(6 * MiB) : bytes
      const { ticket } = await server.presign({ size: body.length })
      expect(ticket.kind).toBe(kind)
      if (kind === 'multipart') await sendParts(server, ticket, body)
      else expect((await send(ticket, body)).ok).toBe(true)
      expect(await describeStored(ticket.key)).toEqual({ ...described, ...(!isLocal && onCeph16[kind]) })
      const { result } = await server.confirm(ticket)
      expect(await describeStored(result.key)).toEqual({ ...described, ...(!isLocal && onCeph16.copy) })
      expect(server.errors).toEqual([])
    },
  )

  test('are fields of a reusable policy', async () => {
    const server = startServer(headers)
    const [policy] = (await server.call({ type: 'policies' })).body.policies ?? []
    expect(policy?.fields).toMatchObject({
      'cache-control': 'private, max-age=3600',
      acl: 'bucket-owner-full-control',
      'x-amz-meta-app': 'shop 7',
      tagging: expect.stringContaining('<Key>project</Key><Value>blue sky</Value>'),
    })
  })

  test.each(['put', 'post'] as const)('cannot be changed or left out of a %s by a browser', async (kind) => {
    const server = startServer(headers, { strategy: kind })
    const { ticket } = await server.presign({})
    const changed = { 'cache-control': 'public', 'x-amz-meta-app': 'evil' }
    expect((await send(ticket, bytes, { headers: changed, fields: changed })).status).toBe(403)
    const { 'x-amz-meta-app': _header, ...otherHeaders } = ticket.headers ?? {}
    const { 'x-amz-meta-app': _field, ...otherFields } = ticket.fields ?? {}
    const shorter = { ...ticket, headers: otherHeaders, fields: otherFields }
    expect((await send(shorter)).status).toBe(403)
    expect((await send(ticket)).ok).toBe(true)
  })

  test.runIf(isLocal)('with tags replace the tags of the upload, and without tags keep them', async () => {
    const storage = s3.storage()
    const target = { size: bytes.length, type: 'image/png', writeOnce: false }
    const tagged = { 'x-amz-tagging': 'a=1' }
    for (const [name, finalHeaders, tags] of [
      ['b', { 'x-amz-tagging': 'b=2' }, { b: '2' }],
      ['c', undefined, { a: '1' }],
    ] as const) {
      const key = `uploads/${name}`
      await send((await storage.signPut({ ...target, key, headers: tagged })) as unknown as AnyTicket)
      const source = (await storage.find(key)) ?? expect.fail('There is no object.')
      const to = { key: `files/${name}`, type: 'image/png', contentDisposition: 'inline', uploadId: name }
      const final = {
        ...to,
        verified: false,
        replaces: false,
        ...(finalHeaders && { headers: finalHeaders }),
      }
      expect(await storage.copy({ ...source, key }, final)).toBeDefined()
      expect((await describeStored(`files/${name}`)).tags).toEqual(tags)
    }
  })

  test('that publish an object, and its storage class, are only on the copy', async () => {
    const rules = { 'x-amz-acl': 'public-read', 'x-amz-storage-class': 'STANDARD_IA', Expires: '0' } as const
    for (const strategy of ['put', 'post'] as const) {
      const { ticket } = await startServer(rules, { strategy }).presign({})
      const names = Object.keys({ ...ticket.headers, ...ticket.fields })
      expect(names).toContain('expires')
      expect(names.filter((name) => /acl|storage-class/.test(name))).toEqual([])
    }
  })

  test('with promote: false are all in the ticket, because no copy follows', async () => {
    const server = startServer({ 'x-amz-storage-class': 'STANDARD_IA' }, { promote: false })
    const { ticket } = await server.presign({})
    expect(ticket.headers).toMatchObject({ 'x-amz-storage-class': 'STANDARD_IA' })
  })

  test.runIf(isLocal)('give the copy its storage class and encryption', async () => {
    const server = startServer({
      'x-amz-storage-class': 'STANDARD_IA',
      'x-amz-server-side-encryption': 'AES256',
    })
    const { ticket } = await server.presign({})
    expect(ticket.fields).toMatchObject({ 'x-amz-server-side-encryption': 'AES256' })
    await send(ticket)
    expect((await describeStored(ticket.key)).storageClass).toBeUndefined()
    const { result } = await server.confirm(ticket)
    expect((await describeStored(result.key)).storageClass).toBe('STANDARD_IA')
  })

  test.each<[string, unknown, RegExp]>([
    ['content-type', { 'Content-Type': 'text/html' }, /photos.*Content-Type.*Confirm sets it/],
    ['content-disposition', { 'content-disposition': 'inline' }, /Confirm sets it/],
    ['a key of the customer', { 'x-amz-server-side-encryption-customer-key': 'a' }, /aws:kms/],
    ['a lock', { 'x-amz-object-lock-mode': 'GOVERNANCE' }, /default retention/],
    ['our own metadata', { 'x-amz-meta-putaway-id': 'a' }, /belongs to putaway/],
    ['a copy source', { 'x-amz-copy-source': '/bucket/key' }, /not a header of an object/],
    ['a name twice', { Expires: '0', expires: '1' }, /twice/],
    ['undefined', { 'x-amz-server-side-encryption-aws-kms-key-id': undefined }, /not text/],
    ['a line break', { 'x-amz-meta-a': 'a\r\nb: c' }, /not text/],
    ['a letter outside ASCII', { 'x-amz-meta-a': 'é' }, /not text/],
    ['eleven tags', { 'x-amz-tagging': 'abcdefghijk'.split('').join('=1&') }, /10 tags/],
    ['a list', ['Expires'], /must be an object/],
  ])('%s is a TypeError that names the route', (_, objectHeaders, message) => {
    const routes = { photos: photos({ objectHeaders: objectHeaders as ObjectHeaders }) }
    expect(() => createUploadHandler({ storage: s3.storage(), secret, routes })).toThrow(message)
  })
})

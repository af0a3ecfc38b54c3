import * as sdk from '@aws-sdk/client-s3'
import { describe, expect, test } from 'vitest'
import { handled, handledEverywhere } from './handled.ts'
import { readModel, type OperationModel } from './sdk-model.ts'
import { startTestBucket } from '../harness/servers.ts'
import { sendXml } from '../harness/test-bucket.ts'
import { routes } from '../../src/operations/routes.ts'
import { type RawRequest } from '../harness/http.ts'

/**
 * The AWS SDK contains the model of S3's API: every operation with its method, path, headers and query. These tests
 * compare it with the server, so that a missing feature is found here first.
 */
const model = readModel()
/** Our table lists ListObjects as ListObjectsV2 without `list-type=2`. */
const supported = new Set<string>([...routes.map(({ name }) => name), 'ListObjects'])

const s3 = await startTestBucket()

/** A request for an operation that is accepted, or rejected with a status other than 501. */
function requestFor(
  { method, path }: OperationModel,
  headers: Record<string, string>,
  query = '',
): RawRequest {
  const [pathname = '', search = ''] = path.replace('{Key+}', 'key').split('?')
  const ownQuery = search === '' ? [] : search.split('&').map((one) => (one.includes('=') ? one : `${one}=`))
  const all = [...ownQuery, ...(query === '' ? [] : [query])].join('&')
  const body = method === 'PUT' || method === 'POST' ? { body: 'x' } : {}
  return { method, path: `/${s3.bucket}${pathname}${all === '' ? '' : `?${all}`}`, headers, ...body }
}

const required: Record<string, { headers?: Record<string, string>; query?: string; path?: string }> = {
  CopyObject: { headers: { 'x-amz-copy-source': '/none/none' } },
  UploadPartCopy: { headers: { 'x-amz-copy-source': '/none/none' }, query: 'partNumber=1&uploadId=none' },
  UploadPart: { query: 'partNumber=1&uploadId=none' },
  CompleteMultipartUpload: { query: 'uploadId=none' },
  AbortMultipartUpload: { query: 'uploadId=none' },
  ListParts: { query: 'uploadId=none' },
}

test("the SDK's model contains every operation that local-s3 supports", () => {
  const names = new Set(model.map(({ name }) => name))
  expect([...supported].filter((name) => !names.has(name) && name !== 'PostObject')).toEqual([])
})

describe('unsupported parameters of supported operations answer 501', () => {
  for (const operation of model.filter(({ name }) => supported.has(name))) {
    const known = new Set((handled[operation.name] ?? '').split(' '))
    const headers = operation.headers.filter((name) => !known.has(name) && !handledEverywhere.test(name))
    // Query parameters of the model that `handled` does not list are expected to be missing, versionId for example.
    const query = operation.query.filter((name) => !known.has(name))
    if (headers.length + query.length === 0) continue
    test(operation.name, async () => {
      const requirement = required[operation.name] ?? {}
      const statuses: Record<string, number> = {}
      for (const header of headers) {
        const sent = { ...requirement.headers, [header]: header.endsWith('enabled') ? 'true' : 'value' }
        const request = requestFor(operation, sent, requirement.query)
        statuses[header] = (await s3.signed(operationPath(operation.name, request))).status
      }
      for (const name of query) {
        const request = requestFor(
          operation,
          { ...requirement.headers },
          [requirement.query, `${name}=v`].filter(Boolean).join('&'),
        )
        statuses[`?${name}`] = (await s3.signed(operationPath(operation.name, request))).status
      }
      expect(statuses).toEqual(Object.fromEntries(Object.keys(statuses).map((name) => [name, 501])))
    })
  }
})

/** Uses a new bucket to test CreateBucket, and no bucket for ListBuckets. */
function operationPath(name: string, request: RawRequest): RawRequest {
  if (name === 'ListBuckets') return { ...request, path: request.path.replace(`/${s3.bucket}`, '') }
  if (name !== 'CreateBucket') return request
  const { body: _body, ...rest } = request
  return { ...rest, path: '/a-new-bucket' }
}

test('an unsupported S3 operation is not handled as another one', async () => {
  const wrong: string[] = []
  for (const operation of model.filter(({ name }) => !supported.has(name))) {
    // Object Lambda and directory buckets use other hosts.
    if (/^(WriteGetObjectResponse|CreateSession|ListDirectoryBuckets)$/.test(operation.name)) continue
    const { status } = await s3.signed(requestFor(operation, {}))
    if (status !== 501 && status !== 405) wrong.push(`${operation.name}: ${status}`)
  }
  expect(wrong).toEqual([])
})

test('the default value of an unsupported parameter is accepted, and any other gets 501', async () => {
  const create = async (headers: Record<string, string>) =>
    (await s3.signed({ method: 'PUT', path: `/new-${Math.random().toString(36).slice(2)}`, headers })).status
  expect(await create({ 'x-amz-acl': 'private' })).toBe(200)
  expect(await create({ 'x-amz-acl': 'public-read' })).toBe(501)
  expect(await create({ 'x-amz-bucket-object-lock-enabled': 'false' })).toBe(200)
  expect(await create({ 'x-amz-bucket-object-lock-enabled': 'true' })).toBe(501)
  expect(await create({ 'x-amz-object-ownership': 'BucketOwnerEnforced' })).toBe(200)
  expect(await create({ 'x-amz-object-ownership': 'ObjectWriter' })).toBe(501)
  const put = async (headers: Record<string, string>) =>
    (await s3.signed({ method: 'PUT', path: s3.path('value'), headers, body: 'x' })).status
  expect(await put({ 'x-amz-storage-class': 'STANDARD_IA' })).toBe(200)
  expect(await put({ 'x-amz-storage-class': 'DEEP_ARCHIVE' })).toBe(501)
  expect(await put({ 'x-amz-server-side-encryption': 'AES256' })).toBe(200)
  expect(await put({ 'x-amz-server-side-encryption': 'aws:kms' })).toBe(501)
  expect(await put({ 'x-amz-request-payer': 'requester' })).toBe(200)
  expect(await put({ 'x-amz-request-payer': 'me' })).toBe(400)
})

test('CreateBucket with an unsupported element gets 501 and creates no bucket', async () => {
  const create = async (path: string, inner: string) =>
    (
      await s3.signed({
        method: 'PUT',
        path,
        body: `<CreateBucketConfiguration>${inner}</CreateBucketConfiguration>`,
      })
    ).status
  for (const inner of [
    '<Tags><Tag><Key>a</Key><Value>b</Value></Tag></Tags>',
    '<Location><Name>a</Name></Location>',
    '<Bucket><Type>Directory</Type></Bucket>',
  ])
    expect(await create('/of-elements', inner)).toBe(501)
  expect(await create('/of-elements', '<Unknown/>')).toBe(400)
  expect((await s3.signed({ method: 'HEAD', path: '/of-elements' })).status).toBe(404)
  expect(await create('/of-elements', '<LocationConstraint>us-east-1</LocationConstraint>')).toBe(200)
})

test('an expected owner gets 403 when it differs, 400 when it is invalid, and is accepted when it matches', async () => {
  await s3.put('owned', 'x')
  const statusWith = async (name: string, account: string, method = 'GET') =>
    (await s3.signed({ method, path: s3.path('owned'), headers: { [name]: account } })).status
  expect(await statusWith('x-amz-expected-bucket-owner', '111122223333')).toBe(403)
  expect(await statusWith('x-amz-expected-bucket-owner', '111122223333', 'DELETE')).toBe(403)
  expect(await statusWith('x-amz-expected-bucket-owner', 'me')).toBe(400)
  expect(await statusWith('x-amz-expected-bucket-owner', '000000000000')).toBe(200)
  const copy = async (account: string) =>
    (
      await s3.signed({
        method: 'PUT',
        path: s3.path('copied'),
        headers: { 'x-amz-copy-source': s3.path('owned'), 'x-amz-source-expected-bucket-owner': account },
      })
    ).status
  expect([await copy('111122223333'), await copy('000000000000')]).toEqual([403, 200])
})

test('ListBuckets returns pages of names with a prefix', async () => {
  for (const name of ['pages-a', 'pages-b', 'pages-c'])
    await s3.client.send(new sdk.CreateBucketCommand({ Bucket: name }))
  const list = (more: sdk.ListBucketsCommandInput) => s3.client.send(new sdk.ListBucketsCommand(more))
  const first = await list({ Prefix: 'pages-', MaxBuckets: 2 })
  expect(first.Buckets?.map(({ Name }) => Name)).toEqual(['pages-a', 'pages-b'])
  expect(first.Prefix).toBe('pages-')
  const second = await list({
    Prefix: 'pages-',
    MaxBuckets: 2,
    ContinuationToken: first.ContinuationToken,
  })
  expect([second.Buckets?.map(({ Name }) => Name), second.ContinuationToken]).toEqual([
    ['pages-c'],
    undefined,
  ])
  await expect(list({ MaxBuckets: 0 })).rejects.toThrow('max-buckets')
  await expect(list({ ContinuationToken: '!' })).rejects.toThrow('continuation token')
  expect((await list({ BucketRegion: 'eu-west-1' })).Buckets ?? []).toEqual([])
})

test('a form with an unsupported field gets 501 and stores nothing', async () => {
  for (const name of ['x-amz-website-redirect-location', 'x-amz-object-lock-mode']) {
    const { fields } = await s3.policy('form', { Fields: { [name]: 'value' } })
    expect((await s3.post(fields, 'x')).code).toBe('NotImplemented')
  }
  expect(await s3.read('form')).toBeUndefined()
  expect((await s3.post((await s3.policy('form')).fields, 'x')).status).toBe(204)
})

test('DeleteObjects rejects an unsupported condition and deletes nothing', async () => {
  await s3.put('conditional', 'x')
  for (const condition of [
    '<Size>1</Size>',
    '<LastModifiedTime>Wed, 21 Oct 2015 07:28:00 GMT</LastModifiedTime>',
    '<VersionId>abc</VersionId>',
  ]) {
    const { status, body } = await sendXml(
      s3,
      'POST',
      `/${s3.bucket}?delete=`,
      `<Delete><Object><Key>conditional</Key>${condition}</Object></Delete>`,
    )
    expect([status, /<Code>(\w+)</.exec(body)?.[1]]).toEqual([200, 'NotImplemented'])
  }
  expect(await s3.read('conditional')).toBe('x')
  const { body } = await sendXml(
    s3,
    'POST',
    `/${s3.bucket}?delete=`,
    '<Delete><Object><Key>conditional</Key><VersionId>null</VersionId></Object></Delete>',
  )
  expect(body).toContain('<Deleted><Key>conditional</Key><VersionId>null</VersionId></Deleted>')
  expect(await s3.read('conditional')).toBeUndefined()
})

test('DeleteObjects rejects an impossible key and deletes the others', async () => {
  await s3.put('other', 'x')
  const { status, body } = await sendXml(
    s3,
    'POST',
    `/${s3.bucket}?delete=`,
    `<Delete><Object><Key>${'é'.repeat(513)}</Key></Object><Object><Key>other</Key></Object></Delete>`,
  )
  expect([status, /<Code>(\w+)</.exec(body)?.[1]]).toEqual([200, 'KeyTooLongError'])
  expect(body).toContain('<Deleted><Key>other</Key></Deleted>')
})

test('an element that S3 does not define is MalformedXML', async () => {
  await s3.put('tagged', 'x')
  const rule = '<AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod>'
  const documents: [method: string, path: string, right: string, wrong: string][] = [
    [
      'PUT',
      `${s3.path('tagged')}?tagging=`,
      '<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>',
      '<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value><Expires>1</Expires></Tag></TagSet></Tagging>',
    ],
    [
      'PUT',
      `/${s3.bucket}?cors=`,
      `<CORSConfiguration><CORSRule>${rule}</CORSRule></CORSConfiguration>`,
      `<CORSConfiguration><CORSRule>${rule}<AllowCredentials>false</AllowCredentials></CORSRule></CORSConfiguration>`,
    ],
    [
      'POST',
      `/${s3.bucket}?delete=`,
      '<Delete><Object><Key>none</Key></Object></Delete>',
      '<Delete><Object><Key>none</Key><IfOlderThan>1</IfOlderThan></Object></Delete>',
    ],
  ]
  for (const [method, path, right, wrong] of documents) {
    expect((await sendXml(s3, method, path, wrong)).code).toBe('MalformedXML')
    expect((await sendXml(s3, method, path, right)).status).toBeLessThan(300)
  }
})

test('a checksum on a request without a body is rejected, unless it is that of an empty body', async () => {
  await s3.put('source', 'x')
  const copy = async (checksum: string) => {
    const headers = { 'x-amz-copy-source': s3.path('source'), 'x-amz-checksum-crc32': checksum }
    const { status, code } = await s3.signed({ method: 'PUT', path: s3.path('target'), headers })
    return code ?? status
  }
  expect(await copy('y/Q5Jg==')).toBe('BadDigest')
  expect(await s3.read('target')).toBeUndefined()
  expect(await copy('AAAAAA==')).toBe(200)
})

test('common client headers are accepted', async () => {
  const headers = {
    'x-amz-user-agent': 'aws-sdk-js/3',
    'x-amz-api-version': '2006-03-01',
    'x-amz-te': 'append-md5',
  }
  expect((await s3.signed({ method: 'PUT', path: s3.path('sent'), headers, body: 'x' })).status).toBe(200)
})

test('an x-amz- header in the query of a request that is not presigned gets 501', async () => {
  const put = async (query: string) =>
    (await s3.signed({ method: 'PUT', path: `${s3.path('in-query')}${query}`, body: 'x' })).status
  expect(await put('?x-amz-acl=public-read')).toBe(501)
  expect(await put('?partNumber=1')).toBe(501)
  expect(await put('?x-id=PutObject')).toBe(200)
})

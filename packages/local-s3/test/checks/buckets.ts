import assert from 'node:assert/strict'
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketCorsCommand,
  DeleteBucketPolicyCommand,
  DeleteObjectCommand,
  GetBucketCorsCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLocationCommand,
  GetBucketPolicyCommand,
  GetBucketTaggingCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  PutBucketCorsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
} from '@aws-sdk/client-s3'
import {
  createTopic,
  holds,
  oneOf,
  openTestBucket,
  origin,
  pathOf,
  refusal,
  type TestBucket,
} from './test-bucket.ts'

const bucketTopic = createTopic('bucket')
const listTopic = createTopic('listing')
const corsTopic = createTopic('CORS')

const { check } = bucketTopic

check('a bucket is created, found, listed and deleted', async (s3) => {
  const newBucket = await openTestBucket(s3)
  const Bucket = newBucket.bucket
  const head = () => s3.client.send(new HeadBucketCommand({ Bucket }))
  await head()
  const { Buckets = [] } = await s3.client.send(new ListBucketsCommand({}))
  holds(
    Buckets.some(({ Name }) => Name === Bucket),
    'the bucket is listed',
  )
  await s3.client.send(new DeleteBucketCommand({ Bucket }))
  await refusal({
    refused: head,
    as: [404, 'NotFound', 'NoSuchBucket'],
    afterRefusal: async () => void (await s3.client.send(new CreateBucketCommand({ Bucket }))),
    accepted: head,
  })
})

check('a bucket that is not empty is not deleted', async (s3) => {
  const newBucket = await openTestBucket(s3)
  await newBucket.put('a', 'x')
  const remove = () => newBucket.client.send(new DeleteBucketCommand({ Bucket: newBucket.bucket }))
  await refusal({
    refused: remove,
    as: [409, 'BucketNotEmpty'],
    afterRefusal: async () => {
      assert.equal(await newBucket.read('a'), 'x')
      await newBucket.client.send(new DeleteObjectCommand({ Bucket: newBucket.bucket, Key: 'a' }))
    },
    accepted: remove,
  })
})

check('an invalid bucket name is refused', async (s3) => {
  const create = (Bucket: string) => () => s3.client.send(new CreateBucketCommand({ Bucket }))
  for (const name of ['ab', 'has_underscore', 'a..b']) {
    const accepted = create(`${s3.bucket}-${name.length}`)
    await refusal({ refused: create(name), as: [400, 'InvalidBucketName'], accepted })
  }
})

check('a bucket in us-east-1 can be created twice by its owner', async (s3) => {
  await s3.put('stays', 'x')
  await s3.client.send(new CreateBucketCommand({ Bucket: s3.bucket }))
  assert.equal(await s3.read('stays'), 'x')
})

check('the location of a bucket is its region', async (s3) => {
  const { LocationConstraint } = await s3.client.send(new GetBucketLocationCommand({ Bucket: s3.bucket }))
  // S3 returns no name for us-east-1, and other stores return their own.
  oneOf(LocationConstraint, undefined, '', 'default', s3.region)
})

check('a lifecycle configuration is returned as it was set', async (s3) => {
  const Rules = [
    {
      ID: 'sweep',
      Status: 'Enabled' as const,
      Filter: { Prefix: 'tmp/' },
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
    },
  ]
  const get = () => s3.client.send(new GetBucketLifecycleConfigurationCommand({ Bucket: s3.bucket }))
  const put = () =>
    s3.client.send(
      new PutBucketLifecycleConfigurationCommand({ Bucket: s3.bucket, LifecycleConfiguration: { Rules } }),
    )
  await refusal({
    refused: get,
    as: [404, 'NoSuchLifecycleConfiguration'],
    afterRefusal: async () => void (await put()),
    accepted: get,
  })
  const got = await get()
  assert.deepEqual(
    [got.Rules?.[0]?.ID, got.Rules?.[0]?.AbortIncompleteMultipartUpload],
    ['sweep', { DaysAfterInitiation: 1 }],
  )
})

check('the tags of a bucket are returned as they were set', async (s3) => {
  const TagSet = [{ Key: 'team', Value: 'photos' }]
  const get = () => s3.client.send(new GetBucketTaggingCommand({ Bucket: s3.bucket }))
  const put = () => s3.client.send(new PutBucketTaggingCommand({ Bucket: s3.bucket, Tagging: { TagSet } }))
  await refusal({
    refused: get,
    as: [404, 'NoSuchTagSet'],
    afterRefusal: async () => void (await put()),
    accepted: get,
  })
  assert.deepEqual((await get()).TagSet, TagSet)
})

const publicRead = (bucket: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: '*',
        Action: 's3:GetObject',
        Resource: `arn:aws:s3:::${bucket}/public/*`,
      },
    ],
  })

check('a policy allows public reads of what it names, and nothing else', async (s3) => {
  const newBucket = await openTestBucket(s3)
  const Bucket = newBucket.bucket
  await newBucket.put('public/a', 'open')
  await newBucket.put('private/a', 'closed')
  const policy = () => newBucket.client.send(new GetBucketPolicyCommand({ Bucket }))
  const put = async () =>
    void (await newBucket.client.send(new PutBucketPolicyCommand({ Bucket, Policy: publicRead(Bucket) })))
  await refusal({ refused: policy, as: [404, 'NoSuchBucketPolicy'], afterRefusal: put, accepted: policy })
  const anonymous = (method: string, path: string, body?: string) => () =>
    newBucket.raw({ method, path, ...(body !== undefined && { body }) })
  const accepted = anonymous('GET', newBucket.path('public/a'))
  assert.equal((await accepted()).body, 'open')
  assert.equal((await anonymous('HEAD', newBucket.path('public/a'))()).status, 200)
  const as = [403, 'AccessDenied'] as const
  await refusal({ refused: anonymous('GET', newBucket.path('private/a')), as, accepted })
  await refusal({ refused: anonymous('PUT', newBucket.path('public/a'), 'x'), as, accepted })
  await refusal({ refused: anonymous('GET', `/${Bucket}`), as, accepted })
  await newBucket.client.send(new DeleteBucketPolicyCommand({ Bucket }))
  await refusal({ refused: accepted, as, afterRefusal: put, accepted })
})

check('an invalid policy is MalformedPolicy', async (s3) => {
  const newBucket = await openTestBucket(s3)
  const put = (Policy: string) => () =>
    newBucket.client.send(new PutBucketPolicyCommand({ Bucket: newBucket.bucket, Policy }))
  for (const text of ['not json', '{"Version":"2012-10-17"}']) {
    const accepted = put(publicRead(newBucket.bucket))
    await refusal({ refused: put(text), as: [400, 'MalformedPolicy', 'InvalidArgument'], accepted })
  }
})

const list = ({ client, bucket }: TestBucket, more: object) =>
  client.send(new ListObjectsV2Command({ Bucket: bucket, ...more }))

async function fill(s3: TestBucket, names: readonly string[]) {
  const prefix = `${s3.newKey('list')}/`
  for (const name of names) await s3.put(prefix + name, name)
  return prefix
}

listTopic.check('keys are listed in the order of their UTF-8 bytes, with size and ETag', async (s3) => {
  const prefix = await fill(s3, ['b', 'a', 'B', 'é', 'a/b'])
  const { Contents = [] } = await list(s3, { Prefix: prefix })
  assert.deepEqual(
    Contents.map(({ Key }) => Key?.slice(prefix.length)),
    ['B', 'a', 'a/b', 'b', 'é'],
  )
  assert.deepEqual(
    [Contents[0]?.Size, Contents[0]?.ETag?.length, Contents[0]?.StorageClass],
    [1, 34, 'STANDARD'],
  )
})

listTopic.check('pages of two list every key once', async (s3) => {
  const prefix = await fill(s3, ['a', 'b', 'c', 'd', 'e'])
  const found: (string | undefined)[] = []
  let token: string | undefined
  do {
    const page = await list(s3, { Prefix: prefix, MaxKeys: 2, ContinuationToken: token })
    holds((page.Contents?.length ?? 0) <= 2, 'at most two keys in a page')
    assert.equal(page.KeyCount, page.Contents?.length)
    found.push(...(page.Contents ?? []).map(({ Key }) => Key?.slice(prefix.length)))
    token = page.NextContinuationToken
    assert.equal(page.IsTruncated, token !== undefined)
  } while (token)
  assert.deepEqual(found, ['a', 'b', 'c', 'd', 'e'])
})

listTopic.check('a delimiter groups keys into common prefixes', async (s3) => {
  const prefix = await fill(s3, ['a/1', 'a/2', 'b', 'c/1'])
  const { Contents, CommonPrefixes } = await list(s3, { Prefix: prefix, Delimiter: '/' })
  assert.deepEqual(
    Contents?.map(({ Key }) => Key),
    [`${prefix}b`],
  )
  assert.deepEqual(
    CommonPrefixes?.map((one) => one.Prefix),
    [`${prefix}a/`, `${prefix}c/`],
  )
})

listTopic.check('pages with a delimiter count a prefix once', async (s3) => {
  const prefix = await fill(s3, ['a/1', 'a/2', 'a/3', 'b', 'c/1'])
  const found: (string | undefined)[] = []
  let token: string | undefined
  do {
    const page = await list(s3, { Prefix: prefix, Delimiter: '/', MaxKeys: 1, ContinuationToken: token })
    found.push(
      ...(page.Contents ?? []).map(({ Key }) => Key),
      ...(page.CommonPrefixes ?? []).map((one) => one.Prefix),
    )
    token = page.NextContinuationToken
  } while (token)
  assert.deepEqual(
    found,
    ['a/', 'b', 'c/'].map((name) => prefix + name),
  )
})

listTopic.check('start-after omits the keys up to it', async (s3) => {
  const prefix = await fill(s3, ['a', 'b', 'c'])
  const { Contents } = await list(s3, { Prefix: prefix, StartAfter: `${prefix}a` })
  assert.deepEqual(
    Contents?.map(({ Key }) => Key?.slice(prefix.length)),
    ['b', 'c'],
  )
})

listTopic.check('max-keys 0 returns an empty page', async (s3) => {
  const prefix = await fill(s3, ['a'])
  const { Contents, IsTruncated, KeyCount } = await list(s3, { Prefix: prefix, MaxKeys: 0 })
  assert.deepEqual([Contents, IsTruncated, KeyCount], [undefined, false, 0])
})

listTopic.check('encoding-type url encodes keys', async (s3) => {
  const prefix = await fill(s3, ['a b&c'])
  const { Contents, EncodingType } = await list(s3, { Prefix: prefix, EncodingType: 'url' })
  assert.equal(EncodingType, 'url')
  assert.match(Contents?.[0]?.Key ?? '', /a(%20|\+)b%26c$/)
})

listTopic.check('the first version of ListObjects lists too', async (s3) => {
  const prefix = await fill(s3, ['a', 'b', 'c'])
  const { Contents, IsTruncated } = await s3.client.send(
    new ListObjectsCommand({ Bucket: s3.bucket, Prefix: prefix, MaxKeys: 2, Marker: `${prefix}a` }),
  )
  assert.deepEqual([Contents?.map(({ Key }) => Key?.slice(prefix.length)), IsTruncated], [['b', 'c'], false])
})

const preflight = (s3: TestBucket, headers: Record<string, string>) =>
  s3.raw({ method: 'OPTIONS', path: s3.path('any'), headers })

corsTopic.check('an allowed preflight is answered with the matching rule', async (s3) => {
  const { status, headers } = await preflight(s3, {
    origin,
    'access-control-request-method': 'PUT',
    'access-control-request-headers': 'content-type, x-amz-meta-a',
  })
  assert.equal(status, 200)
  assert.equal(headers['access-control-allow-origin'], origin)
  assert.match(String(headers['access-control-allow-methods']), /PUT/)
  assert.match(String(headers['access-control-allow-headers']), /content-type.*x-amz-meta-a/)
  assert.equal(headers['access-control-max-age'], '600')
  assert.match(String(headers.vary), /Origin/i)
})

corsTopic.check('a preflight with another origin, method or header is 403', async (s3) => {
  const put = { 'access-control-request-method': 'PUT' }
  const accepted = () => preflight(s3, { origin, ...put, 'access-control-request-headers': 'content-type' })
  for (const headers of [
    { origin: 'https://evil.example', ...put },
    { origin, 'access-control-request-method': 'DELETE' },
    { origin, ...put, 'access-control-request-headers': 'x-other' },
  ]) {
    const refused = () => preflight(s3, headers)
    await refusal({ refused, as: [403], accepted })
    assert.equal((await refused()).headers['access-control-allow-origin'], undefined)
  }
})

corsTopic.check('a wildcard in an origin matches a subdomain', async (s3) => {
  const put = { 'access-control-request-method': 'PUT' }
  const ask = (page: string) => () => preflight(s3, { origin: page, ...put })
  await refusal({
    refused: ask('https://trusted.example.evil.com'),
    as: [403],
    accepted: ask('https://a.trusted.example'),
  })
})

corsTopic.check('a response to a page names the allowed origin and the exposed headers', async (s3) => {
  const path = pathOf(await s3.putUrl(s3.newKey()))
  const { headers } = await s3.raw({ method: 'PUT', path, body: 'x', headers: { origin } })
  assert.equal(headers['access-control-allow-origin'], origin)
  assert.match(String(headers['access-control-expose-headers']), /ETag/i)
  assert.match(String(headers.vary), /Origin/i)
})

corsTopic.check('a response to another origin has no CORS headers', async (s3) => {
  const path = pathOf(await s3.putUrl(s3.newKey()))
  const { status, headers } = await s3.raw({
    method: 'PUT',
    path,
    body: 'x',
    headers: { origin: 'https://evil.example' },
  })
  assert.deepEqual([status, headers['access-control-allow-origin']], [200, undefined])
})

corsTopic.check('a refused request carries CORS headers, so that a page can read the error', async (s3) => {
  const url = pathOf(await s3.putUrl(s3.newKey()))
  const expired = pathOf(await s3.putUrl(s3.newKey(), {}, 60, new Date(Date.now() - 120_000)))
  const forged = url.replace(/.$/, (digit) => (digit === '0' ? '1' : '0'))
  const put = (path: string) => () => s3.raw({ method: 'PUT', path, body: 'x', headers: { origin } })
  for (const path of [expired, forged]) {
    await refusal({ refused: put(path), as: [403], accepted: put(url) })
    assert.equal((await put(path)()).headers['access-control-allow-origin'], origin)
  }
})

corsTopic.check('a form POST from a page is answered with CORS headers', async (s3) => {
  const { fields } = await s3.policy(s3.newKey())
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  form.append('file', new Blob(['x']), 'x')
  const body = Buffer.from(await new Response(form).arrayBuffer())
  const type = /--([^\r]+)\r/.exec(body.toString('latin1'))?.[1] ?? ''
  const { status, headers } = await s3.raw({
    method: 'POST',
    path: `/${s3.bucket}`,
    body,
    headers: { origin, 'content-type': `multipart/form-data; boundary=${type}` },
  })
  assert.deepEqual([status, headers['access-control-allow-origin']], [204, origin])
})

corsTopic.check('a CORS configuration is returned as it was set, and is removed by DELETE', async (s3) => {
  const newBucket = await openTestBucket(s3)
  const Bucket = newBucket.bucket
  const get = () => newBucket.client.send(new GetBucketCorsCommand({ Bucket }))
  const ask = (of: TestBucket) => () => preflight(of, { origin, 'access-control-request-method': 'PUT' })
  const { CORSRules } = await get()
  assert.deepEqual(CORSRules?.[0]?.AllowedHeaders, ['content-type', 'x-amz-*'])
  await newBucket.client.send(new DeleteBucketCorsCommand({ Bucket }))
  await refusal({ refused: ask(newBucket), as: [403], accepted: ask(s3) })
  await refusal({
    refused: get,
    as: [404, 'NoSuchCORSConfiguration'],
    afterRefusal: async () =>
      void (await newBucket.client.send(
        new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules } }),
      )),
    accepted: get,
  })
})

corsTopic.check('a rule with an unknown method is refused', async (s3) => {
  const newBucket = await openTestBucket(s3)
  const put = (method: string) => () => {
    const CORSRules = [{ AllowedOrigins: ['*'], AllowedMethods: [method] }]
    return newBucket.client.send(
      new PutBucketCorsCommand({ Bucket: newBucket.bucket, CORSConfiguration: { CORSRules } }),
    )
  }
  await refusal({ refused: put('PATCH'), as: [400, 'InvalidRequest', 'MalformedXML'], accepted: put('PUT') })
})

corsTopic.check('a rule with a header that is no name is refused', async (s3) => {
  const newBucket = await openTestBucket(s3)
  const put = (header: string) => () => {
    const ExposeHeaders = [header]
    const CORSRules = [{ AllowedOrigins: ['*'], AllowedMethods: ['GET'], ExposeHeaders }]
    return newBucket.client.send(
      new PutBucketCorsCommand({ Bucket: newBucket.bucket, CORSConfiguration: { CORSRules } }),
    )
  }
  for (const header of ['x-a\r\nset-cookie: a=b', 'x-a\nb', 'x-名', 'x a'])
    await refusal({ refused: put(header), as: [400, 'InvalidRequest', 'MalformedXML'], accepted: put('x-a') })
})

corsTopic.check('a preflight for a header with other letters than ASCII is answered', async (s3) => {
  const { status } = await s3.raw({
    method: 'OPTIONS',
    path: s3.path('a'),
    headers: {
      origin,
      'access-control-request-method': 'PUT',
      'access-control-request-headers': Buffer.from('x-amz-名').toString('latin1'),
    },
  })
  assert.equal(status, 200)
})

export const bucketChecks = [...bucketTopic.checks, ...listTopic.checks, ...corsTopic.checks]

import assert from 'node:assert/strict'
import { DeleteBucketCorsCommand, GetBucketCorsCommand, PutBucketCorsCommand } from '@aws-sdk/client-s3'
import { createTopic } from '../../harness/topic.ts'
import { openTestBucket, origin, type TestBucket } from '../../harness/test-bucket.ts'
import { pathOf } from '../../harness/http.ts'
import { refusal } from '../../harness/refusal.ts'

const { check, checks } = createTopic('CORS')
export { checks as corsChecks }

const preflight = (s3: TestBucket, headers: Record<string, string>) =>
  s3.raw({ method: 'OPTIONS', path: s3.path('any'), headers })

check('an allowed preflight is answered with the matching rule', async (s3) => {
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

check('a preflight with another origin, method or header is 403', async (s3) => {
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

check('a wildcard in an origin matches a subdomain', async (s3) => {
  const put = { 'access-control-request-method': 'PUT' }
  const ask = (page: string) => () => preflight(s3, { origin: page, ...put })
  await refusal({
    refused: ask('https://trusted.example.evil.com'),
    as: [403],
    accepted: ask('https://a.trusted.example'),
  })
})

check('a response to a page names the allowed origin and the exposed headers', async (s3) => {
  const path = pathOf(await s3.putUrl(s3.newKey()))
  const { headers } = await s3.raw({ method: 'PUT', path, body: 'x', headers: { origin } })
  assert.equal(headers['access-control-allow-origin'], origin)
  assert.match(String(headers['access-control-expose-headers']), /ETag/i)
  assert.match(String(headers.vary), /Origin/i)
})

check('a response to another origin has no CORS headers', async (s3) => {
  const path = pathOf(await s3.putUrl(s3.newKey()))
  const { status, headers } = await s3.raw({
    method: 'PUT',
    path,
    body: 'x',
    headers: { origin: 'https://evil.example' },
  })
  assert.deepEqual([status, headers['access-control-allow-origin']], [200, undefined])
})

check('a refused request carries CORS headers, so that a page can read the error', async (s3) => {
  const url = pathOf(await s3.putUrl(s3.newKey()))
  const expired = pathOf(await s3.putUrl(s3.newKey(), {}, 60, new Date(Date.now() - 120_000)))
  const forged = url.replace(/.$/, (digit) => (digit === '0' ? '1' : '0'))
  const put = (path: string) => () => s3.raw({ method: 'PUT', path, body: 'x', headers: { origin } })
  for (const path of [expired, forged]) {
    await refusal({ refused: put(path), as: [403], accepted: put(url) })
    assert.equal((await put(path)()).headers['access-control-allow-origin'], origin)
  }
})

check('a form POST from a page is answered with CORS headers', async (s3) => {
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

check('a CORS configuration is returned as it was set, and is removed by DELETE', async (s3) => {
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

check('a rule with an unknown method is refused', async (s3) => {
  const newBucket = await openTestBucket(s3)
  const put = (method: string) => () => {
    const CORSRules = [{ AllowedOrigins: ['*'], AllowedMethods: [method] }]
    return newBucket.client.send(
      new PutBucketCorsCommand({ Bucket: newBucket.bucket, CORSConfiguration: { CORSRules } }),
    )
  }
  await refusal({ refused: put('PATCH'), as: [400, 'InvalidRequest', 'MalformedXML'], accepted: put('PUT') })
})

check('a rule with a header that is no name is refused', async (s3) => {
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

check('a preflight for a header with other letters than ASCII is answered', async (s3) => {
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

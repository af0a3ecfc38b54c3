import assert from 'node:assert/strict'
import { GetObjectCommand, HeadObjectCommand, UploadPartCommand } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { minutes } from '../../harness/test-bucket.ts'
import { createTopic } from '../../harness/topic.ts'
import { holds, refusal } from '../../harness/refusal.ts'
import { pathOf } from '../../harness/http.ts'

const { check, checks } = createTopic('signature')
export { checks as presignedUrlChecks }

check('a presigned PUT refuses an unsigned x-amz- header', async (s3) => {
  const key = s3.newKey()
  const path = pathOf(await s3.putUrl(key))
  const put = (headers: Record<string, string>) => () => s3.raw({ method: 'PUT', path, body: 'x', headers })
  await refusal({
    refused: put({ 'x-amz-meta-added': 'later' }),
    as: [403, 'AccessDenied', 'SignatureDoesNotMatch'],
    afterRefusal: async () => assert.equal(await s3.read(key), undefined),
    accepted: put({}),
  })
})

check('a presigned PUT stores its body', async (s3) => {
  const key = s3.newKey()
  assert.equal(
    (await s3.raw({ method: 'PUT', path: pathOf(await s3.putUrl(key)), body: 'by url' })).status,
    200,
  )
  assert.equal(await s3.read(key), 'by url')
})

check('a presigned GET allows reads only', async (s3) => {
  const key = s3.newKey()
  await s3.put(key, 'read me')
  const path = pathOf(await getSignedUrl(s3.client, new GetObjectCommand({ Bucket: s3.bucket, Key: key })))
  const accepted = () => s3.raw({ method: 'GET', path })
  assert.equal((await accepted()).body, 'read me')
  const as = [403, 'SignatureDoesNotMatch'] as const
  await refusal({ refused: () => s3.raw({ method: 'PUT', path, body: 'x' }), as, accepted })
  await refusal({ refused: () => s3.raw({ method: 'DELETE', path }), as, accepted })
})

check('an expired URL is refused', async (s3) => {
  const key = s3.newKey()
  const put = (date: Date) => async () =>
    s3.raw({ method: 'PUT', path: pathOf(await s3.putUrl(key, {}, 60, date)), body: 'x' })
  await refusal({
    refused: put(minutes(-2)),
    as: [403, 'AccessDenied'],
    afterRefusal: async () => assert.equal(await s3.read(key), undefined),
    accepted: put(minutes(-0.5)),
  })
})

check('a URL from the future is refused', async (s3) => {
  const key = s3.newKey()
  const put = (date: Date) => async () =>
    s3.raw({ method: 'PUT', path: pathOf(await s3.putUrl(key, {}, 60, date)), body: 'x' })
  await refusal({
    refused: put(minutes(30)),
    as: [403, 'AccessDenied', 'RequestTimeTooSkewed'],
    accepted: put(minutes(0)),
  })
})

check('a URL with an increased expiry is refused', async (s3) => {
  const path = pathOf(await s3.putUrl(s3.newKey(), {}, 60))
  const put = (text: string) => () => s3.raw({ method: 'PUT', path: text, body: 'x' })
  await refusal({
    refused: put(path.replace('X-Amz-Expires=60', 'X-Amz-Expires=6000')),
    as: [403, 'SignatureDoesNotMatch'],
    accepted: put(path),
  })
})

check('a URL that lives longer than a week is refused', async (s3) => {
  const key = s3.newKey()
  const week = 7 * 24 * 3600
  const put = (seconds: number) => async () => {
    // The SDK's presigner refuses to sign this URL.
    const path = pathOf(await s3.putUrl(key, {}, Math.min(seconds, week)))
    const changed = path.replace(`X-Amz-Expires=${week}`, `X-Amz-Expires=${seconds}`)
    return s3.raw({ method: 'PUT', path: changed, body: 'x' })
  }
  await refusal({ refused: put(week + 1), as: [[400, 403]], accepted: put(week) })
})

check('a URL for one key does not write another', async (s3) => {
  const [key, other] = [s3.newKey('a'), s3.newKey('b')]
  const path = pathOf(await s3.putUrl(key))
  const put = (text: string) => () => s3.raw({ method: 'PUT', path: text, body: 'x' })
  await refusal({
    refused: put(path.replace(key, other)),
    as: [403, 'SignatureDoesNotMatch'],
    afterRefusal: async () => assert.equal(await s3.read(other), undefined),
    accepted: put(path),
  })
})

check('an added query parameter is refused', async (s3) => {
  const path = pathOf(await s3.putUrl(s3.newKey()))
  const put = (text: string) => () => s3.raw({ method: 'PUT', path: text, body: 'x' })
  await refusal({
    refused: put(`${path}&x-amz-acl=public-read`),
    as: [403, 'SignatureDoesNotMatch'],
    accepted: put(path),
  })
})

check('a URL without its signature is refused', async (s3) => {
  const path = pathOf(await s3.putUrl(s3.newKey()))
  const put = (text: string) => () => s3.raw({ method: 'PUT', path: text, body: 'x' })
  await refusal({
    refused: put(path.replace(/&X-Amz-Signature=[0-9a-f]+/, '')),
    as: [[400, 403]],
    accepted: put(path),
  })
})

check('a signed Content-Type refuses another', async (s3) => {
  const key = s3.newKey()
  const path = pathOf(await s3.putUrl(key, { ContentType: 'image/png' }))
  const put = (headers: Record<string, string>) => () => s3.raw({ method: 'PUT', path, body: 'x', headers })
  const accepted = put({ 'content-type': 'image/png' })
  const as = [403, 'SignatureDoesNotMatch'] as const
  await refusal({ refused: put({ 'content-type': 'text/html' }), as, accepted })
  await refusal({ refused: put({}), as, accepted })
  const { ContentType } = await s3.client.send(new HeadObjectCommand({ Bucket: s3.bucket, Key: key }))
  assert.equal(ContentType, 'image/png')
})

check('a signed Content-Length is an exact size limit', async (s3) => {
  for (const body of ['fives', 'two']) {
    const key = s3.newKey()
    const path = pathOf(await s3.putUrl(key, { ContentLength: 4 }))
    await refusal({
      refused: () => s3.raw({ method: 'PUT', path, body }),
      as: [403, 'SignatureDoesNotMatch'],
      afterRefusal: async () => assert.equal(await s3.read(key), undefined),
      accepted: () => s3.raw({ method: 'PUT', path, body: 'four' }),
    })
  }
})

check('an unsigned Content-Type is stored', async (s3) => {
  const key = s3.newKey()
  const path = pathOf(await s3.putUrl(key))
  assert.equal(
    (await s3.raw({ method: 'PUT', path, body: 'x', headers: { 'content-type': 'image/webp' } })).status,
    200,
  )
  const { ContentType } = await s3.client.send(new HeadObjectCommand({ Bucket: s3.bucket, Key: key }))
  assert.equal(ContentType, 'image/webp')
})

check('metadata that a presigner moved into the query is stored', async (s3) => {
  const key = s3.newKey()
  const url = await s3.putUrl(key, { Metadata: { shade: 'dark' } })
  holds(url.includes('x-amz-meta-shade=dark'), 'the presigner moved it')
  assert.equal((await s3.raw({ method: 'PUT', path: pathOf(url), body: 'x' })).status, 200)
  const { Metadata } = await s3.client.send(new HeadObjectCommand({ Bucket: s3.bucket, Key: key }))
  assert.deepEqual(Metadata, { shade: 'dark' })
})

check('a presigned part refuses a longer body', async (s3) => {
  const key = s3.newKey()
  const { UploadId } = await s3.startMultipart(key, [])
  const command = new UploadPartCommand({
    Bucket: s3.bucket,
    Key: key,
    UploadId,
    PartNumber: 1,
    ContentLength: 3,
  })
  const path = pathOf(
    await getSignedUrl(s3.client, command, { signableHeaders: new Set(['content-length']) }),
  )
  await refusal({
    refused: () => s3.raw({ method: 'PUT', path, body: 'four' }),
    as: [403, 'SignatureDoesNotMatch'],
    accepted: () => s3.raw({ method: 'PUT', path, body: 'abc' }),
  })
})

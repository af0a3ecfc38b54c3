import assert from 'node:assert/strict'
import { GetObjectTaggingCommand, HeadObjectCommand } from '@aws-sdk/client-s3'
import { createTopic } from '../../harness/topic.ts'
import { holds, refusal } from '../../harness/refusal.ts'
import { formFields, postRaw } from './signed-form.ts'

const { check, checks } = createTopic('form POST')
export { checks as formChecks }

check('a file within its policy is stored, with 204 and an ETag', async (s3) => {
  const key = s3.newKey()
  const { fields } = await s3.policy(key)
  const { status, headers, body } = await s3.post(fields, 'photo')
  assert.equal(status, 204)
  assert.equal(body, '')
  assert.match(String(headers.etag), /^"[0-9a-f]{32}"$/)
  assert.equal(await s3.read(key), 'photo')
})

check('success_action_status 201 answers XML with location, bucket, key and ETag', async (s3) => {
  const key = s3.newKey()
  const { fields } = await s3.policy(key, { Fields: { success_action_status: '201' } })
  const { status, body } = await s3.post(fields, 'photo')
  assert.equal(status, 201)
  assert.match(
    body,
    new RegExp(
      `<PostResponse>.*<Location>http.*</Location>.*<Bucket>${s3.bucket}</Bucket>.*<Key>${key}</Key>.*<ETag>(&quot;|")[0-9a-f]{32}`,
      's',
    ),
  )
})

check('success_action_status 200 answers 200', async (s3) => {
  const { fields } = await s3.policy(s3.newKey(), { Fields: { success_action_status: '200' } })
  assert.equal((await s3.post(fields, 'photo')).status, 200)
})

check('success_action_redirect answers 303 with bucket, key and etag', async (s3) => {
  const key = s3.newKey()
  const { fields } = await s3.policy(key, {
    Fields: { success_action_redirect: 'https://app.example/done?x=1' },
  })
  const { status, headers } = await s3.post(fields, 'photo')
  assert.equal(status, 303)
  const location = new URL(String(headers.location))
  assert.equal(location.origin, 'https://app.example')
  assert.deepEqual([location.searchParams.get('bucket'), location.searchParams.get('key')], [s3.bucket, key])
  holds(location.searchParams.get('etag'), 'an etag in the location')
})

check('${filename} becomes the name of the file, without its path', async (s3) => {
  const prefix = s3.newKey()
  const { fields } = await s3.policy(`${prefix}/\${filename}`)
  assert.equal((await s3.post(fields, 'photo', 'C:\\Pictures\\cat.png')).status, 204)
  assert.equal(await s3.read(`${prefix}/cat.png`), 'photo')
})

check('Content-Type and metadata of the form are stored', async (s3) => {
  const key = s3.newKey()
  const { fields } = await s3.policy(key, {
    Fields: { 'Content-Type': 'image/png', 'x-amz-meta-color': 'red', 'Cache-Control': 'no-store' },
  })
  assert.equal((await s3.post(fields, 'photo')).status, 204)
  const head = await s3.client.send(new HeadObjectCommand({ Bucket: s3.bucket, Key: key }))
  assert.deepEqual(
    [head.ContentType, head.Metadata?.color, head.CacheControl],
    ['image/png', 'red', 'no-store'],
  )
})

check('tags of the form are stored, and tags that are not XML are refused', async (s3) => {
  const key = s3.newKey()
  const tagging = '<Tagging><TagSet><Tag><Key>project</Key><Value>a-b</Value></Tag></TagSet></Tagging>'
  const good = await s3.policy(key, { Fields: { tagging } })
  const bad = await s3.policy(key, { Fields: { tagging: 'project=blue' } })
  await refusal({
    refused: () => s3.post(bad.fields, 'photo'),
    as: [400, 'MalformedXML'],
    afterRefusal: async () => assert.equal(await s3.read(key), undefined),
    accepted: () => s3.post(good.fields, 'photo'),
  })
  const { TagSet } = await s3.client.send(new GetObjectTaggingCommand({ Bucket: s3.bucket, Key: key }))
  assert.deepEqual(TagSet, [{ Key: 'project', Value: 'a-b' }])
})

check('a file far over its size is refused with a response, not a broken connection', async (s3) => {
  const key = s3.newKey()
  const { fields } = await s3.policy(key, { Conditions: [['content-length-range', 0, 1000]] })
  await refusal({
    refused: () => s3.post(fields, Buffer.alloc(3_000_000)),
    as: [400, 'EntityTooLarge'],
    afterRefusal: async () => assert.equal(await s3.read(key), undefined),
    accepted: () => s3.post(fields, Buffer.alloc(1000)),
  })
})

check('a form without a file is refused', async (s3) => {
  const { fields } = await s3.policy(s3.newKey())
  await refusal({
    refused: () => s3.post(fields, undefined),
    as: [400],
    accepted: () => s3.post(fields, 'x'),
  })
})

check('a form without a key is refused', async (s3) => {
  const { key: _key, ...fields } = (await s3.policy(s3.newKey())).fields
  await refusal({
    refused: () => s3.post(fields, 'x'),
    as: [[400, 403]],
    accepted: () => s3.post({ key: _key ?? '', ...fields }, 'x'),
  })
})

check('fields after the file are ignored', async (s3) => {
  const key = s3.newKey()
  const { fields } = await s3.policy(key)
  const { Policy: _policy, ...others } = fields
  const file = '--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\nx\r\n'
  const policy = formFields({ Policy: fields.Policy ?? '' })
  await refusal({
    refused: postRaw(s3, `${formFields(others)}${file}${policy}--b--\r\n`),
    as: [[400, 403]],
    afterRefusal: async () => assert.equal(await s3.read(key), undefined),
    accepted: postRaw(s3, `${formFields(others)}${policy}${file}--b--\r\n`),
  })
})

check('a form that ends before its last boundary stores nothing', async (s3) => {
  const key = s3.newKey()
  const { fields } = await s3.policy(key)
  const body = `${formFields(fields)}--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\nhalf a fi`
  await refusal({
    refused: postRaw(s3, body),
    as: [[400, 403, 500]],
    afterRefusal: async () => assert.equal(await s3.read(key), undefined),
    accepted: postRaw(s3, `${body}le\r\n--b--\r\n`),
  })
})

check('a checksum in the form is verified', async (s3) => {
  const key = s3.newKey()
  const good = {
    'x-amz-checksum-algorithm': 'SHA256',
    'x-amz-checksum-sha256': 'ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=',
  } // "abc"
  const { fields } = await s3.policy(key, { Fields: good })
  await refusal({
    refused: () => s3.post(fields, 'abd'),
    as: [400, 'BadDigest'],
    afterRefusal: async () => assert.equal(await s3.read(key), undefined),
    accepted: () => s3.post(fields, 'abc'),
  })
})

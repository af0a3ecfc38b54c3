import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { HeadObjectCommand } from '@aws-sdk/client-s3'
import { createTopic, holds, refusal, type TestBucket } from './test-bucket.ts'

const { check, checks } = createTopic('form POST')
export { checks as postChecks }

/** Form fields with a custom policy and a valid signature. */
function signPolicy({ credentials, region }: TestBucket, policy: unknown) {
  const longDate = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '')
  const date = longDate.slice(0, 8)
  const base64 = Buffer.from(typeof policy === 'string' ? policy : JSON.stringify(policy)).toString('base64')
  const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()
  const signing = [date, region, 's3', 'aws4_request'].reduce<string | Buffer>(
    hmac,
    `AWS4${credentials.secretAccessKey}`,
  )
  return {
    'x-amz-algorithm': 'AWS4-HMAC-SHA256',
    'x-amz-credential': `${credentials.accessKeyId}/${date}/${region}/s3/aws4_request`,
    'x-amz-date': longDate,
    policy: base64,
    'x-amz-signature': hmac(signing, base64).toString('hex'),
  }
}

const later = () => new Date(Date.now() + 60_000).toISOString()

/** Conditions for the fields that a signature adds. */
const signing = [
  ['starts-with', '$x-amz-credential', ''],
  ['starts-with', '$x-amz-date', ''],
  ['starts-with', '$x-amz-algorithm', ''],
]

/** Encoded fields with the boundary `b`. */
const formFields = (fields: Record<string, string>) =>
  Object.entries(fields)
    .map(([name, value]) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
    .join('')

const postRaw = (s3: TestBucket, body: string) => () =>
  s3.raw({
    method: 'POST',
    path: `/${s3.bucket}`,
    headers: { 'content-type': 'multipart/form-data; boundary=b' },
    body,
  })

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

check('a file one byte over content-length-range stores nothing', async (s3) => {
  const key = s3.newKey()
  const { fields } = await s3.policy(key, { Conditions: [['content-length-range', 2, 4]] })
  await refusal({
    refused: () => s3.post(fields, 'fives'),
    as: [400, 'EntityTooLarge'],
    afterRefusal: async () => assert.equal(await s3.read(key), undefined),
    accepted: () => s3.post(fields, 'four'),
  })
})

check('a file one byte under content-length-range stores nothing', async (s3) => {
  const key = s3.newKey()
  const { fields } = await s3.policy(key, { Conditions: [['content-length-range', 2, 4]] })
  await refusal({
    refused: () => s3.post(fields, '1'),
    as: [400, 'EntityTooSmall'],
    afterRefusal: async () => assert.equal(await s3.read(key), undefined),
    accepted: () => s3.post(fields, '12'),
  })
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

check('an empty file is stored where the policy allows it', async (s3) => {
  const key = s3.newKey()
  const { fields } = await s3.policy(key)
  assert.equal((await s3.post(fields, '')).status, 204)
  assert.equal(await s3.read(key), '')
})

check('a key that differs from the policy is refused', async (s3) => {
  const [key, other] = [s3.newKey(), s3.newKey('other')]
  const { fields } = await s3.policy(key)
  await refusal({
    refused: () => s3.post({ ...fields, key: other }, 'x'),
    as: [403, 'AccessDenied'],
    afterRefusal: async () => assert.equal(await s3.read(other), undefined),
    accepted: () => s3.post({ ...fields, key }, 'x'),
  })
})

check('a key must start with the starts-with value', async (s3) => {
  const prefix = s3.newKey()
  const { fields } = await s3.policy(`${prefix}/\${filename}`)
  await refusal({
    refused: () => s3.post({ ...fields, key: `elsewhere/${prefix}` }, 'x'),
    as: [403, 'AccessDenied'],
    accepted: () => s3.post({ ...fields, key: `${prefix}/mine` }, 'x'),
  })
})

check('a Content-Type that does not match starts-with is refused', async (s3) => {
  const key = s3.newKey()
  const { fields } = await s3.policy(key, { Conditions: [['starts-with', '$Content-Type', 'image/']] })
  const post = (type: string) => () => s3.post({ ...fields, 'Content-Type': type }, 'x')
  await refusal({ refused: post('text/html'), as: [403, 'AccessDenied'], accepted: post('image/gif') })
})

check('a Content-Type under an eq condition must be equal', async (s3) => {
  const { fields } = await s3.policy(s3.newKey(), { Conditions: [['eq', '$Content-Type', 'image/png']] })
  const post = (type: Record<string, string>) => () => s3.post({ ...fields, ...type }, 'x')
  const as = [403, 'AccessDenied'] as const
  const accepted = post({ 'Content-Type': 'image/png' })
  await refusal({ refused: post({ 'Content-Type': 'image/pngx' }), as, accepted })
  await refusal({ refused: post({}), as, accepted })
})

check('starts-with an empty string allows any value', async (s3) => {
  const { fields } = await s3.policy(s3.newKey(), { Conditions: [['starts-with', '$x-amz-meta-note', '']] })
  assert.equal((await s3.post({ ...fields, 'x-amz-meta-note': 'whatever' }, 'x')).status, 204)
})

check('a field that the policy does not mention is refused', async (s3) => {
  const key = s3.newKey()
  const { fields } = await s3.policy(key)
  for (const extra of [
    { 'x-amz-meta-extra': '1' },
    { 'Content-Type': 'text/html' },
    { success_action_status: '201' },
  ]) {
    const mentioned = await s3.policy(s3.newKey(), { Fields: extra })
    await refusal({
      refused: () => s3.post({ ...fields, ...extra }, 'x'),
      as: [403, 'AccessDenied'],
      afterRefusal: async () => assert.equal(await s3.read(key), undefined),
      accepted: () => s3.post(mentioned.fields, 'x'),
    })
  }
})

check('a field that starts with x-ignore- needs no condition', async (s3) => {
  const { fields } = await s3.policy(s3.newKey())
  assert.equal((await s3.post({ ...fields, 'x-ignore-me': '1' }, 'x')).status, 204)
})

check('an expired policy is refused', async (s3) => {
  const key = s3.newKey()
  const post = (expiration: string) => () => {
    const conditions = [{ bucket: s3.bucket }, { key }, ...signing]
    return s3.post({ key, ...signPolicy(s3, { expiration, conditions }) }, 'x')
  }
  await refusal({
    refused: post(new Date(Date.now() - 5000).toISOString()),
    as: [403, 'AccessDenied'],
    afterRefusal: async () => assert.equal(await s3.read(key), undefined),
    accepted: post(later()),
  })
})

check('a policy for another bucket is refused', async (s3) => {
  const key = s3.newKey()
  const post = (bucket: string) => () => {
    const conditions = [{ bucket }, { key }, ...signing]
    return s3.post({ key, ...signPolicy(s3, { expiration: later(), conditions }) }, 'x')
  }
  await refusal({ refused: post('someone-elses'), as: [403, 'AccessDenied'], accepted: post(s3.bucket) })
})

check('a changed policy is refused', async (s3) => {
  const key = s3.newKey()
  const { fields } = await s3.policy(key, { Conditions: [['content-length-range', 0, 1]] })
  const opened = Buffer.from(fields.Policy ?? '', 'base64')
    .toString()
    .replace('"content-length-range",0,1]', '"content-length-range",0,9]')
  const post = (changed: Record<string, string>) => () => s3.post({ ...fields, ...changed }, 'x')
  await refusal({
    refused: post({ Policy: Buffer.from(opened).toString('base64') }),
    as: [403, 'SignatureDoesNotMatch'],
    afterRefusal: async () => assert.equal(await s3.read(key), undefined),
    accepted: post({}),
  })
})

check('a wrong signature is refused', async (s3) => {
  const { fields } = await s3.policy(s3.newKey())
  await refusal({
    refused: () => s3.post({ ...fields, 'X-Amz-Signature': '0'.repeat(64) }, 'x'),
    as: [403, 'SignatureDoesNotMatch'],
    accepted: () => s3.post(fields, 'x'),
  })
})

check('an unknown access key is refused', async (s3) => {
  const { fields } = await s3.policy(s3.newKey())
  const credential = (fields['X-Amz-Credential'] ?? '').replace(
    s3.credentials.accessKeyId,
    'AKIANOBODYKNOWSTHIS1',
  )
  await refusal({
    refused: () => s3.post({ ...fields, 'X-Amz-Credential': credential }, 'x'),
    as: [403, 'InvalidAccessKeyId', 'AccessDenied'],
    accepted: () => s3.post(fields, 'x'),
  })
})

check('a form without a policy is anonymous and refused', async (s3) => {
  const key = s3.newKey()
  const { fields } = await s3.policy(key)
  await refusal({
    refused: () => s3.post({ key }, 'x'),
    as: [403, 'AccessDenied'],
    afterRefusal: async () => assert.equal(await s3.read(key), undefined),
    accepted: () => s3.post(fields, 'x'),
  })
})

check('a policy that is not JSON is InvalidPolicyDocument', async (s3) => {
  const key = s3.newKey()
  const post = (policy: string) => () => s3.post({ key, ...signPolicy(s3, policy) }, 'x')
  const policy = { expiration: later(), conditions: [{ bucket: s3.bucket }, { key }, ...signing] }
  await refusal({
    refused: post('no json'),
    as: [400, 'InvalidPolicyDocument'],
    accepted: post(JSON.stringify(policy)),
  })
})

check('a policy with an unknown operator is refused', async (s3) => {
  const post = (operator: string, value: string) => () => {
    const conditions = [
      { bucket: s3.bucket },
      [operator, '$key', value],
      ['starts-with', '$key', ''],
      ...signing,
    ]
    return s3.post({ key: s3.newKey(), ...signPolicy(s3, { expiration: later(), conditions }) }, 'x')
  }
  await refusal({
    refused: post('ends-with', 'object'),
    as: [403, 'AccessDenied'],
    accepted: post('starts-with', ''),
  })
})

check('a policy that does not name its bucket is refused', async (s3) => {
  const key = s3.newKey()
  const post = (conditions: unknown[]) => () =>
    s3.post({ key, ...signPolicy(s3, { expiration: later(), conditions }) }, 'x')
  await refusal({
    refused: post([{ key }, ...signing]),
    as: [403, 'AccessDenied'],
    accepted: post([{ bucket: s3.bucket }, { key }, ...signing]),
  })
})

check('a condition on a missing field does not hold, even starts-with an empty string', async (s3) => {
  const { fields } = await s3.policy(s3.newKey(), { Conditions: [['starts-with', '$Content-Type', '']] })
  await refusal({
    refused: () => s3.post(fields, 'x'),
    as: [403, 'AccessDenied'],
    accepted: () => s3.post({ ...fields, 'Content-Type': 'image/png' }, 'x'),
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

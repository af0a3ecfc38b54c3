import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { HeadObjectCommand } from '@aws-sdk/client-s3'
import { createTopic, holds, oneOf, saysNo, type Subject } from './subject.ts'

const { check, checks } = createTopic('form POST')
export { checks as postChecks }

/** Fields under a policy of our own making, properly signed. */
function signPolicy({ credentials, region }: Subject, policy: unknown) {
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
  saysNo(await s3.post(fields, 'fives'), 400, 'EntityTooLarge')
  assert.equal(await s3.read(key), undefined)
  assert.equal((await s3.post(fields, 'four')).status, 204)
})

check('a file one byte under content-length-range stores nothing', async (s3) => {
  const key = s3.newKey()
  const { fields } = await s3.policy(key, { Conditions: [['content-length-range', 2, 4]] })
  saysNo(await s3.post(fields, '1'), 400, 'EntityTooSmall')
  assert.equal(await s3.read(key), undefined)
  assert.equal((await s3.post(fields, '12')).status, 204)
})

check('a file far over its size is refused with an answer, not a broken connection', async (s3) => {
  const key = s3.newKey()
  const { fields } = await s3.policy(key, { Conditions: [['content-length-range', 0, 1000]] })
  saysNo(await s3.post(fields, Buffer.alloc(3_000_000)), 400, 'EntityTooLarge')
  assert.equal(await s3.read(key), undefined)
})

check('an empty file is stored where the policy lets it', async (s3) => {
  const key = s3.newKey()
  const { fields } = await s3.policy(key)
  assert.equal((await s3.post(fields, '')).status, 204)
  assert.equal(await s3.read(key), '')
})

check('another key than the policy says is refused', async (s3) => {
  const [key, other] = [s3.newKey(), s3.newKey('other')]
  const { fields } = await s3.policy(key)
  saysNo(await s3.post({ ...fields, key: other }, 'x'), 403, 'AccessDenied')
  assert.equal(await s3.read(other), undefined)
})

check('a key must start with what starts-with says', async (s3) => {
  const prefix = s3.newKey()
  const { fields } = await s3.policy(`${prefix}/\${filename}`)
  assert.equal((await s3.post({ ...fields, key: `${prefix}/mine` }, 'x')).status, 204)
  saysNo(await s3.post({ ...fields, key: `elsewhere/${prefix}` }, 'x'), 403, 'AccessDenied')
})

check('a Content-Type that does not start as the policy says is refused', async (s3) => {
  const key = s3.newKey()
  const { fields } = await s3.policy(key, { Conditions: [['starts-with', '$Content-Type', 'image/']] })
  saysNo(await s3.post({ ...fields, 'Content-Type': 'text/html' }, 'x'), 403, 'AccessDenied')
  assert.equal((await s3.post({ ...fields, 'Content-Type': 'image/gif' }, 'x')).status, 204)
})

check('a Content-Type that an eq condition names is the only one', async (s3) => {
  const { fields } = await s3.policy(s3.newKey(), { Conditions: [['eq', '$Content-Type', 'image/png']] })
  saysNo(await s3.post({ ...fields, 'Content-Type': 'image/pngx' }, 'x'), 403, 'AccessDenied')
  saysNo(await s3.post(fields, 'x'), 403, 'AccessDenied')
  assert.equal((await s3.post({ ...fields, 'Content-Type': 'image/png' }, 'x')).status, 204)
})

check('starts-with an empty text lets anything through', async (s3) => {
  const { fields } = await s3.policy(s3.newKey(), { Conditions: [['starts-with', '$x-amz-meta-note', '']] })
  assert.equal((await s3.post({ ...fields, 'x-amz-meta-note': 'whatever' }, 'x')).status, 204)
})

check('a field that the policy does not mention is refused', async (s3) => {
  const key = s3.newKey()
  const { fields } = await s3.policy(key)
  saysNo(await s3.post({ ...fields, 'x-amz-meta-extra': '1' }, 'x'), 403, 'AccessDenied')
  saysNo(await s3.post({ ...fields, 'Content-Type': 'text/html' }, 'x'), 403, 'AccessDenied')
  saysNo(await s3.post({ ...fields, success_action_status: '201' }, 'x'), 403, 'AccessDenied')
  assert.equal(await s3.read(key), undefined)
})

check('a field that starts with x-ignore- needs no mention', async (s3) => {
  const { fields } = await s3.policy(s3.newKey())
  assert.equal((await s3.post({ ...fields, 'x-ignore-me': '1' }, 'x')).status, 204)
})

check('an expired policy is refused', async (s3) => {
  const key = s3.newKey()
  const fields = signPolicy(s3, {
    expiration: new Date(Date.now() - 5000).toISOString(),
    conditions: [
      { bucket: s3.bucket },
      { key },
      ['starts-with', '$x-amz-credential', ''],
      ['starts-with', '$x-amz-date', ''],
      ['starts-with', '$x-amz-algorithm', ''],
    ],
  })
  saysNo(await s3.post({ key, ...fields }, 'x'), 403, 'AccessDenied')
  assert.equal(await s3.read(key), undefined)
})

check('a policy for another bucket is refused', async (s3) => {
  const key = s3.newKey()
  const fields = signPolicy(s3, {
    expiration: later(),
    conditions: [
      { bucket: 'someone-elses' },
      { key },
      ['starts-with', '$x-amz-credential', ''],
      ['starts-with', '$x-amz-date', ''],
      ['starts-with', '$x-amz-algorithm', ''],
    ],
  })
  saysNo(await s3.post({ key, ...fields }, 'x'), 403, 'AccessDenied')
})

check('a policy that was changed is refused', async (s3) => {
  const key = s3.newKey()
  const { fields } = await s3.policy(key, { Conditions: [['content-length-range', 0, 1]] })
  const opened = Buffer.from(fields.Policy ?? '', 'base64')
    .toString()
    .replace('"content-length-range",0,1]', '"content-length-range",0,9]')
  saysNo(
    await s3.post({ ...fields, Policy: Buffer.from(opened).toString('base64') }, 'large'),
    403,
    'SignatureDoesNotMatch',
  )
  assert.equal(await s3.read(key), undefined)
})

check('a wrong signature is refused', async (s3) => {
  const { fields } = await s3.policy(s3.newKey())
  saysNo(await s3.post({ ...fields, 'X-Amz-Signature': '0'.repeat(64) }, 'x'), 403, 'SignatureDoesNotMatch')
})

check('an unknown access key is refused', async (s3) => {
  const { fields } = await s3.policy(s3.newKey())
  const credential = (fields['X-Amz-Credential'] ?? '').replace(
    s3.credentials.accessKeyId,
    'AKIANOBODYKNOWSTHIS1',
  )
  saysNo(
    await s3.post({ ...fields, 'X-Amz-Credential': credential }, 'x'),
    403,
    'InvalidAccessKeyId',
    'AccessDenied',
  )
})

check('a form without a policy is anonymous, and refused', async (s3) => {
  const key = s3.newKey()
  saysNo(await s3.post({ key }, 'x'), 403, 'AccessDenied')
  assert.equal(await s3.read(key), undefined)
})

check('a policy that is no JSON is InvalidPolicyDocument', async (s3) => {
  const fields = signPolicy(s3, 'no json')
  saysNo(await s3.post({ key: s3.newKey(), ...fields }, 'x'), 400, 'InvalidPolicyDocument')
})

check('a policy with an unknown operator is refused', async (s3) => {
  const fields = signPolicy(s3, {
    expiration: later(),
    conditions: [
      ['ends-with', '$key', 'x'],
      ['starts-with', '$key', ''],
    ],
  })
  saysNo(await s3.post({ key: s3.newKey(), ...fields }, 'x'), 403, 'AccessDenied')
})

const signing = [
  ['starts-with', '$x-amz-credential', ''],
  ['starts-with', '$x-amz-date', ''],
  ['starts-with', '$x-amz-algorithm', ''],
]

check('a policy that does not name its bucket is refused', async (s3) => {
  const key = s3.newKey()
  const fields = signPolicy(s3, { expiration: later(), conditions: [{ key }, ...signing] })
  saysNo(await s3.post({ key, ...fields }, 'x'), 403, 'AccessDenied')
  const named = signPolicy(s3, {
    expiration: later(),
    conditions: [{ bucket: s3.bucket }, { key }, ...signing],
  })
  assert.equal((await s3.post({ key, ...named }, 'x')).status, 204)
})

check('a condition on a field that is missing does not hold, even to start with nothing', async (s3) => {
  const { fields } = await s3.policy(s3.newKey(), { Conditions: [['starts-with', '$Content-Type', '']] })
  saysNo(await s3.post(fields, 'x'), 403, 'AccessDenied')
  assert.equal((await s3.post({ ...fields, 'Content-Type': 'image/png' }, 'x')).status, 204)
})

check('a form without a file is refused', async (s3) => {
  const { fields } = await s3.policy(s3.newKey())
  const { status } = await s3.post(fields, undefined)
  assert.equal(status, 400)
})

check('a form without a key is refused', async (s3) => {
  const { key: _key, ...fields } = (await s3.policy(s3.newKey())).fields
  const { status } = await s3.post(fields, 'x')
  oneOf(status, 400, 403)
})

check('fields behind the file do not count', async (s3) => {
  const key = s3.newKey()
  const { fields } = await s3.policy(key)
  const parts = Object.entries(fields)
    .filter(([name]) => name !== 'Policy')
    .map(([name, value]) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
  const body = `${parts.join('')}--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\nx\r\n--b\r\nContent-Disposition: form-data; name="Policy"\r\n\r\n${fields.Policy}\r\n--b--\r\n`
  const { status } = await s3.raw({
    method: 'POST',
    path: `/${s3.bucket}`,
    headers: { 'content-type': 'multipart/form-data; boundary=b' },
    body,
  })
  oneOf(status, 400, 403)
  assert.equal(await s3.read(key), undefined)
})

check('a form that ends before its last boundary stores nothing', async (s3) => {
  const key = s3.newKey()
  const { fields } = await s3.policy(key)
  const parts = Object.entries(fields).map(
    ([name, value]) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  )
  const body = `${parts.join('')}--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\nhalf a fi`
  const { status } = await s3.raw({
    method: 'POST',
    path: `/${s3.bucket}`,
    headers: { 'content-type': 'multipart/form-data; boundary=b' },
    body,
  })
  holds(status >= 400, `refused, not ${status}`)
  assert.equal(await s3.read(key), undefined)
})

check('a checksum in the form is checked', async (s3) => {
  const key = s3.newKey()
  const good = {
    'x-amz-checksum-algorithm': 'SHA256',
    'x-amz-checksum-sha256': 'ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=',
  } // "abc"
  const { fields } = await s3.policy(key, { Fields: good })
  saysNo(await s3.post(fields, 'abd'), 400, 'BadDigest')
  assert.equal(await s3.read(key), undefined)
  assert.equal((await s3.post(fields, 'abc')).status, 204)
})

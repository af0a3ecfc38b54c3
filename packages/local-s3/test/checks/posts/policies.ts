import assert from 'node:assert/strict'
import { createTopic } from '../../harness/topic.ts'
import { refusal } from '../../harness/refusal.ts'
import { later, signing, signPolicy } from './signed-form.ts'

const { check, checks } = createTopic('form POST')
export { checks as policyChecks }

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

import { GetBucketLifecycleConfigurationCommand } from '@aws-sdk/client-s3'
import { describe, expect, test } from 'vitest'
import { startTestBucket } from '../harness/servers.ts'
import { sendXml } from '../harness/test-bucket.ts'
import { and, invalid, MalformedXML, rule, tag } from './configurations.ts'

const s3 = await startTestBucket()

async function put(rules: string) {
  const body = `<LifecycleConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${rules}</LifecycleConfiguration>`
  const { status, code } = await sendXml(s3, 'PUT', `/${s3.bucket}?lifecycle=`, body)
  return code === undefined ? String(status) : `${status} ${code}`
}

describe('invalid lifecycle configurations', () => {
  test.each(invalid)(
    'a lifecycle configuration is rejected for %s',
    async (_name, refused, answer, accepted) => {
      expect(await put(accepted)).toBe('200')
      expect(await put(refused)).toBe(answer)
    },
  )
})

test('a rejected lifecycle configuration keeps the previous one', async () => {
  expect(await put(rule({ id: '<ID>kept</ID>' }))).toBe('200')
  expect(await put(rule({ status: 'On' }))).toBe(MalformedXML)
  const { Rules } = await s3.client.send(new GetBucketLifecycleConfigurationCommand({ Bucket: s3.bucket }))
  expect(Rules?.map(({ ID }) => ID)).toEqual(['kept'])
})

test('a lifecycle rule without an ID gets one, and everything else is returned unchanged', async () => {
  const document =
    rule({ id: '', filter: and(`<Prefix> a &amp; b/</Prefix>${tag('k')}${tag('l')}`) }) +
    rule({ id: '<ID>b</ID>' })
  expect(await put(document)).toBe('200')
  const { Rules = [] } = await s3.client.send(
    new GetBucketLifecycleConfigurationCommand({ Bucket: s3.bucket }),
  )
  expect(Rules[0]?.ID).toMatch(/^[\w-]{36}$/)
  expect(Rules[0]?.Filter?.And).toEqual({
    Prefix: ' a & b/',
    Tags: [
      { Key: 'k', Value: 'v' },
      { Key: 'l', Value: 'v' },
    ],
  })
  expect(Rules[1]).toMatchObject({ ID: 'b', Status: 'Enabled', Expiration: { Days: 1 } })
})

import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { PutObjectCommand } from '@aws-sdk/client-s3'
import { createTopic } from '../../harness/topic.ts'
import { refusal } from '../../harness/refusal.ts'

const { check, checks } = createTopic('object')
export { checks as awsChunkedChecks }

check('a stream arrives aws-chunked and is stored without the framing', async (s3) => {
  const key = s3.newKey()
  const Body = Readable.from([Buffer.alloc(70_000, 'a'), Buffer.alloc(90_000, 'b')])
  await s3.client.send(new PutObjectCommand({ Bucket: s3.bucket, Key: key, Body, ContentLength: 160_000 }))
  const { ContentLength, ContentEncoding } = await s3.head(key)
  assert.deepEqual([ContentLength, ContentEncoding], [160_000, undefined])
  assert.equal(await s3.read(key), 'a'.repeat(70_000) + 'b'.repeat(90_000))
})

check('an aws-chunked body with a wrong trailer checksum stores nothing', async (s3) => {
  const key = s3.newKey()
  const put = (checksum: string) => () =>
    s3.signed({
      method: 'PUT',
      path: s3.path(key),
      headers: {
        'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
        'content-encoding': 'aws-chunked',
        'x-amz-decoded-content-length': '3',
        'x-amz-trailer': 'x-amz-checksum-crc32',
      },
      body: `3\r\nabc\r\n0\r\nx-amz-checksum-crc32:${checksum}\r\n\r\n`,
    })
  await refusal({
    refused: put('AAAAAA=='),
    as: [400, 'BadDigest'],
    afterRefusal: async () => assert.equal(await s3.read(key), undefined),
    accepted: put('NSRBwg=='),
  })
  assert.equal(await s3.read(key), 'abc')
})

check(
  'an aws-chunked body with trailers that were not declared, or more bytes, stores nothing',
  async (s3) => {
    const right = 'x-amz-checksum-crc32:NSRBwg==\r\n'
    const put = (key: string, declared: string, end: string) => () =>
      s3.signed({
        method: 'PUT',
        path: s3.path(key),
        headers: {
          'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
          'content-encoding': 'aws-chunked',
          'x-amz-decoded-content-length': '3',
          'x-amz-trailer': declared,
        },
        body: `3\r\nabc\r\n0\r\n${end}`,
      })
    for (const [declared, end] of [
      ['x-amz-checksum-crc32', `${right}x-amz-checksum-crc32c:AAAAAA==\r\n\r\n`],
      ['x-amz-checksum-crc32', `x-amz-checksum-crc32:AAAAAA==\r\n${right}\r\n`],
      ['x-amz-checksum-crc32,x-amz-checksum-crc32c', `${right}x-amz-checksum-crc32c:AAAAAA==\r\n\r\n`],
      ['x-amz-checksum-crc32', `${right}\r\nmore`],
    ] as const) {
      const key = s3.newKey()
      await refusal({
        refused: put(key, declared, end),
        as: [400],
        afterRefusal: async () => assert.equal(await s3.read(key), undefined),
        accepted: put(key, 'x-amz-checksum-crc32', `${right}\r\n`),
      })
    }
  },
)

check('Content-Encoding is returned as it was sent, without aws-chunked', async (s3) => {
  const key = s3.newKey()
  for (const [sent, stored] of [
    ['gzip', 'gzip'],
    ['deflate, gzip', 'deflate, gzip'],
    ['deflate,gzip', 'deflate,gzip'],
    ['GZIP ,  br', 'GZIP ,  br'],
    ['aws-chunked, gzip', 'gzip'],
    ['gzip,aws-chunked', 'gzip'],
    ['aws-chunked, deflate, gzip', 'deflate, gzip'],
    ['aws-chunked', undefined],
  ] as const) {
    const headers = { 'content-encoding': sent }
    assert.equal((await s3.signed({ method: 'PUT', path: s3.path(key), headers, body: 'x' })).status, 200)
    const { headers: told } = await s3.signed({ method: 'HEAD', path: s3.path(key) })
    assert.equal(told['content-encoding'], stored)
  }
})

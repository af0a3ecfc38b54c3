import assert from 'node:assert/strict'
import { ListObjectsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3'
import { createTopic } from '../../harness/topic.ts'
import { holds } from '../../harness/refusal.ts'
import type { TestBucket } from '../../harness/test-bucket.ts'

const { check, checks } = createTopic('listing')
export { checks as listingChecks }

const list = ({ client, bucket }: TestBucket, more: object) =>
  client.send(new ListObjectsV2Command({ Bucket: bucket, ...more }))

async function fill(s3: TestBucket, names: readonly string[]) {
  const prefix = `${s3.newKey('list')}/`
  for (const name of names) await s3.put(prefix + name, name)
  return prefix
}

check('keys are listed in the order of their UTF-8 bytes, with size and ETag', async (s3) => {
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

check('pages of two list every key once', async (s3) => {
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

check('a delimiter groups keys into common prefixes', async (s3) => {
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

check('pages with a delimiter count a prefix once', async (s3) => {
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

check('start-after omits the keys up to it', async (s3) => {
  const prefix = await fill(s3, ['a', 'b', 'c'])
  const { Contents } = await list(s3, { Prefix: prefix, StartAfter: `${prefix}a` })
  assert.deepEqual(
    Contents?.map(({ Key }) => Key?.slice(prefix.length)),
    ['b', 'c'],
  )
})

check('max-keys 0 returns an empty page', async (s3) => {
  const prefix = await fill(s3, ['a'])
  const { Contents, IsTruncated, KeyCount } = await list(s3, { Prefix: prefix, MaxKeys: 0 })
  assert.deepEqual([Contents, IsTruncated, KeyCount], [undefined, false, 0])
})

check('encoding-type url encodes keys', async (s3) => {
  const prefix = await fill(s3, ['a b&c'])
  const { Contents, EncodingType } = await list(s3, { Prefix: prefix, EncodingType: 'url' })
  assert.equal(EncodingType, 'url')
  assert.match(Contents?.[0]?.Key ?? '', /a(%20|\+)b%26c$/)
})

check('the first version of ListObjects lists too', async (s3) => {
  const prefix = await fill(s3, ['a', 'b', 'c'])
  const { Contents, IsTruncated } = await s3.client.send(
    new ListObjectsCommand({ Bucket: s3.bucket, Prefix: prefix, MaxKeys: 2, Marker: `${prefix}a` }),
  )
  assert.deepEqual([Contents?.map(({ Key }) => Key?.slice(prefix.length)), IsTruncated], [['b', 'c'], false])
})

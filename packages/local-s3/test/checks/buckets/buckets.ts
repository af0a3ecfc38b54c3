import assert from 'node:assert/strict'
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketPolicyCommand,
  DeleteObjectCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLocationCommand,
  GetBucketPolicyCommand,
  GetBucketTaggingCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
} from '@aws-sdk/client-s3'
import { createTopic } from '../../harness/topic.ts'
import { holds, oneOf, refusal } from '../../harness/refusal.ts'
import { openTestBucket } from '../../harness/test-bucket.ts'

const { check, checks } = createTopic('bucket')
export { checks as bucketChecks }

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

import { parsePolicy } from './access.ts'
import { checkTags } from './attributes.ts'
import { corsXml, parseCors } from './cors.ts'
import { S3Error, type S3ErrorCode } from './error.ts'
import { findObject } from './objects.ts'
import { xmlAnswer, type BucketCall, type ObjectCall, type ServiceCall } from './operation.ts'
import { readText } from './payload.ts'
import type { Answer } from './request.ts'
import type { BucketSettings } from './store.ts'
import { parseXml, xmlDocument } from './xml.ts'

const ok: Answer = { status: 200 }
const gone: Answer = { status: 204 }

export function listBuckets({ store }: ServiceCall): Answer {
  const buckets = [...store.buckets()].toSorted((a, b) => (a.name < b.name ? -1 : 1))
  return xmlAnswer(
    xmlDocument('ListAllMyBucketsResult', {
      Owner: { ID: 'local-s3', DisplayName: 'local-s3' },
      Buckets: {
        Bucket: buckets.map(({ name, created }) => ({
          Name: name,
          CreationDate: new Date(created).toISOString(),
        })),
      },
    }),
  )
}

export async function createBucket({ request, identity, store, authority }: ServiceCall): Promise<Answer> {
  const name = request.bucket ?? ''
  const body = request.headers['content-length'] === '0' ? '' : await readOptionalText(request, identity)
  const asked = body && parseXml(body, 'CreateBucketConfiguration').get('LocationConstraint')?.trim()
  if (asked && asked !== authority.region) {
    throw new S3Error(
      'IllegalLocationConstraintException',
      `The ${asked} location constraint is incompatible for the region specific endpoint this request was sent to.`,
    )
  }
  const { isNew } = await store.createBucket(name)
  // The first region answers as it always did; every other one says so.
  if (!isNew && authority.region !== 'us-east-1')
    throw new S3Error('BucketAlreadyOwnedByYou', undefined, { BucketName: name })
  return { status: 200, headers: { location: `/${name}` } }
}

const readOptionalText = async (request: ServiceCall['request'], identity: ServiceCall['identity']) =>
  request.headers['content-length'] === undefined && request.headers['transfer-encoding'] === undefined
    ? ''
    : readText(request, identity)

export async function deleteBucket({ store, bucket }: BucketCall): Promise<Answer> {
  await store.deleteBucket(bucket)
  return gone
}

export const headBucket = ({ authority }: BucketCall): Answer => ({
  status: 200,
  headers: { 'x-amz-bucket-region': authority.region },
})

export const getBucketLocation = ({ authority: { region } }: BucketCall) =>
  xmlAnswer(
    `<?xml version="1.0" encoding="UTF-8"?>\n<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${region === 'us-east-1' ? '' : region}</LocationConstraint>`,
  )

/** Never turned on here, which is what the answer says. */
export const getBucketVersioning = () => xmlAnswer(xmlDocument('VersioningConfiguration', {}))

function setting<Name extends keyof BucketSettings>(
  { bucket }: BucketCall,
  name: Name,
  missing: S3ErrorCode,
) {
  const value = bucket.settings[name]
  if (value === undefined) throw new S3Error(missing, undefined, { BucketName: bucket.name })
  return value as NonNullable<BucketSettings[Name]>
}

const deleteSetting =
  (name: keyof BucketSettings) =>
  async ({ store, bucket }: BucketCall) => {
    await store.changeSettings(bucket, name)
    return gone
  }

export async function putBucketCors({ request, identity, store, bucket }: BucketCall): Promise<Answer> {
  await store.changeSettings(bucket, { cors: parseCors(await readText(request, identity, true)) })
  return ok
}
export const getBucketCors = (call: BucketCall) =>
  xmlAnswer(corsXml(setting(call, 'cors', 'NoSuchCORSConfiguration')))
export const deleteBucketCors = deleteSetting('cors')

export async function putBucketLifecycle({ request, identity, store, bucket }: BucketCall): Promise<Answer> {
  const text = await readText(request, identity, true)
  const rules = parseXml(text, 'LifecycleConfiguration').all('Rule')
  if (
    rules.length === 0 ||
    rules.some((rule) => !/^(Enabled|Disabled)$/.test(rule.get('Status')?.trim() ?? ''))
  ) {
    throw new S3Error('MalformedXML')
  }
  await store.changeSettings(bucket, { lifecycle: text })
  return ok
}
export const getBucketLifecycle = (call: BucketCall) =>
  xmlAnswer(setting(call, 'lifecycle', 'NoSuchLifecycleConfiguration'))
export const deleteBucketLifecycle = deleteSetting('lifecycle')

export async function putBucketPolicy({ request, identity, store, bucket }: BucketCall): Promise<Answer> {
  const policy = await readText(request, identity)
  parsePolicy(policy, bucket.name)
  await store.changeSettings(bucket, { policy })
  return gone
}
export const getBucketPolicy = (call: BucketCall): Answer => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: setting(call, 'policy', 'NoSuchBucketPolicy'),
})
export const deleteBucketPolicy = deleteSetting('policy')

async function readTagging({ request, identity }: BucketCall, limit: number) {
  const set = parseXml(await readText(request, identity, true), 'Tagging').child('TagSet')
  if (!set) throw new S3Error('MalformedXML')
  return checkTags(
    set.all('Tag').map((tag) => [tag.get('Key') ?? '', tag.get('Value') ?? '']),
    limit,
  )
}

const taggingXml = (tags: Record<string, string>) =>
  xmlAnswer(
    xmlDocument('Tagging', { TagSet: { Tag: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) } }),
  )

export async function putBucketTagging(call: BucketCall): Promise<Answer> {
  await call.store.changeSettings(call.bucket, { tags: await readTagging(call, 50) })
  return gone
}
export const getBucketTagging = (call: BucketCall) => taggingXml(setting(call, 'tags', 'NoSuchTagSet'))
export const deleteBucketTagging = deleteSetting('tags')

export async function putObjectTagging(call: ObjectCall): Promise<Answer> {
  const tags = await readTagging(call, 10)
  await changeTags(call, tags)
  return ok
}
export const getObjectTagging = ({ bucket, key }: ObjectCall) => taggingXml(findObject(bucket, key).tags)

export async function deleteObjectTagging(call: ObjectCall): Promise<Answer> {
  await changeTags(call, {})
  return gone
}

const changeTags = ({ store, bucket, key }: ObjectCall, tags: Record<string, string>) =>
  store.change(bucket, key, () => ({ ...findObject(bucket, key), tags }))

import { parseBucketPolicy } from '../auth/bucket-policy.ts'
import { parseTaggingXml } from './object-metadata.ts'
import { corsXml, parseCors } from '../http/cors.ts'
import { checkChildren } from '../http/xml-elements.ts'
import { S3Error, type S3ErrorCode } from '../http/error.ts'
import { parseLifecycle } from './lifecycle.ts'
import { parseContinuationToken } from './listing.ts'
import { findObject } from './objects.ts'
import { xmlResponse, type BucketCall, type ObjectCall, type ServiceCall } from './operation.ts'
import { owner } from '../auth/owner.ts'
import { readBodyText } from './payload.ts'
import type { S3Response } from '../http/request.ts'
import type { BucketSettings } from '../storage/records.ts'
import { parseXml, xmlDocument } from '../http/xml.ts'

const okResponse: S3Response = { status: 200 }
const noContent: S3Response = { status: 204 }

/** Returns pages only on request: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html */
export function listBuckets({ request: { query }, store, auth }: ServiceCall): S3Response {
  const [prefix, token, region] = ['prefix', 'continuation-token', 'bucket-region'].map(
    (name) => query.get(name) ?? undefined,
  )
  const limit = readMaxBuckets(query.get('max-buckets'))
  const after = token === undefined ? '' : parseContinuationToken(token)
  const rest = [...store.buckets()]
    .filter(({ name }) => name.startsWith(prefix ?? '') && name > after)
    .filter(() => region === undefined || region === auth.region)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const page = rest.slice(0, limit)
  const last = page.length < rest.length ? page.at(-1) : undefined
  const isPaged = [...query.keys()].some((name) =>
    /^(prefix|continuation-token|bucket-region|max-buckets)$/.test(name),
  )
  return xmlResponse(
    xmlDocument('ListAllMyBucketsResult', {
      Owner: owner,
      Buckets: {
        Bucket: page.map(({ name, created }) => ({
          Name: name,
          CreationDate: new Date(created).toISOString(),
          BucketRegion: isPaged ? auth.region : undefined,
        })),
      },
      ContinuationToken: last && Buffer.from(last.name).toString('base64url'),
      Prefix: prefix,
    }),
  )
}

function readMaxBuckets(value: string | null) {
  if (value === null) return Infinity
  if (/^\d{1,5}$/.test(value) && Number(value) >= 1 && Number(value) <= 10_000) return Number(value)
  throw new S3Error('InvalidArgument', 'max-buckets must be an integer between 1 and 10000, inclusive', {
    ArgumentName: 'max-buckets',
    ArgumentValue: value,
  })
}

export async function createBucket({ request, identity, store, auth }: ServiceCall): Promise<S3Response> {
  const name = request.bucket ?? ''
  const body = request.headers['content-length'] === '0' ? '' : await readOptionalBody(request, identity)
  const configuration = body ? parseXml(body, 'CreateBucketConfiguration') : undefined
  const unsupportedElement = configuration?.names.find((element) => /^(Location|Bucket|Tags)$/.test(element))
  if (unsupportedElement !== undefined)
    throw new S3Error('NotImplemented', undefined, { Element: unsupportedElement })
  if (configuration) checkChildren(configuration, ['LocationConstraint'])
  const requestedRegion = configuration?.get('LocationConstraint')?.trim()
  if (requestedRegion && requestedRegion !== auth.region) {
    throw new S3Error(
      'IllegalLocationConstraintException',
      `The ${requestedRegion} location constraint is incompatible for the region specific endpoint this request was sent to.`,
    )
  }
  const { isNew } = await store.createBucket(name)
  // us-east-1 returns 200 for an existing bucket of the same owner; all other regions return this error.
  if (!isNew && auth.region !== 'us-east-1')
    throw new S3Error('BucketAlreadyOwnedByYou', undefined, { BucketName: name })
  return { status: 200, headers: { location: `/${name}` } }
}

const readOptionalBody = async (request: ServiceCall['request'], identity: ServiceCall['identity']) =>
  request.headers['content-length'] === undefined && request.headers['transfer-encoding'] === undefined
    ? ''
    : readBodyText(request, identity)

export async function deleteBucket({ store, bucket }: BucketCall): Promise<S3Response> {
  await store.deleteBucket(bucket)
  return noContent
}

export const headBucket = ({ auth }: BucketCall): S3Response => ({
  status: 200,
  headers: { 'x-amz-bucket-region': auth.region },
})

export const getBucketLocation = ({ auth: { region } }: BucketCall) =>
  xmlResponse(
    `<?xml version="1.0" encoding="UTF-8"?>\n<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${region === 'us-east-1' ? '' : region}</LocationConstraint>`,
  )

/** Returns an empty configuration: versioning is never enabled. */
export const getBucketVersioning = () => xmlResponse(xmlDocument('VersioningConfiguration', {}))

function requireSetting<Name extends keyof BucketSettings>(
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
    return noContent
  }

export async function putBucketCors({ request, identity, store, bucket }: BucketCall): Promise<S3Response> {
  await store.changeSettings(bucket, { cors: parseCors(await readBodyText(request, identity, true)) })
  return okResponse
}
export const getBucketCors = (call: BucketCall) =>
  xmlResponse(corsXml(requireSetting(call, 'cors', 'NoSuchCORSConfiguration')))
export const deleteBucketCors = deleteSetting('cors')

export async function putBucketLifecycle({
  request,
  identity,
  store,
  bucket,
}: BucketCall): Promise<S3Response> {
  const lifecycle = parseLifecycle(await readBodyText(request, identity, true))
  await store.changeSettings(bucket, { lifecycle })
  return okResponse
}
export const getBucketLifecycle = (call: BucketCall) =>
  xmlResponse(requireSetting(call, 'lifecycle', 'NoSuchLifecycleConfiguration'))
export const deleteBucketLifecycle = deleteSetting('lifecycle')

export async function putBucketPolicy({ request, identity, store, bucket }: BucketCall): Promise<S3Response> {
  const policy = await readBodyText(request, identity)
  parseBucketPolicy(policy, bucket.name)
  await store.changeSettings(bucket, { policy })
  return noContent
}
export const getBucketPolicy = (call: BucketCall): S3Response => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: requireSetting(call, 'policy', 'NoSuchBucketPolicy'),
})
export const deleteBucketPolicy = deleteSetting('policy')

const readTagging = async ({ request, identity }: BucketCall, limit: number) =>
  parseTaggingXml(await readBodyText(request, identity, true), limit)

const taggingXml = (tags: Record<string, string>) =>
  xmlResponse(
    xmlDocument('Tagging', { TagSet: { Tag: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) } }),
  )

export async function putBucketTagging(call: BucketCall): Promise<S3Response> {
  await call.store.changeSettings(call.bucket, { tags: await readTagging(call, 50) })
  return noContent
}
export const getBucketTagging = (call: BucketCall) => taggingXml(requireSetting(call, 'tags', 'NoSuchTagSet'))
export const deleteBucketTagging = deleteSetting('tags')

export async function putObjectTagging(call: ObjectCall): Promise<S3Response> {
  const tags = await readTagging(call, 10)
  await changeTags(call, tags)
  return okResponse
}
export const getObjectTagging = ({ bucket, key }: ObjectCall) => taggingXml(findObject(bucket, key).tags)

export async function deleteObjectTagging(call: ObjectCall): Promise<S3Response> {
  await changeTags(call, {})
  return noContent
}

const changeTags = ({ store, bucket, key }: ObjectCall, tags: Record<string, string>) =>
  store.change(bucket, key, () => ({ ...findObject(bucket, key), tags }))

import * as buckets from './buckets.ts'
import { copyObject } from './copy.ts'
import { S3Error } from './error.ts'
import { listMultipartUploads, listObjects, listParts } from './listing.ts'
import * as multipart from './multipart.ts'
import { deleteObject, deleteObjects, getObject, putObject } from './objects.ts'
import type { BucketCall, ObjectCall, Operation, ServiceCall } from './operation.ts'
import type { OperationName } from './parameters.ts'
import { postObject } from './post.ts'
import type { S3Request } from './request.ts'

/** An operation and the request that selects it. */
interface Named {
  /** S3's name of the operation. */
  name: OperationName
  method: string
  /** The query parameter that selects it, for example `uploads`. */
  query?: string
  /** The header that selects it. */
  header?: string
  /** The action of bucket policies, for example `s3:GetObject`. */
  action: string
}

export type Route =
  | (Named & { on: 'service'; run: Operation<ServiceCall> })
  | (Named & { on: 'bucket'; run: Operation<BucketCall> })
  | (Named & { on: 'object'; run: Operation<ObjectCall> })

type Select = Pick<Named, 'query' | 'header'>

const onBucket = (
  name: OperationName,
  method: string,
  run: Operation<BucketCall>,
  select: Select = {},
  action = `s3:${name}`,
): Route => ({
  on: 'bucket',
  name,
  method,
  run,
  action,
  ...select,
})
const onObject = (
  name: OperationName,
  method: string,
  run: Operation<ObjectCall>,
  select: Select = {},
  action = `s3:${name}`,
): Route => ({
  on: 'object',
  name,
  method,
  run,
  action,
  ...select,
})
const onService = (name: OperationName, method: string, run: Operation<ServiceCall>): Route => ({
  on: 'service',
  name,
  method,
  run,
  action: `s3:${name}`,
})

const lifecycle = { query: 'lifecycle' }
const upload = { query: 'uploadId' }
const source = 'x-amz-copy-source'

/** All routes. The first match wins, so more specific routes come first. */
export const routes: readonly Route[] = [
  onObject('UploadPartCopy', 'PUT', multipart.uploadPartCopy, { ...upload, header: source }, 's3:PutObject'),
  onObject('UploadPart', 'PUT', multipart.uploadPart, upload, 's3:PutObject'),
  onObject('PutObjectTagging', 'PUT', buckets.putObjectTagging, { query: 'tagging' }),
  onObject('CopyObject', 'PUT', copyObject, { header: source }, 's3:PutObject'),
  onObject('PutObject', 'PUT', putObject),
  onObject('ListParts', 'GET', listParts, upload, 's3:ListMultipartUploadParts'),
  onObject('GetObjectTagging', 'GET', buckets.getObjectTagging, { query: 'tagging' }),
  onObject('GetObject', 'GET', getObject),
  onObject('HeadObject', 'HEAD', getObject, {}, 's3:GetObject'),
  onObject('AbortMultipartUpload', 'DELETE', multipart.abortMultipartUpload, upload),
  onObject('DeleteObjectTagging', 'DELETE', buckets.deleteObjectTagging, { query: 'tagging' }),
  onObject('DeleteObject', 'DELETE', deleteObject),
  onObject(
    'CreateMultipartUpload',
    'POST',
    multipart.createMultipartUpload,
    { query: 'uploads' },
    's3:PutObject',
  ),
  onObject('CompleteMultipartUpload', 'POST', multipart.completeMultipartUpload, upload, 's3:PutObject'),

  onService('CreateBucket', 'PUT', buckets.createBucket),
  onBucket('PutBucketCors', 'PUT', buckets.putBucketCors, { query: 'cors' }, 's3:PutBucketCORS'),
  onBucket('GetBucketCors', 'GET', buckets.getBucketCors, { query: 'cors' }, 's3:GetBucketCORS'),
  onBucket('DeleteBucketCors', 'DELETE', buckets.deleteBucketCors, { query: 'cors' }, 's3:PutBucketCORS'),
  onBucket(
    'PutBucketLifecycleConfiguration',
    'PUT',
    buckets.putBucketLifecycle,
    lifecycle,
    's3:PutLifecycleConfiguration',
  ),
  onBucket(
    'GetBucketLifecycleConfiguration',
    'GET',
    buckets.getBucketLifecycle,
    lifecycle,
    's3:GetLifecycleConfiguration',
  ),
  onBucket(
    'DeleteBucketLifecycle',
    'DELETE',
    buckets.deleteBucketLifecycle,
    lifecycle,
    's3:PutLifecycleConfiguration',
  ),
  onBucket('PutBucketPolicy', 'PUT', buckets.putBucketPolicy, { query: 'policy' }),
  onBucket('GetBucketPolicy', 'GET', buckets.getBucketPolicy, { query: 'policy' }),
  onBucket('DeleteBucketPolicy', 'DELETE', buckets.deleteBucketPolicy, { query: 'policy' }),
  onBucket('PutBucketTagging', 'PUT', buckets.putBucketTagging, { query: 'tagging' }),
  onBucket('GetBucketTagging', 'GET', buckets.getBucketTagging, { query: 'tagging' }),
  onBucket('DeleteBucketTagging', 'DELETE', buckets.deleteBucketTagging, { query: 'tagging' }),
  onBucket(
    'ListMultipartUploads',
    'GET',
    listMultipartUploads,
    { query: 'uploads' },
    's3:ListBucketMultipartUploads',
  ),
  onBucket('GetBucketLocation', 'GET', buckets.getBucketLocation, { query: 'location' }),
  onBucket('GetBucketVersioning', 'GET', buckets.getBucketVersioning, { query: 'versioning' }),
  onBucket('DeleteObjects', 'POST', deleteObjects, { query: 'delete' }, 's3:DeleteObject'),
  onBucket('ListObjectsV2', 'GET', listObjects, {}, 's3:ListBucket'),
  onBucket('HeadBucket', 'HEAD', buckets.headBucket, {}, 's3:ListBucket'),
  onBucket('DeleteBucket', 'DELETE', buckets.deleteBucket),
  onBucket('PostObject', 'POST', postObject, {}, 's3:PutObject'),
  onService('ListBuckets', 'GET', buckets.listBuckets),
]

/** Query parameters that select an S3 operation. An unsupported one must not match a route without it. */
const subresources = new Set(
  'abac accelerate acl analytics annotation annotations attributes cors delete encryption intelligent-tiering inventory legal-hold lifecycle location logging metadataAnnotationTable metadataConfiguration metadataInventoryTable metadataJournalTable metadataTable metrics notification object-lock ownershipControls policy policyStatus publicAccessBlock renameObject replication requestPayment restore retention select select-type session tagging torrent uploadId uploads versionId versioning versions website'.split(
    ' ',
  ),
)

/**
 * Finds the route of a request.
 * @throws S3Error NotImplemented for an S3 operation that local-s3 does not support; MethodNotAllowed for all others
 */
export function findRoute(request: S3Request): Route {
  const on = request.key !== undefined ? 'object' : request.bucket !== undefined ? 'bucket' : 'service'
  const asked = [...request.query.keys()].filter(
    (name) => subresources.has(name) && !(name === 'versionId' && request.query.get(name) === 'null'),
  )
  const found = routes.find((route) => {
    const level = route.name === 'CreateBucket' ? 'bucket' : route.on
    if (level !== on || route.method !== request.method) return false
    if (route.header !== undefined && request.headers[route.header] === undefined) return false
    return asked.every((name) => name === route.query) && (route.query === undefined || asked.length > 0)
  })
  if (found) return found
  if (asked.length > 0) throw new S3Error('NotImplemented', undefined, { Query: asked.join(', ') })
  throw new S3Error('MethodNotAllowed', undefined, { Method: request.method, ResourceType: on.toUpperCase() })
}

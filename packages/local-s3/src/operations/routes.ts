import * as buckets from './buckets.ts'
import { copyObject } from './copy.ts'
import { S3Error } from '../http/error.ts'
import { listMultipartUploads, listObjects, listUploadParts } from './listing.ts'
import * as multipart from './multipart.ts'
import { deleteObject, deleteObjects, getObject, putObject } from './objects.ts'
import type { BucketCall, ObjectCall, Operation, ServiceCall } from './operation.ts'
import type { OperationName } from './parameters.ts'
import { postObject } from './post-object.ts'
import type { S3Request } from '../http/request.ts'

/** An operation and the request that selects it. */
interface RouteBase {
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

export type OperationRoute =
  | (RouteBase & { scope: 'service'; run: Operation<ServiceCall> })
  | (RouteBase & { scope: 'bucket'; run: Operation<BucketCall> })
  | (RouteBase & { scope: 'object'; run: Operation<ObjectCall> })

type RouteSelector = Pick<RouteBase, 'query' | 'header'>

const bucketRoute = (
  name: OperationName,
  method: string,
  run: Operation<BucketCall>,
  selector: RouteSelector = {},
  action = `s3:${name}`,
): OperationRoute => ({
  scope: 'bucket',
  name,
  method,
  run,
  action,
  ...selector,
})
const objectRoute = (
  name: OperationName,
  method: string,
  run: Operation<ObjectCall>,
  selector: RouteSelector = {},
  action = `s3:${name}`,
): OperationRoute => ({
  scope: 'object',
  name,
  method,
  run,
  action,
  ...selector,
})
const serviceRoute = (name: OperationName, method: string, run: Operation<ServiceCall>): OperationRoute => ({
  scope: 'service',
  name,
  method,
  run,
  action: `s3:${name}`,
})

const lifecycleQuery = { query: 'lifecycle' }
const uploadIdQuery = { query: 'uploadId' }
const copySourceHeader = 'x-amz-copy-source'

/** All routes. The first match wins, so more specific routes come first. */
export const routes: readonly OperationRoute[] = [
  objectRoute(
    'UploadPartCopy',
    'PUT',
    multipart.uploadPartCopy,
    { ...uploadIdQuery, header: copySourceHeader },
    's3:PutObject',
  ),
  objectRoute('UploadPart', 'PUT', multipart.uploadPart, uploadIdQuery, 's3:PutObject'),
  objectRoute('PutObjectTagging', 'PUT', buckets.putObjectTagging, { query: 'tagging' }),
  objectRoute('CopyObject', 'PUT', copyObject, { header: copySourceHeader }, 's3:PutObject'),
  objectRoute('PutObject', 'PUT', putObject),
  objectRoute('ListParts', 'GET', listUploadParts, uploadIdQuery, 's3:ListMultipartUploadParts'),
  objectRoute('GetObjectTagging', 'GET', buckets.getObjectTagging, { query: 'tagging' }),
  objectRoute('GetObject', 'GET', getObject),
  objectRoute('HeadObject', 'HEAD', getObject, {}, 's3:GetObject'),
  objectRoute('AbortMultipartUpload', 'DELETE', multipart.abortMultipartUpload, uploadIdQuery),
  objectRoute('DeleteObjectTagging', 'DELETE', buckets.deleteObjectTagging, { query: 'tagging' }),
  objectRoute('DeleteObject', 'DELETE', deleteObject),
  objectRoute(
    'CreateMultipartUpload',
    'POST',
    multipart.createMultipartUpload,
    { query: 'uploads' },
    's3:PutObject',
  ),
  objectRoute(
    'CompleteMultipartUpload',
    'POST',
    multipart.completeMultipartUpload,
    uploadIdQuery,
    's3:PutObject',
  ),

  serviceRoute('CreateBucket', 'PUT', buckets.createBucket),
  bucketRoute('PutBucketCors', 'PUT', buckets.putBucketCors, { query: 'cors' }, 's3:PutBucketCORS'),
  bucketRoute('GetBucketCors', 'GET', buckets.getBucketCors, { query: 'cors' }, 's3:GetBucketCORS'),
  bucketRoute('DeleteBucketCors', 'DELETE', buckets.deleteBucketCors, { query: 'cors' }, 's3:PutBucketCORS'),
  bucketRoute(
    'PutBucketLifecycleConfiguration',
    'PUT',
    buckets.putBucketLifecycle,
    lifecycleQuery,
    's3:PutLifecycleConfiguration',
  ),
  bucketRoute(
    'GetBucketLifecycleConfiguration',
    'GET',
    buckets.getBucketLifecycle,
    lifecycleQuery,
    's3:GetLifecycleConfiguration',
  ),
  bucketRoute(
    'DeleteBucketLifecycle',
    'DELETE',
    buckets.deleteBucketLifecycle,
    lifecycleQuery,
    's3:PutLifecycleConfiguration',
  ),
  bucketRoute('PutBucketPolicy', 'PUT', buckets.putBucketPolicy, { query: 'policy' }),
  bucketRoute('GetBucketPolicy', 'GET', buckets.getBucketPolicy, { query: 'policy' }),
  bucketRoute('DeleteBucketPolicy', 'DELETE', buckets.deleteBucketPolicy, { query: 'policy' }),
  bucketRoute('PutBucketTagging', 'PUT', buckets.putBucketTagging, { query: 'tagging' }),
  bucketRoute('GetBucketTagging', 'GET', buckets.getBucketTagging, { query: 'tagging' }),
  bucketRoute('DeleteBucketTagging', 'DELETE', buckets.deleteBucketTagging, { query: 'tagging' }),
  bucketRoute(
    'ListMultipartUploads',
    'GET',
    listMultipartUploads,
    { query: 'uploads' },
    's3:ListBucketMultipartUploads',
  ),
  bucketRoute('GetBucketLocation', 'GET', buckets.getBucketLocation, { query: 'location' }),
  bucketRoute('GetBucketVersioning', 'GET', buckets.getBucketVersioning, { query: 'versioning' }),
  bucketRoute('DeleteObjects', 'POST', deleteObjects, { query: 'delete' }, 's3:DeleteObject'),
  bucketRoute('ListObjectsV2', 'GET', listObjects, {}, 's3:ListBucket'),
  bucketRoute('HeadBucket', 'HEAD', buckets.headBucket, {}, 's3:ListBucket'),
  bucketRoute('DeleteBucket', 'DELETE', buckets.deleteBucket),
  bucketRoute('PostObject', 'POST', postObject, {}, 's3:PutObject'),
  serviceRoute('ListBuckets', 'GET', buckets.listBuckets),
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
export function findOperationRoute(request: S3Request): OperationRoute {
  const scope = request.key !== undefined ? 'object' : request.bucket !== undefined ? 'bucket' : 'service'
  const subresourceNames = [...request.query.keys()].filter(
    (name) => subresources.has(name) && !(name === 'versionId' && request.query.get(name) === 'null'),
  )
  const found = routes.find((route) => {
    const routeScope = route.name === 'CreateBucket' ? 'bucket' : route.scope
    if (routeScope !== scope || route.method !== request.method) return false
    if (route.header !== undefined && request.headers[route.header] === undefined) return false
    return (
      subresourceNames.every((name) => name === route.query) &&
      (route.query === undefined || subresourceNames.length > 0)
    )
  })
  if (found) return found
  if (subresourceNames.length > 0)
    throw new S3Error('NotImplemented', undefined, { Query: subresourceNames.join(', ') })
  throw new S3Error('MethodNotAllowed', undefined, {
    Method: request.method,
    ResourceType: scope.toUpperCase(),
  })
}

import type { ValueGetter } from './object-metadata.ts'
import { checksumOf, readDeclaredChecksum } from '../checksums/checksums.ts'
import { S3Error } from '../http/error.ts'
import type { S3Request } from '../http/request.ts'

/** Headers that every operation accepts: transport, signature, and requests for S3's default behavior. */
const commonHeaders =
  'x-amz-date x-amz-content-sha256 x-amz-security-token x-amz-decoded-content-length x-amz-trailer ' +
  'x-amz-sdk-checksum-algorithm x-amz-checksum-crc32 x-amz-checksum-crc32c x-amz-checksum-crc64nvme ' +
  'x-amz-checksum-sha1 x-amz-checksum-sha256 x-amz-user-agent x-amz-api-version x-amz-te x-amz-request-payer'

/** For operations on an existing bucket, which has an owner. */
const ownerHeader = 'x-amz-expected-bucket-owner'
const conditionHeaders = 'if-match if-none-match'
const metadataHeaderNames =
  'x-amz-acl x-amz-meta-* x-amz-server-side-encryption x-amz-storage-class x-amz-tagging x-amz-checksum-algorithm'
const copySourceHeaders =
  'x-amz-copy-source x-amz-copy-source-if-match x-amz-copy-source-if-none-match x-amz-copy-source-if-modified-since ' +
  'x-amz-copy-source-if-unmodified-since x-amz-source-expected-bucket-owner'
const readHeaders = `${ownerHeader} ${conditionHeaders} if-modified-since if-unmodified-since x-amz-checksum-mode`

/**
 * Lists the request headers and form fields that each operation implements. Other x-amz- headers and conditions get 501,
 * so that no client assumes an effect that they do not have. For unsupported query parameters see `subresources` in
 * routes.ts.
 */
const supportedParameters = {
  PutObject: `${ownerHeader} ${conditionHeaders} ${metadataHeaderNames.replace(' x-amz-checksum-algorithm', '')}`,
  CopyObject: `${ownerHeader} ${conditionHeaders} ${metadataHeaderNames} ${copySourceHeaders} x-amz-metadata-directive x-amz-tagging-directive`,
  PostObject:
    `${metadataHeaderNames} x-amz-algorithm x-amz-credential x-amz-signature x-amz-checksum-crc32 x-amz-checksum-crc32c ` +
    'x-amz-checksum-crc64nvme x-amz-checksum-sha1 x-amz-checksum-sha256',
  CreateMultipartUpload: `${ownerHeader} ${metadataHeaderNames} x-amz-checksum-type`,
  UploadPart: ownerHeader,
  UploadPartCopy: `${ownerHeader} ${copySourceHeaders} x-amz-copy-source-range`,
  CompleteMultipartUpload: `${ownerHeader} ${conditionHeaders} x-amz-checksum-type x-amz-mp-object-size`,
  AbortMultipartUpload: ownerHeader,
  ListParts: ownerHeader,
  ListMultipartUploads: ownerHeader,
  GetObject: readHeaders,
  HeadObject: readHeaders,
  DeleteObject: `${ownerHeader} if-match`,
  DeleteObjects: ownerHeader,
  GetObjectTagging: ownerHeader,
  PutObjectTagging: ownerHeader,
  DeleteObjectTagging: ownerHeader,
  ListObjectsV2: `${ownerHeader} x-amz-optional-object-attributes`,
  CreateBucket: 'x-amz-acl x-amz-bucket-object-lock-enabled x-amz-object-ownership',
  HeadBucket: ownerHeader,
  DeleteBucket: ownerHeader,
  ListBuckets: '',
  GetBucketLocation: ownerHeader,
  GetBucketVersioning: ownerHeader,
  GetBucketCors: ownerHeader,
  PutBucketCors: ownerHeader,
  DeleteBucketCors: ownerHeader,
  GetBucketLifecycleConfiguration: ownerHeader,
  PutBucketLifecycleConfiguration: `${ownerHeader} x-amz-transition-default-minimum-object-size`,
  DeleteBucketLifecycle: ownerHeader,
  GetBucketPolicy: ownerHeader,
  PutBucketPolicy: ownerHeader,
  DeleteBucketPolicy: ownerHeader,
  GetBucketTagging: ownerHeader,
  PutBucketTagging: ownerHeader,
  DeleteBucketTagging: ownerHeader,
} as const satisfies Record<string, string>

export type OperationName = keyof typeof supportedParameters

/** Parameters of which local-s3 implements only S3's default value. */
const requiredDefaults: Readonly<Record<string, RegExp>> = {
  'CreateBucket x-amz-acl': /^private$/,
  'CreateBucket x-amz-bucket-object-lock-enabled': /^false$/i,
  'CreateBucket x-amz-object-ownership': /^BucketOwnerEnforced$/,
  'PutBucketLifecycleConfiguration x-amz-transition-default-minimum-object-size':
    /^all_storage_classes_128K$/,
}

const conditionNames = new Set([
  'if-match',
  'if-none-match',
  'if-modified-since',
  'if-unmodified-since',
  'content-range',
])
const supportedNames = new Map(
  Object.entries(supportedParameters).map(([name, list]) => [
    name,
    new Set(`${commonHeaders} ${list}`.split(' ')),
  ]),
)

/**
 * Rejects parameters that an operation does not implement.
 * @param names header names, or form field names, in lower case
 * @throws S3Error NotImplemented; InvalidArgument for an invalid x-amz-request-payer
 */
export function checkParameters(operation: OperationName, names: readonly string[], getValue: ValueGetter) {
  const known = supportedNames.get(operation)
  for (const name of names) {
    const isGuarded = name.startsWith('x-amz-') || conditionNames.has(name)
    if (!isGuarded) continue
    const isKnown = known?.has(name.startsWith('x-amz-meta-') ? 'x-amz-meta-*' : name)
    const value = getValue(name) ?? ''
    if (!isKnown || requiredDefaults[`${operation} ${name}`]?.test(value.trim()) === false) {
      throw new S3Error('NotImplemented', undefined, { Header: name })
    }
    if (name === 'x-amz-request-payer' && value !== 'requester') {
      throw new S3Error('InvalidArgument', 'x-amz-request-payer must be requester', { ArgumentName: name })
    }
  }
}

/** Operations that read a body and verify its checksum. CompleteMultipartUpload verifies that of the object. */
const operationsWithBody: ReadonlySet<OperationName> = new Set<OperationName>([
  'PutObject',
  'PostObject',
  'UploadPart',
  'CompleteMultipartUpload',
  'DeleteObjects',
  'CreateBucket',
  'PutObjectTagging',
  'PutBucketCors',
  'PutBucketLifecycleConfiguration',
  'PutBucketPolicy',
  'PutBucketTagging',
])

/**
 * Rejects a checksum header on operations without a body, unless it is the checksum of an empty body: otherwise a client
 * could assume that it verifies the object.
 * @throws S3Error BadDigest
 */
export function checkEmptyBody(operation: OperationName, { headers }: Pick<S3Request, 'headers'>) {
  if (operationsWithBody.has(operation)) return
  const declared = readDeclaredChecksum((name) => headers[name], true)
  if (declared?.value === undefined) return
  if (declared.value === checksumOf(declared.algorithm, new Uint8Array())) return
  throw new S3Error(
    'BadDigest',
    `The ${declared.algorithm} you specified is not the checksum of an empty body, and ${operation} reads no body.`,
  )
}

/**
 * Rejects an upload without a checksum, as S3 does in a bucket with Object Lock and a default retention.
 * @param names header names, or form field names, in lower case
 * @param isForm whether the names are those of a form: its own request has no checksum
 * @throws S3Error InvalidRequest
 */
export function checkBodyHasChecksum(operation: OperationName, names: readonly string[], isForm = false) {
  const isUpload = operation === 'PutObject' || operation === 'UploadPart' || isForm
  const isChecksum = (name: string) =>
    name === 'content-md5' || name === 'x-amz-trailer' || /^x-amz-checksum-(crc|sha)/.test(name)
  if (!isUpload || names.some(isChecksum)) return
  throw new S3Error(
    'InvalidRequest',
    `Content-MD5 OR x-amz-checksum- HTTP header is required for Put ${operation === 'UploadPart' ? 'Part' : 'Object'} requests with Object Lock parameters`,
  )
}

/** Operations that accept `?partNumber=`. */
const operationsWithPart: readonly OperationName[] = [
  'GetObject',
  'HeadObject',
  'UploadPart',
  'UploadPartCopy',
]

/**
 * Rejects x-amz- parameters in the query of a request that is not presigned, and a part number on other operations.
 * @throws S3Error NotImplemented
 */
export function checkQuery(operation: OperationName, { query }: Pick<S3Request, 'query'>) {
  const isPresigned = query.has('X-Amz-Signature')
  const unsupportedName = [...query.keys()].find(
    (name) =>
      (!isPresigned && name.toLowerCase().startsWith('x-amz-')) ||
      (name === 'partNumber' && !operationsWithPart.includes(operation)),
  )
  if (unsupportedName !== undefined)
    throw new S3Error('NotImplemented', undefined, { Query: unsupportedName })
}

import { readObjectMetadata } from './object-metadata.ts'
import { authorize } from '../auth/bucket-policy.ts'
import { checksumElement, parseAlgorithm } from '../checksums/checksums.ts'
import { checkCopyConditions, readWriteCondition } from './conditions.ts'
import { S3Error } from '../http/error.ts'
import { findObject, streamObject } from './objects.ts'
import { xmlResponse, type ObjectCall } from './operation.ts'
import { maxPutBytes, receivePayload } from './payload.ts'
import type { S3Response } from '../http/request.ts'
import type { Segment } from '../storage/disk.ts'
import type { BucketRecord, ObjectRecord } from '../storage/records.ts'
import { xmlDocument } from '../http/xml.ts'

/**
 * Finds the object that x-amz-copy-source names. Checks read permission and the copy conditions.
 * @throws S3Error InvalidArgument, NoSuchBucket, NoSuchKey, AccessDenied, PreconditionFailed, NotImplemented (versions)
 */
export function findCopySource({ request, identity, store }: ObjectCall): {
  bucket: BucketRecord
  source: ObjectRecord
} {
  const header = request.headers['x-amz-copy-source'] ?? ''
  const [path = '', version] = header.split('?versionId=')
  if (version !== undefined && version !== 'null')
    throw new S3Error('NotImplemented', undefined, { Header: 'x-amz-copy-source' })
  const [, name, key] = /^\/?([^/]+)\/(.+)$/s.exec(decodeCopySource(path)) ?? []
  if (!name || !key) {
    throw new S3Error(
      'InvalidArgument',
      'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
      {
        ArgumentName: 'x-amz-copy-source',
      },
    )
  }
  const bucket = store.findBucket(name)
  if (!bucket) throw new S3Error('NoSuchBucket', undefined, { BucketName: name })
  authorize(identity, bucket, 's3:GetObject', key)
  const source = findObject(bucket, key)
  checkCopyConditions(request.headers, source)
  return { bucket, source }
}

function decodeCopySource(path: string) {
  try {
    return decodeURIComponent(path)
  } catch {
    throw new S3Error('InvalidArgument', 'Copy Source is not URL-encoded', {
      ArgumentName: 'x-amz-copy-source',
    })
  }
}

function readDirective(call: ObjectCall, name: string) {
  const value = call.request.headers[name] ?? 'COPY'
  if (value === 'COPY' || value === 'REPLACE') return value
  throw new S3Error('InvalidArgument', `Unknown directive: ${value}`, { ArgumentName: name })
}

/** Copies an object of at most 5 GiB: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
export async function copyObject(call: ObjectCall): Promise<S3Response> {
  const { request, store, bucket, key, auth } = call
  const condition = readWriteCondition(request.headers)
  const { bucket: sourceBucket, source } = findCopySource(call)
  const metadata = readDirective(call, 'x-amz-metadata-directive')
  const sentMetadata = readObjectMetadata(Object.keys(request.headers), (name) => request.headers[name])
  const storageClass = request.headers['x-amz-storage-class']
  if (sourceBucket === bucket && source.key === key && metadata === 'COPY' && storageClass === undefined) {
    throw new S3Error(
      'InvalidRequest',
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    )
  }
  if (source.size > maxPutBytes) {
    throw new S3Error(
      'InvalidRequest',
      `The specified copy source is larger than the maximum allowable size for a copy source: ${maxPutBytes}`,
    )
  }
  condition?.(bucket.objects.get(key))

  const replacesTags = readDirective(call, 'x-amz-tagging-directive') === 'REPLACE'
  let segments: Segment[] = []
  const buildCopy = async (original: ObjectRecord): Promise<ObjectRecord> => {
    const bytes = await copyBytes(call, original)
    segments = bytes.segments
    // The storage class is not metadata: S3 never copies it, and reads it from the request.
    const { 'x-amz-storage-class': _class, ...originalHeaders } = original.headers
    const sentClass = sentMetadata.headers['x-amz-storage-class']
    return {
      ...(metadata === 'REPLACE'
        ? sentMetadata
        : {
            headers: { ...originalHeaders, ...(sentClass && { 'x-amz-storage-class': sentClass }) },
            metadata: original.metadata,
          }),
      tags: replacesTags ? sentMetadata.tags : original.tags,
      key,
      size: original.size,
      lastModified: store.now(),
      ...bytes,
      ...(auth.likeness?.keepsEtagOfSource && { etag: original.etag }),
    }
  }
  const isSelfCopy = sourceBucket === bucket && source.key === key
  try {
    // A copy onto itself changes the current record, so it reads the source inside of the lock. Other copies read it before.
    const preparedCopy = isSelfCopy ? undefined : await buildCopy(source)
    const object = await store.change(bucket, key, async (current) => {
      condition?.(current)
      return preparedCopy
        ? { ...preparedCopy, lastModified: store.now() }
        : buildCopy(findCopySource(call).source)
    })
    if (!object) throw new S3Error('InternalError')
    return xmlResponse(xmlDocument('CopyObjectResult', copyResult(object)))
  } catch (error) {
    await store.disk.discard(segments)
    throw error
  }
}

/** Copies the bytes. The copy's ETag is their MD5 and its checksum is FULL_OBJECT, also if the source is multipart. */
async function copyBytes({ request, store }: ObjectCall, source: ObjectRecord) {
  const requestedAlgorithm = request.headers['x-amz-checksum-algorithm']
  const algorithm = requestedAlgorithm ? parseAlgorithm(requestedAlgorithm) : source.checksum?.algorithm
  const { etag, checksum } = source
  if (!etag.includes('-') && checksum?.type === 'FULL_OBJECT' && checksum.algorithm === algorithm) {
    const release = store.retain(source)
    const segments = await Promise.all(source.segments.map((segment) => store.disk.share(segment))).finally(
      release,
    )
    return { etag, checksum, segments }
  }
  const received = await receivePayload(
    store.disk,
    { bytes: streamObject(store, source), trailers: new Map() },
    algorithm,
  )
  return { etag: received.etag, checksum: received.checksum, segments: [received.segment] }
}

export const copyResult = ({
  lastModified,
  etag,
  checksum,
}: Pick<ObjectRecord, 'lastModified' | 'etag' | 'checksum'>) => ({
  LastModified: new Date(lastModified).toISOString(),
  ETag: `"${etag}"`,
  ...(checksum && { [checksumElement(checksum.algorithm)]: checksum.value, ChecksumType: checksum.type }),
})

import { metadataHeaders, checksumHeaders, checkHeaderValue, readObjectMetadata } from './object-metadata.ts'
import {
  allowsRange,
  readDeleteCondition,
  isNotModified,
  parseRange,
  readWriteCondition,
  type ByteRange,
} from './conditions.ts'
import { checkChildren } from '../http/xml-elements.ts'
import { S3Error } from '../http/error.ts'
import type { BucketCall, ObjectCall } from './operation.ts'
import { readPartNumber, xmlResponse } from './operation.ts'
import { openPayload, readBodyText, receivePayload, type StoredPayload } from './payload.ts'
import { checkKeyLength, type S3Response } from '../http/request.ts'
import type { ObjectMetadata, BucketRecord, ObjectRecord } from '../storage/records.ts'
import type { WriteCondition, Store } from '../storage/store.ts'
import { parseXml, xmlDocument } from '../http/xml.ts'

/** @throws S3Error NoSuchKey */
export function findObject(bucket: BucketRecord, key: string): ObjectRecord {
  const object = bucket.objects.get(key)
  if (object) return object
  throw new S3Error('NoSuchKey', undefined, { Key: key })
}

/** Commits received bytes as an object, or discards them when the condition throws. */
export async function commitPayload(
  { store, bucket, key }: { store: Store; bucket: BucketRecord; key: string },
  objectMetadata: ObjectMetadata,
  { segment, etag, checksum }: StoredPayload,
  condition?: WriteCondition,
): Promise<ObjectRecord> {
  const object: ObjectRecord = {
    ...objectMetadata,
    key,
    size: segment.size,
    etag,
    checksum,
    lastModified: store.now(),
    segments: [segment],
  }
  try {
    await store.change(bucket, key, (current) => {
      condition?.(current)
      object.lastModified = store.now()
      return object
    })
    return object
  } catch (error) {
    await store.disk.discard([segment])
    throw error
  }
}

/** Returns the response headers of a write: ETag, encryption and checksum. */
export const writeResponseHeaders = (object: Pick<ObjectRecord, 'etag' | 'checksum'>) => ({
  etag: `"${object.etag}"`,
  'x-amz-server-side-encryption': 'AES256',
  ...checksumHeaders(object),
})

export async function putObject(call: ObjectCall): Promise<S3Response> {
  const { request, identity, store, bucket, key } = call
  const objectMetadata = readObjectMetadata(Object.keys(request.headers), (name) => request.headers[name])
  const condition = readWriteCondition(request.headers)
  condition?.(bucket.objects.get(key)) // checked again at the commit; here it spares the client the upload
  const received = await receivePayload(store.disk, openPayload(request, identity))
  const object = await commitPayload(call, objectMetadata, received, condition)
  return { status: 200, headers: writeResponseHeaders(object) }
}

const overridableHeaders = [
  'content-type',
  'content-language',
  'expires',
  'cache-control',
  'content-disposition',
  'content-encoding',
]

function readHeaderOverrides({ request, identity }: ObjectCall) {
  const headers: Record<string, string> = {}
  for (const name of overridableHeaders) {
    const value = request.query.get(`response-${name}`)
    if (value === null) continue
    if (identity.kind === 'anonymous') {
      throw new S3Error(
        'InvalidRequest',
        'Request specific response headers cannot be used for anonymous GET requests.',
      )
    }
    if (/[\u0100-\uffff]/.test(value)) {
      throw new S3Error('InvalidArgument', 'Header value cannot be represented using ISO-8859-1.', {
        ArgumentName: `response-${name}`,
      })
    }
    headers[name] = checkHeaderValue(name, value)
  }
  return headers
}

/**
 * Finds the byte range and checksum of one part, for `?partNumber=N`. An object that is not multipart has one part.
 * @throws S3Error InvalidArgument for an invalid number; InvalidPartNumber (416) for a missing part
 */
function findPart({ segments, uploadId, checksum }: ObjectRecord, call: ObjectCall) {
  const number = readPartNumber(call)
  const segment = segments[number - 1]
  if (!segment) {
    throw new S3Error('InvalidPartNumber', undefined, {
      PartNumberRequested: number,
      ActualPartCount: segments.length,
    })
  }
  const from = segments.slice(0, number - 1).reduce((sum, { size }) => sum + size, 0)
  const value = segment.checksum ?? (uploadId === undefined ? checksum?.value : undefined)
  return {
    range: { from, to: from + segment.size },
    headers: uploadId === undefined ? {} : { 'x-amz-mp-parts-count': segments.length },
    ...(checksum && value !== undefined && { checksum: { ...checksum, value } }),
  }
}

/** Handles GetObject and HeadObject. */
export function getObject(call: ObjectCall): S3Response {
  const { request, store, bucket, key } = call
  const object = findObject(bucket, key)
  const requestedPart = request.query.get('partNumber')
  if (requestedPart !== null && request.headers.range !== undefined) {
    throw new S3Error('InvalidRequest', 'Cannot specify both Range header and partNumber query parameter')
  }
  const isCurrent = isNotModified(request.headers, object)
  const part = requestedPart === null ? undefined : findPart(object, call)
  const requestedRange = allowsRange(request.headers, object) ? request.headers.range : undefined
  const range: ByteRange | undefined = part?.range ?? parseRange(requestedRange, object.size)
  const headers: Record<string, string | number> = {
    ...metadataHeaders(object),
    // A full object checksum does not apply to a range; a part has its own checksum.
    ...((part || !range) &&
      request.headers['x-amz-checksum-mode']?.toUpperCase() === 'ENABLED' &&
      checksumHeaders(part ?? object)),
    'x-amz-server-side-encryption': 'AES256',
    ...readHeaderOverrides(call),
  }
  if (isCurrent)
    return { status: 304, headers: { etag: headers.etag, 'last-modified': headers['last-modified'] } }
  const { from, to } = range ?? { from: 0, to: object.size }
  return {
    status: range ? 206 : 200,
    headers: {
      ...headers,
      'content-length': to - from,
      ...(range && object.size > 0 && { 'content-range': `bytes ${from}-${to - 1}/${object.size}` }),
      ...part?.headers,
    },
    ...(request.method !== 'HEAD' && { body: streamObject(store, object, from, to) }),
  }
}

/** Reads bytes of an object. They stay readable while the object is replaced or deleted. */
export function streamObject(
  store: Store,
  object: ObjectRecord,
  from = 0,
  to = object.size,
): AsyncIterable<Buffer> {
  const release = store.retain(object)
  const bytes = store.disk.read(object.segments, from, to)
  return {
    [Symbol.asyncIterator]: () => ({
      async next() {
        try {
          const step = await bytes.next()
          if (step.done) await release()
          return step
        } catch (error) {
          await release()
          throw error
        }
      },
      async return() {
        await bytes.return(undefined)
        await release()
        return { done: true as const, value: undefined }
      },
    }),
  }
}

const removeObject = (store: Store, bucket: BucketRecord, key: string, condition?: WriteCondition) =>
  store.change(bucket, key, (current) => {
    condition?.(current)
    return undefined
  })

export async function deleteObject({ request, store, bucket, key }: ObjectCall): Promise<S3Response> {
  await removeObject(store, bucket, key, readDeleteCondition(request.headers['if-match']))
  return { status: 204 }
}

/** Deletes up to 1000 keys: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
export async function deleteObjects({ request, identity, store, bucket }: BucketCall): Promise<S3Response> {
  const root = parseXml(await readBodyText(request, identity, true), 'Delete')
  checkChildren(root, ['Quiet'], ['Object'])
  const objects = root.all('Object')
  for (const one of objects) checkChildren(one, ['Key', 'VersionId', 'ETag', 'LastModifiedTime', 'Size'])
  if (objects.length === 0 || objects.length > 1000 || objects.some((one) => !one.get('Key'))) {
    throw new S3Error('MalformedXML')
  }
  const quiet = root.get('Quiet')?.trim().toLowerCase() ?? 'false'
  if (!/^(true|false|1|0)$/.test(quiet)) throw new S3Error('MalformedXML')
  const isQuiet = quiet === 'true' || quiet === '1'
  const Deleted: { Key: string; VersionId: string | undefined }[] = []
  const Failed: { Key: string; Code: string; Message: string }[] = []
  for (const one of objects) {
    const Key = one.get('Key') ?? ''
    try {
      checkKeyLength(Key)
      const VersionId = one.get('VersionId')?.trim() || undefined
      // Without versioning, every object has the version id "null".
      if (VersionId !== undefined && VersionId !== 'null') throw new S3Error('NotImplemented')
      if (one.child('LastModifiedTime') ?? one.child('Size')) throw new S3Error('NotImplemented')
      await removeObject(store, bucket, Key, readDeleteCondition(one.get('ETag')))
      Deleted.push({ Key, VersionId })
    } catch (error) {
      if (!(error instanceof S3Error)) throw error
      Failed.push({ Key, Code: error.code, Message: error.message })
    }
  }
  return xmlResponse(xmlDocument('DeleteResult', { Deleted: isQuiet ? [] : Deleted, Error: Failed }))
}

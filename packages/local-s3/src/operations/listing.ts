import { S3Error } from '../http/error.ts'
import { findUpload } from './multipart.ts'
import { owner } from '../auth/owner.ts'
import { xmlResponse, type BucketCall, type ObjectCall } from './operation.ts'
import { checksumElement } from '../checksums/checksums.ts'
import { encodePath, type S3Response, type S3Request } from '../http/request.ts'
import type { BucketRecord, ObjectRecord } from '../storage/records.ts'
import { xmlDocument } from '../http/xml.ts'

/** S3 orders keys by UTF-8 bytes. The order of UTF-16 code units differs only for surrogates. */
function compareKeys(a: string, b: string) {
  if (!/[\ud800-\udfff]/.test(a) && !/[\ud800-\udfff]/.test(b)) return a < b ? -1 : a > b ? 1 : 0
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

const sortedKeysOf = (bucket: BucketRecord) =>
  (bucket.sortedKeys ??= [...bucket.objects.keys()].toSorted(compareKeys))

/** @throws S3Error InvalidArgument */
function readLimit({ query }: S3Request, name: string, max = 1000) {
  const value = query.get(name)
  if (value === null || value === '') return max
  if (/^\d{1,10}$/.test(value) && Number(value) < 2 ** 31) return Math.min(Number(value), max)
  throw new S3Error('InvalidArgument', `Provided ${name} not an integer or within integer range`, {
    ArgumentName: name,
    ArgumentValue: value,
  })
}

/** Keys may contain characters that XML cannot represent, so clients request encoding-type=url. */
function readEncoding({ query }: S3Request) {
  const type = query.get('encoding-type') ?? undefined
  if (type !== undefined && type !== 'url') {
    throw new S3Error('InvalidArgument', 'Invalid Encoding Method specified in Request', {
      ArgumentName: 'encoding-type',
    })
  }
  return { type, encode: (text: string) => (type ? encodePath(text) : text) }
}

interface Page<Item> {
  items: Item[]
  /** Common prefixes up to the delimiter. */
  prefixes: string[]
  /** The last key or prefix of this page, if more follow. */
  next: string | undefined
}

/** Returns one page of sorted keys after a marker, grouped by the delimiter. */
function buildPage<Item>(
  entries: Iterable<[key: string, item: Item]>,
  { prefix, delimiter, after, limit }: { prefix: string; delimiter: string; after: string; limit: number },
): Page<Item> {
  const items: Item[] = []
  const prefixes: string[] = []
  let last: string | undefined
  for (const [key, item] of entries) {
    if (!key.startsWith(prefix)) continue
    const delimiterIndex = delimiter ? key.indexOf(delimiter, prefix.length) : -1
    const commonPrefix = delimiterIndex < 0 ? undefined : key.slice(0, delimiterIndex + delimiter.length)
    if (commonPrefix !== undefined && commonPrefix === last) continue
    if (
      after &&
      (compareKeys(key, after) <= 0 || (commonPrefix !== undefined && compareKeys(commonPrefix, after) <= 0))
    )
      continue
    if (items.length + prefixes.length >= limit)
      return { items, prefixes, next: limit === 0 ? undefined : last }
    if (commonPrefix === undefined) items.push(item)
    else prefixes.push(commonPrefix)
    last = commonPrefix ?? key
  }
  return { items, prefixes, next: undefined }
}

function* objectEntries(bucket: BucketRecord): Generator<[string, ObjectRecord]> {
  for (const key of sortedKeysOf(bucket)) {
    const object = bucket.objects.get(key)
    if (object) yield [key, object]
  }
}

const objectXml = (object: ObjectRecord, encode: (text: string) => string, includesOwner: boolean) => ({
  Key: encode(object.key),
  LastModified: new Date(object.lastModified).toISOString(),
  ETag: `"${object.etag}"`,
  ChecksumAlgorithm: object.checksum?.algorithm,
  ChecksumType: object.checksum?.type,
  Size: object.size,
  Owner: includesOwner ? owner : undefined,
  StorageClass: object.headers['x-amz-storage-class'] ?? 'STANDARD',
})

/** Handles ListObjectsV2, and ListObjects when `list-type` is not 2. */
export function listObjects({ request, bucket }: BucketCall): S3Response {
  const { query } = request
  const isV2 = query.get('list-type') === '2'
  const { type, encode } = readEncoding(request)
  const [prefix, delimiter] = [query.get('prefix') ?? '', query.get('delimiter') ?? '']
  const limit = readLimit(request, 'max-keys')
  const token = query.get('continuation-token')
  const start = query.get(isV2 ? 'start-after' : 'marker') ?? ''
  const after = isV2 && token !== null ? parseContinuationToken(token) : start
  const { items, prefixes, next } = buildPage(objectEntries(bucket), { prefix, delimiter, after, limit })
  const includesOwner = !isV2 || query.get('fetch-owner') === 'true'
  return xmlResponse(
    xmlDocument('ListBucketResult', {
      Name: bucket.name,
      Prefix: encode(prefix),
      ...(isV2
        ? {
            StartAfter: start ? encode(start) : undefined,
            ContinuationToken: token ?? undefined,
            NextContinuationToken: next === undefined ? undefined : Buffer.from(next).toString('base64url'),
            KeyCount: items.length + prefixes.length,
          }
        : { Marker: encode(start), NextMarker: next !== undefined && delimiter ? encode(next) : undefined }),
      MaxKeys: limit,
      Delimiter: delimiter ? encode(delimiter) : undefined,
      EncodingType: type,
      IsTruncated: next !== undefined,
      Contents: items.map((object) => objectXml(object, encode, includesOwner)),
      CommonPrefixes: prefixes.map((one) => ({ Prefix: encode(one) })),
    }),
  )
}

export function parseContinuationToken(token: string) {
  const key = Buffer.from(token, 'base64url').toString('utf8')
  if (key && Buffer.from(key).toString('base64url') === token) return key
  throw new S3Error('InvalidArgument', 'The continuation token provided is incorrect', {
    ArgumentName: 'continuation-token',
  })
}

export function listMultipartUploads({ request, bucket }: BucketCall): S3Response {
  const { query } = request
  const { type, encode } = readEncoding(request)
  const [prefix, delimiter] = [query.get('prefix') ?? '', query.get('delimiter') ?? '']
  const [keyMarker, idMarker] = [query.get('key-marker') ?? '', query.get('upload-id-marker') ?? '']
  const limit = readLimit(request, 'max-uploads')
  // Sorts by key, then id. All ids have the same length, so key, NUL and id in one string have this order.
  const entries = [...bucket.uploads.values()]
    .map((upload) => [`${upload.key}\u0000${upload.id}`, upload] as const)
    .toSorted(([a], [b]) => compareKeys(a, b))
  const after = keyMarker && `${keyMarker}\u0000${idMarker || '~'}`
  const { items, prefixes, next } = buildPage(
    entries.map(([name, upload]) => [name, upload]),
    { prefix, delimiter, after, limit },
  )
  const [nextKey = '', nextId] = next?.split('\u0000') ?? []
  return xmlResponse(
    xmlDocument('ListMultipartUploadsResult', {
      Bucket: bucket.name,
      KeyMarker: encode(keyMarker),
      UploadIdMarker: idMarker,
      NextKeyMarker: next === undefined ? undefined : encode(nextKey),
      NextUploadIdMarker: nextId,
      Prefix: encode(prefix),
      Delimiter: delimiter ? encode(delimiter) : undefined,
      EncodingType: type,
      MaxUploads: limit,
      IsTruncated: next !== undefined,
      Upload: items.map((upload) => ({
        Key: encode(upload.key),
        UploadId: upload.id,
        Initiator: owner,
        Owner: owner,
        StorageClass: 'STANDARD',
        Initiated: new Date(upload.initiated).toISOString(),
        ChecksumAlgorithm: upload.checksum?.algorithm,
        ChecksumType: upload.checksum?.type,
      })),
      CommonPrefixes: prefixes.map((one) => ({ Prefix: encode(one) })),
    }),
  )
}

export function listUploadParts(call: ObjectCall): S3Response {
  const { request, bucket, key } = call
  const upload = findUpload(call)
  const limit = readLimit(request, 'max-parts')
  const marker = readLimit(request, 'part-number-marker', Number.MAX_SAFE_INTEGER)
  const after = request.query.get('part-number-marker') ? marker : 0
  const rest = [...upload.parts.values()]
    .filter(({ number }) => number > after)
    .toSorted((a, b) => a.number - b.number)
  const parts = rest.slice(0, limit)
  return xmlResponse(
    xmlDocument('ListPartsResult', {
      Bucket: bucket.name,
      Key: key,
      UploadId: upload.id,
      Initiator: owner,
      Owner: owner,
      StorageClass: upload.headers['x-amz-storage-class'] ?? 'STANDARD',
      PartNumberMarker: after,
      NextPartNumberMarker: parts.at(-1)?.number ?? 0,
      MaxParts: limit,
      IsTruncated: rest.length > parts.length,
      ChecksumAlgorithm: upload.checksum?.algorithm,
      ChecksumType: upload.checksum?.type,
      Part: parts.map(({ number, lastModified, etag, segment }) => ({
        PartNumber: number,
        LastModified: new Date(lastModified).toISOString(),
        ETag: `"${etag}"`,
        Size: segment.size,
        ...(upload.checksum && { [checksumElement(upload.checksum.algorithm)]: segment.checksum }),
      })),
    }),
  )
}

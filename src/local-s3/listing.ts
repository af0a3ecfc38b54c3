import { S3Error } from './error.ts'
import { findUpload } from './multipart.ts'
import { owner } from './owner.ts'
import { xmlAnswer, type BucketCall, type ObjectCall } from './operation.ts'
import { checksumElement } from './checksums.ts'
import { encodePath, type Answer, type S3Request } from './request.ts'
import type { Bucket, StoredObject } from './store.ts'
import { xmlDocument } from './xml.ts'

/** S3 orders keys by UTF-8 bytes. The order of UTF-16 code units differs only for surrogates. */
function compareKeys(a: string, b: string) {
  if (!/[\ud800-\udfff]/.test(a) && !/[\ud800-\udfff]/.test(b)) return a < b ? -1 : a > b ? 1 : 0
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

const orderOf = (bucket: Bucket) => (bucket.order ??= [...bucket.objects.keys()].toSorted(compareKeys))

/** @throws S3Error InvalidArgument */
function limitOf({ query }: S3Request, name: string, most = 1000) {
  const sent = query.get(name)
  if (sent === null || sent === '') return most
  if (/^\d{1,9}$/.test(sent)) return Math.min(Number(sent), most)
  throw new S3Error('InvalidArgument', `Provided ${name} not an integer or within integer range`, {
    ArgumentName: name,
    ArgumentValue: sent,
  })
}

/** Keys may contain characters that XML cannot represent, so clients request encoding-type=url. */
function encodingOf({ query }: S3Request) {
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
function pageOf<Item>(
  entries: Iterable<[key: string, item: Item]>,
  { prefix, delimiter, after, limit }: { prefix: string; delimiter: string; after: string; limit: number },
): Page<Item> {
  const items: Item[] = []
  const prefixes: string[] = []
  let last: string | undefined
  for (const [key, item] of entries) {
    if (!key.startsWith(prefix)) continue
    const cut = delimiter ? key.indexOf(delimiter, prefix.length) : -1
    const rolled = cut < 0 ? undefined : key.slice(0, cut + delimiter.length)
    if (rolled !== undefined && rolled === last) continue
    if (after && (compareKeys(key, after) <= 0 || (rolled !== undefined && compareKeys(rolled, after) <= 0)))
      continue
    if (items.length + prefixes.length >= limit)
      return { items, prefixes, next: limit === 0 ? undefined : last }
    if (rolled === undefined) items.push(item)
    else prefixes.push(rolled)
    last = rolled ?? key
  }
  return { items, prefixes, next: undefined }
}

function* objectEntries(bucket: Bucket): Generator<[string, StoredObject]> {
  for (const key of orderOf(bucket)) {
    const object = bucket.objects.get(key)
    if (object) yield [key, object]
  }
}

const objectXml = (object: StoredObject, encode: (text: string) => string, withOwner: boolean) => ({
  Key: encode(object.key),
  LastModified: new Date(object.lastModified).toISOString(),
  ETag: `"${object.etag}"`,
  ChecksumAlgorithm: object.checksum?.algorithm,
  ChecksumType: object.checksum?.type,
  Size: object.size,
  Owner: withOwner ? owner : undefined,
  StorageClass: object.headers['x-amz-storage-class'] ?? 'STANDARD',
})

/** Handles ListObjectsV2, and ListObjects when `list-type` is not 2. */
export function listObjects({ request, bucket }: BucketCall): Answer {
  const { query } = request
  const second = query.get('list-type') === '2'
  const { type, encode } = encodingOf(request)
  const [prefix, delimiter] = [query.get('prefix') ?? '', query.get('delimiter') ?? '']
  const limit = limitOf(request, 'max-keys')
  const token = query.get('continuation-token')
  const start = query.get(second ? 'start-after' : 'marker') ?? ''
  const after = second && token !== null ? readToken(token) : start
  const { items, prefixes, next } = pageOf(objectEntries(bucket), { prefix, delimiter, after, limit })
  const withOwner = !second || query.get('fetch-owner') === 'true'
  return xmlAnswer(
    xmlDocument('ListBucketResult', {
      Name: bucket.name,
      Prefix: encode(prefix),
      ...(second
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
      Contents: items.map((object) => objectXml(object, encode, withOwner)),
      CommonPrefixes: prefixes.map((one) => ({ Prefix: encode(one) })),
    }),
  )
}

export function readToken(token: string) {
  const key = Buffer.from(token, 'base64url').toString('utf8')
  if (key && Buffer.from(key).toString('base64url') === token) return key
  throw new S3Error('InvalidArgument', 'The continuation token provided is incorrect', {
    ArgumentName: 'continuation-token',
  })
}

export function listMultipartUploads({ request, bucket }: BucketCall): Answer {
  const { query } = request
  const { type, encode } = encodingOf(request)
  const [prefix, delimiter] = [query.get('prefix') ?? '', query.get('delimiter') ?? '']
  const [keyMarker, idMarker] = [query.get('key-marker') ?? '', query.get('upload-id-marker') ?? '']
  const limit = limitOf(request, 'max-uploads')
  // Sorts by key, then id. All ids have the same length, so key, NUL and id in one string have this order.
  const entries = [...bucket.uploads.values()]
    .map((upload) => [`${upload.key}\u0000${upload.id}`, upload] as const)
    .toSorted(([a], [b]) => compareKeys(a, b))
  const after = keyMarker && `${keyMarker}\u0000${idMarker || '~'}`
  const { items, prefixes, next } = pageOf(
    entries.map(([name, upload]) => [name, upload]),
    { prefix, delimiter, after, limit },
  )
  const [nextKey = '', nextId] = next?.split('\u0000') ?? []
  return xmlAnswer(
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

export function listParts(call: ObjectCall): Answer {
  const { request, bucket, key } = call
  const upload = findUpload(call)
  const limit = limitOf(request, 'max-parts')
  const marker = limitOf(request, 'part-number-marker', Number.MAX_SAFE_INTEGER)
  const after = request.query.get('part-number-marker') ? marker : 0
  const rest = [...upload.parts.values()]
    .filter(({ number }) => number > after)
    .toSorted((a, b) => a.number - b.number)
  const parts = rest.slice(0, limit)
  return xmlAnswer(
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

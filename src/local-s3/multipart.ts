import { assemble, combinedEtag } from './assemble.ts'
import { readAttributes } from './attributes.ts'
import {
  checkObjectChecksum,
  checksumAlgorithms,
  checksumElement,
  checksumHeader,
  checksumType,
  parseAlgorithm,
  withoutChecksums,
} from './checksums.ts'
import { parseRange, writeCondition } from './conditions.ts'
import { copyResult, copySource } from './copy.ts'
import { newId } from './disk.ts'
import { checkChildren } from './elements.ts'
import { S3Error } from './error.ts'
import { readObject, writtenHeaders } from './objects.ts'
import { mostParts, readPartNumber, xmlAnswer, type ObjectCall } from './operation.ts'
import { largestPut, openPayload, readText, receive, type Received } from './payload.ts'
import { encodePath, type Answer } from './request.ts'
import type { OpenUpload, StoredObject, StoredPart } from './store.ts'
import { parseXml, xmlDocument, type XmlElement } from './xml.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const smallestPart = 5 * 1024 ** 2

export async function createMultipartUpload({ request, store, bucket, key }: ObjectCall): Promise<Answer> {
  const { headers } = request
  const attributes = readAttributes(Object.keys(headers), (name) => headers[name])
  const named = headers['x-amz-checksum-algorithm']
  const algorithm = named === undefined ? undefined : parseAlgorithm(named)
  const type = headers['x-amz-checksum-type']
  if (type !== undefined && !algorithm) {
    throw new S3Error(
      'InvalidRequest',
      'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.',
    )
  }
  const checksum = algorithm && { algorithm, type: checksumType(algorithm, type) }
  const id = newId()
  await store.createUpload(bucket, {
    ...attributes,
    id,
    key,
    initiated: store.now(),
    ...(checksum && { checksum }),
    parts: new Map(),
  })
  return xmlAnswer(
    xmlDocument('InitiateMultipartUploadResult', { Bucket: bucket.name, Key: key, UploadId: id }),
    {
      ...(checksum && {
        'x-amz-checksum-algorithm': checksum.algorithm,
        'x-amz-checksum-type': checksum.type,
      }),
    },
  )
}

/** @throws S3Error NoSuchUpload, also when the upload is for another key */
export function findUpload({ request, bucket, key }: ObjectCall): OpenUpload {
  const id = request.query.get('uploadId') ?? ''
  const upload = bucket.uploads.get(id)
  if (upload?.key === key) return upload
  throw new S3Error('NoSuchUpload', undefined, { UploadId: id })
}

async function keepPart(
  { store, bucket }: ObjectCall,
  upload: OpenUpload,
  number: number,
  { segment, etag, checksum }: Received,
) {
  const part: StoredPart = {
    number,
    etag,
    lastModified: store.now(),
    segment: { ...segment, checksum: checksum.value },
  }
  await store.putPart(bucket, upload, part).catch(async (error: unknown) => {
    await store.disk.discard([segment])
    throw error
  })
  return part
}

export async function uploadPart(call: ObjectCall): Promise<Answer> {
  const { request, identity, store } = call
  const number = readPartNumber(call)
  const upload = findUpload(call)
  const payload = openPayload(request, identity)
  const sent = payload.checksum?.algorithm
  if (upload.checksum && upload.checksum.algorithm !== sent) {
    throw new S3Error(
      'InvalidRequest',
      `Checksum Type mismatch occurred, expected checksum Type: ${upload.checksum.algorithm.toLowerCase()}, actual checksum Type: ${sent?.toLowerCase() ?? 'null'}`,
    )
  }
  const keep = upload.checksum?.algorithm ?? 'CRC64NVME'
  const received = await receive(store.disk, payload, keep)
  await keepPart(call, upload, number, received)
  const { etag, ...rest } = writtenHeaders(received)
  // S3 returns the checksum that the client sent, also if the upload stores another algorithm.
  const own = sent && {
    [checksumHeader(sent)]: payload.checksum?.value ?? payload.trailers.get(checksumHeader(sent)),
  }
  return { status: 200, headers: { etag, ...(own ?? rest) } }
}

export async function uploadPartCopy(call: ObjectCall): Promise<Answer> {
  const { request, store } = call
  const number = readPartNumber(call)
  const upload = findUpload(call)
  const { source } = copySource(call)
  const asked = request.headers['x-amz-copy-source-range']
  const range = asked === undefined ? undefined : parseRange(asked, source.size)
  const last = Number(/-(\d+)$/.exec(asked ?? '')?.[1] ?? -1)
  if (asked !== undefined && (!range || !/^bytes=\d+-\d+$/.test(asked) || last >= source.size)) {
    throw new S3Error(
      'InvalidArgument',
      'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy',
      { ArgumentName: 'x-amz-copy-source-range' },
    )
  }
  const { from, to } = range ?? { from: 0, to: source.size }
  if (to - from > largestPut)
    throw new S3Error('EntityTooLarge', undefined, { ProposedSize: to - from, MaxSizeAllowed: largestPut })
  const bytes = readObject(store, source, from, to)
  const received = await receive(
    store.disk,
    { bytes, trailers: new Map() },
    upload.checksum?.algorithm ?? 'CRC64NVME',
  )
  const { lastModified } = await keepPart(call, upload, number, received)
  const { ChecksumType: _type, ...result } = copyResult({ ...received, lastModified })
  return xmlAnswer(xmlDocument('CopyPartResult', result))
}

export async function abortMultipartUpload(call: ObjectCall): Promise<Answer> {
  const upload = findUpload(call)
  await call.store.abortUpload(call.bucket, upload)
  return { status: 204 }
}

/** A part as CompleteMultipartUpload lists it. */
interface ListedPart {
  number: number
  etag: string
  element: XmlElement
}

function readList(root: XmlElement): ListedPart[] {
  checkChildren(root, [], ['Part'])
  for (const part of root.all('Part'))
    checkChildren(part, ['PartNumber', 'ETag', ...checksumAlgorithms.map(checksumElement)])
  const listed = root.all('Part').map((element) => ({
    number: Number(element.get('PartNumber')?.trim() || Number.NaN),
    etag: (element.get('ETag') ?? '').trim().replace(/^"(.*)"$/, '$1'),
    element,
  }))
  const valid = listed.every(({ number, etag }) => Number.isInteger(number) && etag !== '')
  if (!valid || listed.length === 0 || listed.length > mostParts) throw new S3Error('MalformedXML')
  if (listed.some(({ number }, index) => index > 0 && number <= (listed[index - 1]?.number ?? 0))) {
    throw new S3Error('InvalidPartOrder')
  }
  return listed
}

/** Returns the stored parts that a list names, and validates their ETags, checksums and sizes. */
function pickParts(upload: OpenUpload, listed: readonly ListedPart[]): StoredPart[] {
  const parts = listed.map(({ number, etag, element }) => {
    const part = upload.parts.get(number)
    const details = { UploadId: upload.id, PartNumber: number, ETag: etag }
    if (part?.etag !== etag) throw new S3Error('InvalidPart', undefined, details)
    const { checksum } = upload
    const sent = checksumAlgorithms.flatMap((algorithm) => {
      const value = element.get(checksumElement(algorithm))?.trim()
      return value === undefined ? [] : [{ algorithm, value }]
    })
    for (const { algorithm, value } of sent) {
      const kept = checksum?.algorithm ?? 'CRC64NVME'
      if (kept === algorithm ? value !== part.segment.checksum : checksum)
        throw new S3Error('InvalidPart', undefined, details)
    }
    if (checksum?.type === 'COMPOSITE' && sent.length === 0) {
      throw new S3Error(
        'InvalidRequest',
        `The upload was created using a ${checksum.algorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${number} in the request.`,
      )
    }
    return part
  })
  const small = parts.slice(0, -1).find(({ segment }) => segment.size < smallestPart)
  if (small) {
    throw new S3Error('EntityTooSmall', undefined, {
      ProposedSize: small.segment.size,
      MinSizeAllowed: smallestPart,
      PartNumber: small.number,
      ETag: small.etag,
    })
  }
  return parts
}

export async function completeMultipartUpload(call: ObjectCall): Promise<Answer> {
  const { request, identity, store, bucket, key } = call
  const condition = writeCondition(request.headers)
  // Checksum headers describe the object here, not the request body.
  const list = { ...request, headers: withoutChecksums(request.headers) }
  const listed = readList(parseXml(await readText(list, identity), 'CompleteMultipartUpload'))
  // The client may have lost the first response, so a repeated completion returns the same result.
  const findCompleted = () => {
    const before = bucket.objects.get(key)
    if (before?.uploadId !== request.query.get('uploadId')) return undefined
    if (before?.etag !== combinedEtag(listed.map(({ etag }) => etag))) return undefined
    checkWhole(call, before)
    return before
  }
  const complete = () => {
    const upload = findUpload(call)
    return store.completeUpload(bucket, upload, (current) => {
      const object = assemble(upload, pickParts(upload, listed), store.now())
      checkWhole(call, object)
      condition?.(current)
      return object
    })
  }
  const object =
    findCompleted() ??
    (await complete().catch((error: unknown) => {
      // Another request may have completed the upload with the same parts while this one waited for the lock.
      const other = findCompleted()
      if (other) return other
      throw error
    }))
  return completed(call, object)
}

/** Checks the size and checksum that the client declares for the object. */
function checkWhole({ request: { headers } }: ObjectCall, { size, checksum }: StoredObject) {
  const announced = headers['x-amz-mp-object-size']
  if (announced !== undefined && (!/^\d+$/.test(announced) || Number(announced) !== size)) {
    throw new S3Error(
      'InvalidRequest',
      `The provided 'x-amz-mp-object-size' header value ${announced} does not match what was computed: ${size}`,
    )
  }
  if (checksum) checkObjectChecksum((name) => headers[name], checksum)
}

function completed({ request, bucket }: ObjectCall, { key, etag, checksum }: StoredObject): Answer {
  return xmlAnswer(
    xmlDocument('CompleteMultipartUploadResult', {
      Location: `http://${request.headers.host ?? 'localhost'}/${bucket.name}/${encodePath(key)}`,
      Bucket: bucket.name,
      Key: key,
      ETag: `"${etag}"`,
      ...(checksum && { [checksumElement(checksum.algorithm)]: checksum.value, ChecksumType: checksum.type }),
    }),
  )
}

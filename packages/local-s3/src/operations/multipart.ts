import { assemble, combinedEtag } from './assemble.ts'
import { readObjectMetadata } from './object-metadata.ts'
import {
  checkObjectChecksum,
  checksumAlgorithms,
  checksumElement,
  checksumHeader,
  resolveChecksumType,
  parseAlgorithm,
  withoutChecksumHeaders,
} from '../checksums/checksums.ts'
import { parseRange, readWriteCondition } from './conditions.ts'
import { copyResult, findCopySource } from './copy.ts'
import { newStorageId } from '../storage/disk.ts'
import { checkChildren, readInteger } from '../http/xml-elements.ts'
import { S3Error } from '../http/error.ts'
import { streamObject, writeResponseHeaders } from './objects.ts'
import { maxPartNumber, readPartNumber, xmlResponse, type ObjectCall } from './operation.ts'
import { maxPutBytes, openPayload, readBodyText, receivePayload, type StoredPayload } from './payload.ts'
import { encodePath, type S3Response } from '../http/request.ts'
import type { OpenUpload, ObjectRecord, PartRecord } from '../storage/records.ts'
import { parseXml, xmlDocument, type XmlElement } from '../http/xml.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const minPartBytes = 5 * 1024 ** 2

export async function createMultipartUpload({
  request,
  store,
  bucket,
  key,
}: ObjectCall): Promise<S3Response> {
  const { headers } = request
  const objectMetadata = readObjectMetadata(Object.keys(headers), (name) => headers[name])
  const algorithmName = headers['x-amz-checksum-algorithm']
  const algorithm = algorithmName === undefined ? undefined : parseAlgorithm(algorithmName)
  const type = headers['x-amz-checksum-type']
  if (type !== undefined && !algorithm) {
    throw new S3Error(
      'InvalidRequest',
      'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.',
    )
  }
  const checksum = algorithm && { algorithm, type: resolveChecksumType(algorithm, type) }
  const id = newStorageId()
  await store.createUpload(bucket, {
    ...objectMetadata,
    id,
    key,
    initiated: store.now(),
    ...(checksum && { checksum }),
    parts: new Map(),
  })
  return xmlResponse(
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

async function storePart(
  { store, bucket }: ObjectCall,
  upload: OpenUpload,
  number: number,
  { segment, etag, checksum }: StoredPayload,
) {
  const part: PartRecord = {
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

export async function uploadPart(call: ObjectCall): Promise<S3Response> {
  const { request, identity, store } = call
  const number = readPartNumber(call)
  const upload = findUpload(call)
  const payload = openPayload(request, identity)
  const sentAlgorithm = payload.checksum?.algorithm
  if (upload.checksum && upload.checksum.algorithm !== sentAlgorithm) {
    throw new S3Error(
      'InvalidRequest',
      `Checksum Type mismatch occurred, expected checksum Type: ${upload.checksum.algorithm.toLowerCase()}, actual checksum Type: ${sentAlgorithm?.toLowerCase() ?? 'null'}`,
    )
  }
  const storedAlgorithm = upload.checksum?.algorithm ?? 'CRC64NVME'
  const received = await receivePayload(store.disk, payload, storedAlgorithm)
  await storePart(call, upload, number, received)
  const { etag, ...rest } = writeResponseHeaders(received)
  // S3 returns the checksum that the client sent, also if the upload stores another algorithm.
  const clientChecksum = sentAlgorithm && {
    [checksumHeader(sentAlgorithm)]:
      payload.checksum?.value ?? payload.trailers.get(checksumHeader(sentAlgorithm)),
  }
  return { status: 200, headers: { etag, ...(clientChecksum ?? rest) } }
}

export async function uploadPartCopy(call: ObjectCall): Promise<S3Response> {
  const { request, store } = call
  const number = readPartNumber(call)
  const upload = findUpload(call)
  const { source } = findCopySource(call)
  const requestedRange = request.headers['x-amz-copy-source-range']
  const range = requestedRange === undefined ? undefined : parseRange(requestedRange, source.size)
  const lastByte = Number(/-(\d+)$/.exec(requestedRange ?? '')?.[1] ?? -1)
  if (
    requestedRange !== undefined &&
    (!range || !/^bytes=\d+-\d+$/.test(requestedRange) || lastByte >= source.size)
  ) {
    throw new S3Error(
      'InvalidArgument',
      'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy',
      { ArgumentName: 'x-amz-copy-source-range' },
    )
  }
  const { from, to } = range ?? { from: 0, to: source.size }
  if (to - from > maxPutBytes)
    throw new S3Error('EntityTooLarge', undefined, { ProposedSize: to - from, MaxSizeAllowed: maxPutBytes })
  const bytes = streamObject(store, source, from, to)
  const received = await receivePayload(
    store.disk,
    { bytes, trailers: new Map() },
    upload.checksum?.algorithm ?? 'CRC64NVME',
  )
  const { lastModified } = await storePart(call, upload, number, received)
  const { ChecksumType: _type, ...result } = copyResult({ ...received, lastModified })
  return xmlResponse(xmlDocument('CopyPartResult', result))
}

export async function abortMultipartUpload(call: ObjectCall): Promise<S3Response> {
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

function readPartList(root: XmlElement): ListedPart[] {
  checkChildren(root, [], ['Part'])
  for (const part of root.all('Part'))
    checkChildren(part, ['PartNumber', 'ETag', ...checksumAlgorithms.map(checksumElement)])
  const listed = root.all('Part').map((element) => ({
    number: readPartElement(element),
    etag: (element.get('ETag') ?? '').trim().replace(/^"(.*)"$/, '$1'),
    element,
  }))
  const valid = listed.every(({ etag }) => etag !== '')
  if (!valid || listed.length === 0 || listed.length > maxPartNumber) throw new S3Error('MalformedXML')
  if (listed.some(({ number }, index) => index > 0 && number <= (listed[index - 1]?.number ?? 0))) {
    throw new S3Error('InvalidPartOrder')
  }
  return listed
}

function readPartElement(part: XmlElement): number {
  const element = part.child('PartNumber')
  if (!element) throw new S3Error('MalformedXML')
  return readInteger(element)
}

/** Returns the stored parts that a list names, and validates their ETags, checksums and sizes. */
function selectParts(upload: OpenUpload, listed: readonly ListedPart[]): PartRecord[] {
  const parts = listed.map(({ number, etag, element }) => {
    const part = upload.parts.get(number)
    const details = { UploadId: upload.id, PartNumber: number, ETag: etag }
    if (part?.etag !== etag) throw new S3Error('InvalidPart', undefined, details)
    const { checksum } = upload
    const sentChecksums = checksumAlgorithms.flatMap((algorithm) => {
      const value = element.get(checksumElement(algorithm))?.trim()
      return value === undefined ? [] : [{ algorithm, value }]
    })
    for (const { algorithm, value } of sentChecksums) {
      const storedAlgorithm = checksum?.algorithm ?? 'CRC64NVME'
      if (storedAlgorithm === algorithm ? value !== part.segment.checksum : checksum)
        throw new S3Error('InvalidPart', undefined, details)
    }
    if (checksum?.type === 'COMPOSITE' && sentChecksums.length === 0) {
      throw new S3Error(
        'InvalidRequest',
        `The upload was created using a ${checksum.algorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${number} in the request.`,
      )
    }
    return part
  })
  const tooSmall = parts.slice(0, -1).find(({ segment }) => segment.size < minPartBytes)
  if (tooSmall) {
    throw new S3Error('EntityTooSmall', undefined, {
      ProposedSize: tooSmall.segment.size,
      MinSizeAllowed: minPartBytes,
      PartNumber: tooSmall.number,
      ETag: tooSmall.etag,
    })
  }
  return parts
}

export async function completeMultipartUpload(call: ObjectCall): Promise<S3Response> {
  const { request, identity, store, bucket, key } = call
  const condition = readWriteCondition(request.headers)
  // Checksum headers describe the object here, not the request body.
  const listRequest = { ...request, headers: withoutChecksumHeaders(request.headers) }
  const listed = readPartList(parseXml(await readBodyText(listRequest, identity), 'CompleteMultipartUpload'))
  // The client may have lost the first response, so a repeated completion returns the same result.
  const findCompleted = () => {
    const existing = bucket.objects.get(key)
    if (existing?.uploadId !== request.query.get('uploadId')) return undefined
    if (existing?.etag !== combinedEtag(listed.map(({ etag }) => etag))) return undefined
    checkObject(call, existing)
    return existing
  }
  const complete = () => {
    const upload = findUpload(call)
    return store.completeUpload(bucket, upload, (current) => {
      const object = assemble(upload, selectParts(upload, listed), store.now())
      checkObject(call, object)
      condition?.(current)
      return object
    })
  }
  const object =
    findCompleted() ??
    (await complete().catch((error: unknown) => {
      // Another request may have completed the upload with the same parts while this one waited for the lock.
      const otherResult = findCompleted()
      if (otherResult) return otherResult
      throw error
    }))
  return completeResponse(call, object)
}

/** Checks the size and checksum that the client declares for the object. */
function checkObject({ request: { headers } }: ObjectCall, { size, checksum }: ObjectRecord) {
  const declaredSize = headers['x-amz-mp-object-size']
  if (declaredSize !== undefined && (!/^\d+$/.test(declaredSize) || Number(declaredSize) !== size)) {
    throw new S3Error(
      'InvalidRequest',
      `The provided 'x-amz-mp-object-size' header value ${declaredSize} does not match what was computed: ${size}`,
    )
  }
  if (checksum) checkObjectChecksum((name) => headers[name], checksum)
}

function completeResponse(
  { request, bucket }: ObjectCall,
  { key, etag, checksum }: ObjectRecord,
): S3Response {
  return xmlResponse(
    xmlDocument('CompleteMultipartUploadResult', {
      Location: `http://${request.headers.host ?? 'localhost'}/${bucket.name}/${encodePath(key)}`,
      Bucket: bucket.name,
      Key: key,
      ETag: `"${etag}"`,
      ...(checksum && { [checksumElement(checksum.algorithm)]: checksum.value, ChecksumType: checksum.type }),
    }),
  )
}

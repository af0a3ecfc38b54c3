import { S3Error } from '../http/error.ts'
import type { S3Request } from '../http/request.ts'
import type { ObjectRecord } from '../storage/records.ts'
import type { WriteCondition } from '../storage/store.ts'

type Headers = S3Request['headers']

const preconditionFailed = (name: string) => new S3Error('PreconditionFailed', undefined, { Condition: name })

/** Matches an ETag with a header: quoted, unquoted, weak, a list, or `*`. */
function matchesEtag(header: string, etag: string) {
  return header.split(',').some((one) => {
    const value = one
      .trim()
      .replace(/^W\//, '')
      .replace(/^"(.*)"$/, '$1')
    return value === '*' || value === etag
  })
}

/** Whether the object is newer than the date. HTTP dates have a resolution of one second. */
const isModifiedSince = (header: string, { lastModified }: ObjectRecord) =>
  Math.floor(lastModified / 1000) * 1000 > Date.parse(header)

/**
 * Reads If-Match and If-None-Match of a write:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 * @throws S3Error NotImplemented for an If-None-Match other than `*`, as S3 does
 */
export function readWriteCondition(headers: Headers): WriteCondition | undefined {
  const ifMatch = headers['if-match']
  const ifNoneMatch = headers['if-none-match']
  if (ifNoneMatch !== undefined && (ifNoneMatch !== '*' || ifMatch !== undefined)) {
    throw new S3Error('NotImplemented', undefined, { Header: 'If-None-Match' })
  }
  if (ifMatch === undefined && ifNoneMatch === undefined) return undefined
  return (current) => {
    if (ifNoneMatch !== undefined && current) throw preconditionFailed('If-None-Match')
    if (ifMatch === undefined) return
    if (!current) throw new S3Error('NoSuchKey')
    if (!matchesEtag(ifMatch, current.etag)) throw preconditionFailed('If-Match')
  }
}

/** Reads If-Match of DeleteObject. A missing object satisfies it, because there is nothing to delete. */
export function readDeleteCondition(ifMatch: string | undefined): WriteCondition | undefined {
  if (ifMatch === undefined) return undefined
  return (current) => {
    if (current && !matchesEtag(ifMatch, current.etag)) throw preconditionFailed('If-Match')
  }
}

/**
 * Evaluates the conditions of GET and HEAD in the order of RFC 9110.
 * @returns whether the client's copy is current (304)
 * @throws S3Error PreconditionFailed
 */
export function isNotModified(headers: Headers, object: ObjectRecord): boolean {
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = headers
  const { 'if-modified-since': modifiedSince, 'if-unmodified-since': unmodifiedSince } = headers
  if (
    ifMatch !== undefined
      ? !matchesEtag(ifMatch, object.etag)
      : unmodifiedSince !== undefined && isModifiedSince(unmodifiedSince, object)
  ) {
    throw preconditionFailed(ifMatch !== undefined ? 'If-Match' : 'If-Unmodified-Since')
  }
  if (ifNoneMatch !== undefined) return matchesEtag(ifNoneMatch, object.etag)
  // RFC 9110: an invalid date is ignored.
  return (
    modifiedSince !== undefined &&
    !Number.isNaN(Date.parse(modifiedSince)) &&
    !isModifiedSince(modifiedSince, object)
  )
}

/** Whether If-Range, an ETag or a date, names the object as it is. If not, GET ignores the Range (RFC 9110). */
export function allowsRange({ 'if-range': validator }: Headers, { etag, lastModified }: ObjectRecord) {
  if (validator === undefined || validator === `"${etag}"`) return true
  return Date.parse(validator) === Math.floor(lastModified / 1000) * 1000
}

/** Checks the x-amz-copy-source-if-… headers. A copy answers 412 where GET answers 304. */
export function checkCopyConditions(headers: Headers, source: ObjectRecord) {
  const copyHeader = (name: string) => headers[`x-amz-copy-source-${name}`]
  const conditions: Record<string, string | undefined> = {
    'if-match': copyHeader('if-match'),
    'if-none-match': copyHeader('if-none-match'),
    'if-modified-since': copyHeader('if-modified-since'),
    'if-unmodified-since': copyHeader('if-unmodified-since'),
  }
  if (isNotModified(conditions, source)) throw preconditionFailed('x-amz-copy-source-If-None-Match')
}

/** A byte range: `from` inclusive, `to` exclusive. */
export interface ByteRange {
  from: number
  to: number
}

/**
 * Parses a single byte range. Ignores several ranges and other units, as S3 does.
 * @throws S3Error InvalidRange (416, with Content-Range)
 */
export function parseRange(header: string | undefined, size: number): ByteRange | undefined {
  // The second run of spaces requires digits before it. Otherwise both runs match the same spaces, in cubic time.
  const [, first = '', last = ''] = /^bytes=\s*(?:(\d+)\s*)?-\s*(?:(\d+)\s*)?$/.exec(header ?? '') ?? []
  if (first === '' && last === '') return undefined
  const from = first === '' ? Math.max(size - Number(last), 0) : Number(first)
  const to = first === '' || last === '' ? size : Math.min(Number(last) + 1, size)
  if (first !== '' && last !== '' && Number(last) < from) return undefined
  if (from < size && to > from) return { from, to }
  throw new S3Error(
    'InvalidRange',
    undefined,
    { RangeRequested: header ?? '', ActualObjectSize: size },
    { 'content-range': `bytes */${size}` },
  )
}

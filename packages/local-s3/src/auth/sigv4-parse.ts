import { S3Error } from '../http/error.ts'
import type { S3Request } from '../http/request.ts'

/** The SigV4 fields of a request, parsed but not verified. */
export interface SignatureFields {
  source: 'header' | 'query'
  accessKeyId: string
  date: string
  region: string
  longDate: string
  signedHeaders: string[]
  signature: string
}

export function malformedSignature(
  source: 'header' | 'query',
  message: string,
  details: Record<string, string> = {},
) {
  const code = source === 'header' ? 'AuthorizationHeaderMalformed' : 'AuthorizationQueryParametersError'
  return new S3Error(code, message, details)
}

/** Parses the SigV4 fields in the headers or the query. Returns undefined for an unsigned request. */
export function parseSignature({ headers, query }: S3Request): SignatureFields | undefined {
  const authorization = headers.authorization
  const signature = query.get('X-Amz-Signature')
  if (authorization !== undefined && (signature !== null || query.has('X-Amz-Algorithm'))) {
    throw new S3Error('InvalidArgument', 'Only one auth mechanism allowed')
  }
  if (authorization !== undefined) return parseAuthorizationHeader(authorization, headers)
  if (!query.has('X-Amz-Algorithm') && signature === null) {
    // S3 no longer supports signature version 2. A request with one must not count as anonymous.
    if (!query.has('AWSAccessKeyId')) return undefined
    throw new S3Error(
      'InvalidRequest',
      'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.',
    )
  }
  const requireParameter = (name: string) => {
    const values = query.getAll(name)
    if (values.length === 1 && values[0]) return values[0]
    throw malformedSignature(
      'query',
      'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
    )
  }
  if (requireParameter('X-Amz-Algorithm') !== 'AWS4-HMAC-SHA256')
    throw malformedSignature('query', 'X-Amz-Algorithm only supports "AWS4-HMAC-SHA256"')
  const longDate = requireParameter('X-Amz-Date')
  requireParameter('X-Amz-Expires')
  return {
    source: 'query',
    ...parseCredential(requireParameter('X-Amz-Credential'), longDate, 'query'),
    longDate,
    signedHeaders: requireParameter('X-Amz-SignedHeaders').split(';'),
    signature: requireParameter('X-Amz-Signature'),
  }
}

function parseAuthorizationHeader(authorization: string, headers: S3Request['headers']): SignatureFields {
  if (!authorization.startsWith('AWS4-HMAC-SHA256')) {
    throw new S3Error(
      'InvalidRequest',
      'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.',
    )
  }
  const fields = new Map<string, string>()
  for (const field of authorization.slice('AWS4-HMAC-SHA256'.length).split(',')) {
    const [, name, value] = /^\s*(\w+)=(\S+)\s*$/.exec(field) ?? []
    if (name && value) fields.set(name, value)
  }
  const [credential, signed, signature] = ['Credential', 'SignedHeaders', 'Signature'].map((name) =>
    fields.get(name),
  )
  if (!credential || !signed || !signature) {
    throw malformedSignature(
      'header',
      'The authorization header is malformed; it needs Credential, SignedHeaders and Signature.',
    )
  }
  const date = headers['x-amz-date'] ?? headers.date
  if (!date)
    throw new S3Error('AccessDenied', 'AWS authentication requires a valid Date or x-amz-date header')
  const longDate = /^\d{8}T/.test(date)
    ? date
    : new Date(Date.parse(date) || 0).toISOString().replace(/[-:]|\.\d{3}/g, '')
  return {
    source: 'header',
    ...parseCredential(credential, longDate, 'header'),
    longDate,
    signedHeaders: signed.split(';'),
    signature,
  }
}

/** Parses a credential: `key/20260102/us-east-1/s3/aws4_request`. */
export function parseCredential(credential: string, longDate: string, source: 'header' | 'query') {
  // An access key may contain slashes; the scope is the last four fields.
  const [, accessKeyId, date, region, service, terminator] =
    /^(.+)\/(\d{8})\/([^/]*)\/([^/]*)\/([^/]*)$/.exec(credential) ?? []
  if (!accessKeyId || !date || !region) {
    throw malformedSignature(
      source,
      'The Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".',
    )
  }
  if (service !== 's3')
    throw malformedSignature(source, `Incorrect service "${service}". This endpoint belongs to "s3".`)
  if (terminator !== 'aws4_request')
    throw malformedSignature(source, `Incorrect terminal "${terminator}". This endpoint uses "aws4_request".`)
  if (date !== longDate.slice(0, 8)) {
    throw malformedSignature(
      source,
      `Invalid credential date "${date}". This date is not the same as X-Amz-Date: "${longDate.slice(0, 8)}".`,
    )
  }
  return { accessKeyId, date, region }
}

/** Parses `20260102T030405Z` into epoch ms. */
export function parseDate(longDate: string) {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(longDate) ?? []
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  if (Number.isNaN(time))
    throw new S3Error('AccessDenied', 'AWS authentication requires a valid Date or x-amz-date header')
  return time
}

import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { createScope, getCanonicalHeaders, getCanonicalQuery, getSigningKey } from '@smithy/signature-v4'
import {
  malformedSignature,
  parseDate,
  parseSignature,
  parseCredential,
  type SignatureFields,
} from './sigv4-parse.ts'
import type { ChunkVerifier } from '../http/aws-chunked.ts'
import { S3Error } from '../http/error.ts'
import { isLoopbackHost } from '../http/loopback.ts'
import type { S3Request } from '../http/request.ts'
import type { Likeness } from '../stores/likeness.ts'
import type { Credentials, TemporaryCredentials } from './credentials.ts'

/** The server's settings for authentication. `now` returns epoch ms. */
export interface AuthSettings {
  credentials: Credentials
  region: string
  now: () => number
  /** Whether the server is reachable only from this machine. */
  isLocal: boolean
  /** Whether a checksum in the query of a presigned URL counts like one in a header. */
  strictQueryChecksums: boolean
  /** Whether each uploaded body must have a Content-MD5 or a checksum. */
  requireChecksums: boolean
  /** Returns a temporary key by its id. */
  findTemporaryKey: (accessKeyId: string) => TemporaryCredentials | undefined
  /** The store that the server imitates. */
  likeness?: Likeness
}

/**
 * The authenticated sender of a request. `isRebound` marks a request to a loopback address under another host name, as
 * in DNS rebinding. `payload` is the signed `x-amz-content-sha256`; `chunkVerifier` is set when the body is signed in chunks.
 */
export type Identity =
  | { kind: 'anonymous'; isRebound: boolean }
  | { kind: 'owner'; payload: string; chunkVerifier?: ChunkVerifier }

type Sha256Constructor = Parameters<typeof getSigningKey>[0]

/** 15 minutes in ms: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html */
const maxSkewMs = 15 * 60_000
const maxExpiresSeconds = 7 * 24 * 3600
const emptySha256 = sha256Hex('')

/** The signer requires a constructor. A function that returns an object is shorter than a class. */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- "new" on a function is not in its type
const Sha256 = function (secret?: string | Uint8Array) {
  const hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret)
  return {
    update: (chunk: Uint8Array) => void hash.update(chunk),
    digest: () => Promise.resolve(new Uint8Array(hash.digest())),
    reset: () => undefined,
  }
} as unknown as Sha256Constructor

function sha256Hex(text: string) {
  return createHash('sha256').update(text).digest('hex')
}

const hmacHex = (key: Uint8Array, text: string) => createHmac('sha256', key).update(text).digest('hex')

function equalsInConstantTime(a: string, b: string) {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}

/**
 * Verifies the signature in the headers or the query, as S3 does:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html
 * @throws S3Error SignatureDoesNotMatch, InvalidAccessKeyId, AccessDenied, RequestTimeTooSkewed, and the codes for malformed signatures
 */
export async function authenticate(request: S3Request, auth: AuthSettings): Promise<Identity> {
  const signatureFields = parseSignature(request)
  if (!signatureFields) {
    return { kind: 'anonymous', isRebound: auth.isLocal && !isLoopbackHost(request.headers.host) }
  }
  const token = request.headers['x-amz-security-token'] ?? request.query.get('X-Amz-Security-Token')
  const key = await deriveSigningKey(signatureFields, signatureFields.source, token ?? undefined, auth)
  checkTime(signatureFields, request, auth.now())
  if (!auth.likeness?.hasLaxSignatures) checkSignedHeaders(signatureFields, request)

  const sent = request.headers['x-amz-content-sha256'] ?? request.query.get('X-Amz-Content-Sha256')
  if (signatureFields.source === 'header' && sent === null) {
    throw new S3Error('InvalidRequest', 'Missing required header for this request: x-amz-content-sha256')
  }
  const payload = sent ?? 'UNSIGNED-PAYLOAD'
  const scope = createScope(signatureFields.date, signatureFields.region, 's3')
  const canonical = buildCanonicalRequest(signatureFields, request, payload)
  const stringToSign = ['AWS4-HMAC-SHA256', signatureFields.longDate, scope, sha256Hex(canonical)].join('\n')
  if (!equalsInConstantTime(hmacHex(key, stringToSign), signatureFields.signature)) {
    throw new S3Error('SignatureDoesNotMatch', undefined, {
      AWSAccessKeyId: signatureFields.accessKeyId,
      StringToSign: stringToSign,
      CanonicalRequest: canonical,
    })
  }
  if (!payload.startsWith('STREAMING-AWS4-HMAC-SHA256-PAYLOAD')) return { kind: 'owner', payload }
  return {
    kind: 'owner',
    payload,
    chunkVerifier: createChunkVerifier(
      key,
      `${signatureFields.longDate}\n${scope}`,
      signatureFields.signature,
    ),
  }
}

/**
 * Verifies the signature of a form POST, which covers the policy in base64, as sent.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-post-example.html
 */
export async function checkFormSignature(fields: ReadonlyMap<string, string>, auth: AuthSettings) {
  const requireField = (name: string) => {
    const value = fields.get(name)
    if (value === undefined) {
      throw new S3Error('InvalidArgument', `Bucket POST must contain a field named '${name}'.`, {
        ArgumentName: name,
      })
    }
    return value
  }
  if (requireField('x-amz-algorithm') !== 'AWS4-HMAC-SHA256') {
    throw new S3Error('InvalidArgument', 'x-amz-algorithm must be AWS4-HMAC-SHA256')
  }
  const longDate = requireField('x-amz-date')
  const scope = parseCredential(requireField('x-amz-credential'), longDate, 'header')
  const key = await deriveSigningKey(scope, 'header', fields.get('x-amz-security-token'), auth)
  parseDate(longDate)
  if (!equalsInConstantTime(hmacHex(key, requireField('policy')), requireField('x-amz-signature'))) {
    throw new S3Error('SignatureDoesNotMatch', undefined, { AWSAccessKeyId: scope.accessKeyId })
  }
}

async function deriveSigningKey(
  scope: { accessKeyId: string; date: string; region: string },
  source: 'header' | 'query',
  token: string | undefined,
  auth: AuthSettings,
) {
  const { region, likeness } = auth
  const credentials = findKey(scope.accessKeyId, token, auth)
  if (scope.region !== region && !likeness?.hasLaxSignatures) {
    throw malformedSignature(source, `The region '${scope.region}' is wrong; expecting '${region}'`, {
      Region: region,
    })
  }
  return getSigningKey(Sha256, credentials, scope.date, scope.region, 's3')
}

/** @throws S3Error InvalidAccessKeyId, InvalidToken, ExpiredToken */
function findKey(
  accessKeyId: string,
  token: string | undefined,
  { credentials, findTemporaryKey, now }: AuthSettings,
): Credentials {
  const temporary = findTemporaryKey(accessKeyId)
  if (!temporary) {
    if (accessKeyId !== credentials.accessKeyId)
      throw new S3Error('InvalidAccessKeyId', undefined, { AWSAccessKeyId: accessKeyId })
    if (token) throw new S3Error('InvalidToken')
    return credentials
  }
  // Without its token AWS does not know a temporary key.
  if (!token) throw new S3Error('InvalidAccessKeyId', undefined, { AWSAccessKeyId: accessKeyId })
  if (!equalsInConstantTime(token, temporary.sessionToken)) throw new S3Error('InvalidToken')
  if (now() >= temporary.expiration.getTime()) throw new S3Error('ExpiredToken')
  return temporary
}

function checkTime({ source, longDate }: SignatureFields, { query }: S3Request, now: number) {
  const signed = parseDate(longDate)
  const ServerTime = new Date(now).toISOString()
  if (source === 'header') {
    if (Math.abs(now - signed) <= maxSkewMs) return
    throw new S3Error('RequestTimeTooSkewed', undefined, {
      RequestTime: longDate,
      ServerTime,
      MaxAllowedSkewMilliseconds: maxSkewMs,
    })
  }
  const expiresSeconds = query.get('X-Amz-Expires') ?? ''
  if (!/^\d{1,9}$/.test(expiresSeconds)) throw malformedSignature('query', 'X-Amz-Expires should be a number')
  if (Number(expiresSeconds) < 1 || Number(expiresSeconds) > maxExpiresSeconds) {
    throw malformedSignature('query', 'X-Amz-Expires must be between 1 and 604800 seconds')
  }
  if (signed - now > maxSkewMs) throw new S3Error('AccessDenied', 'Request is not yet valid', { ServerTime })
  const Expires = new Date(signed + Number(expiresSeconds) * 1000).toISOString()
  if (now > Date.parse(Expires)) {
    throw new S3Error('AccessDenied', 'Request has expired', {
      'X-Amz-Expires': expiresSeconds,
      Expires,
      ServerTime,
    })
  }
}

/** Rejects unsigned headers that a man in the middle could have added, as S3 does. */
function checkSignedHeaders({ signedHeaders, source }: SignatureFields, { headers }: S3Request) {
  const unsigned = Object.keys(headers).filter(
    (name) =>
      (name === 'host' || name.startsWith('x-amz-') || (name === 'content-md5' && source === 'header')) &&
      !signedHeaders.includes(name),
  )
  if (unsigned.length === 0) return
  throw new S3Error('AccessDenied', 'There were headers present in the request which were not signed', {
    HeadersNotSigned: unsigned.join(', '),
  })
}

function buildCanonicalRequest({ signedHeaders }: SignatureFields, request: S3Request, payload: string) {
  // A signed header that is missing counts as empty, so its removal makes the signature invalid.
  const signed = Object.fromEntries(signedHeaders.map((name) => [name, request.headers[name] ?? '']))
  const headers = getCanonicalHeaders({ ...blankRequest, headers: signed }, undefined, new Set(signedHeaders))
  const query: Record<string, string[]> = {}
  for (const name of new Set(request.query.keys())) query[name] = request.query.getAll(name)
  return [
    request.method,
    request.canonicalPath,
    getCanonicalQuery({ ...blankRequest, query }),
    ...Object.keys(headers)
      .toSorted()
      .map((name) => `${name}:${headers[name]}`),
    '',
    signedHeaders.join(';'),
    payload,
  ].join('\n')
}

/** Fills the request fields that the signer's functions require but do not read. */
const blankRequest = { method: '', protocol: 'http:', hostname: '', path: '', headers: {} }

/** Creates the verifier of signed chunks: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html */
function createChunkVerifier(key: Uint8Array, dateAndScope: string, seed: string): ChunkVerifier {
  let previous = seed
  return {
    verify(part, contentSha256, signature) {
      const hashes = part === 'PAYLOAD' ? [emptySha256, contentSha256] : [contentSha256]
      const expected = hmacHex(
        key,
        [`AWS4-HMAC-SHA256-${part}`, dateAndScope, previous, ...hashes].join('\n'),
      )
      if (!equalsInConstantTime(expected, signature)) throw new S3Error('SignatureDoesNotMatch')
      previous = signature
    },
  }
}

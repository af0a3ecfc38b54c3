import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { createScope, getCanonicalHeaders, getCanonicalQuery, getSigningKey } from '@smithy/signature-v4'
import { malformed, parseDate, readClaim, readCredential, type Claim } from './claim.ts'
import { S3Error } from './error.ts'
import { isLoopbackHost } from './loopback.ts'
import type { S3Request } from './request.ts'

export interface Credentials {
  accessKeyId: string
  secretAccessKey: string
}

/** What a signature is checked against. `now` is epoch ms. */
export interface Authority {
  credentials: Credentials
  region: string
  now: () => number
  /** The server can be reached from this machine only. */
  isLocal: boolean
  /** A checksum in the query of a presigned URL counts like one in a header. */
  strictQueryChecksums: boolean
}

/**
 * Who asks. `isRebound` marks a request that reached a server of this machine under a name that is not this machine's:
 * how a page gets there by DNS rebinding. `payload` is the signed `x-amz-content-sha256`; `chunks` is there when the
 * body is signed in chunks.
 */
export type Identity =
  { kind: 'anonymous'; isRebound: boolean } | { kind: 'owner'; payload: string; chunks?: ChunkSigner }

/** Continues the chain of signatures of an aws-chunked body. */
export interface ChunkSigner {
  check(part: 'PAYLOAD' | 'TRAILER', contentSha256: string, signature: string): void
}

type Sha256Constructor = Parameters<typeof getSigningKey>[0]

/** 15 minutes: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html */
const allowedSkew = 15 * 60_000
const longestLife = 7 * 24 * 3600
const emptySha256 = sha256('')

/** The signer wants a constructor; one that returns its own object spares a class. */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- "new" on a function is not in its type
const Sha256 = function (secret?: string | Uint8Array) {
  const hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret)
  return {
    update: (chunk: Uint8Array) => void hash.update(chunk),
    digest: () => Promise.resolve(new Uint8Array(hash.digest())),
    reset: () => undefined,
  }
} as unknown as Sha256Constructor

function sha256(text: string) {
  return createHash('sha256').update(text).digest('hex')
}

const hmac = (key: Uint8Array, text: string) => createHmac('sha256', key).update(text).digest('hex')

function same(a: string, b: string) {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}

/**
 * Checks the signature of a request, in its headers or its query, as S3 does:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html
 * @throws S3Error SignatureDoesNotMatch, InvalidAccessKeyId, AccessDenied, RequestTimeTooSkewed and the codes for malformed ones
 */
export async function identify(request: S3Request, authority: Authority): Promise<Identity> {
  const claim = readClaim(request)
  if (!claim) {
    return { kind: 'anonymous', isRebound: authority.isLocal && !isLoopbackHost(request.headers.host) }
  }
  if (request.headers['x-amz-security-token'] ?? request.query.get('X-Amz-Security-Token')) {
    throw new S3Error('InvalidToken') // our keys are not temporary
  }
  const key = await signingKey(claim, claim.source, authority)
  checkTime(claim, request, authority.now())
  checkSignedHeaders(claim, request)

  const sent = request.headers['x-amz-content-sha256'] ?? request.query.get('X-Amz-Content-Sha256')
  if (claim.source === 'header' && sent === null) {
    throw new S3Error('InvalidRequest', 'Missing required header for this request: x-amz-content-sha256')
  }
  const payload = sent ?? 'UNSIGNED-PAYLOAD'
  const scope = createScope(claim.date, claim.region, 's3')
  const canonical = canonicalRequest(claim, request, payload)
  const toSign = ['AWS4-HMAC-SHA256', claim.longDate, scope, sha256(canonical)].join('\n')
  if (!same(hmac(key, toSign), claim.signature)) {
    throw new S3Error('SignatureDoesNotMatch', undefined, {
      AWSAccessKeyId: claim.accessKeyId,
      StringToSign: toSign,
      CanonicalRequest: canonical,
    })
  }
  if (!payload.startsWith('STREAMING-AWS4-HMAC-SHA256-PAYLOAD')) return { kind: 'owner', payload }
  return { kind: 'owner', payload, chunks: chunkSigner(key, `${claim.longDate}\n${scope}`, claim.signature) }
}

/**
 * Checks the fields of a form POST: the signature is over the policy as it was sent.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-post-example.html
 */
export async function checkFormSignature(fields: ReadonlyMap<string, string>, authority: Authority) {
  const need = (name: string) => {
    const value = fields.get(name)
    if (value === undefined) {
      throw new S3Error('InvalidArgument', `Bucket POST must contain a field named '${name}'.`, {
        ArgumentName: name,
      })
    }
    return value
  }
  if (need('x-amz-algorithm') !== 'AWS4-HMAC-SHA256') {
    throw new S3Error('InvalidArgument', 'x-amz-algorithm must be AWS4-HMAC-SHA256')
  }
  if (fields.has('x-amz-security-token')) throw new S3Error('InvalidToken') // our keys are not temporary
  const longDate = need('x-amz-date')
  const scope = readCredential(need('x-amz-credential'), longDate, 'header')
  const key = await signingKey(scope, 'header', authority)
  parseDate(longDate)
  if (!same(hmac(key, need('policy')), need('x-amz-signature'))) {
    throw new S3Error('SignatureDoesNotMatch', undefined, { AWSAccessKeyId: scope.accessKeyId })
  }
}

async function signingKey(
  scope: { accessKeyId: string; date: string; region: string },
  source: 'header' | 'query',
  { credentials, region }: Authority,
) {
  if (scope.accessKeyId !== credentials.accessKeyId) {
    throw new S3Error('InvalidAccessKeyId', undefined, { AWSAccessKeyId: scope.accessKeyId })
  }
  if (scope.region !== region) {
    throw malformed(source, `The region '${scope.region}' is wrong; expecting '${region}'`, {
      Region: region,
    })
  }
  return getSigningKey(Sha256, credentials, scope.date, scope.region, 's3')
}

function checkTime({ source, longDate }: Claim, { query }: S3Request, now: number) {
  const signed = parseDate(longDate)
  const ServerTime = new Date(now).toISOString()
  if (source === 'header') {
    if (Math.abs(now - signed) <= allowedSkew) return
    throw new S3Error('RequestTimeTooSkewed', undefined, {
      RequestTime: longDate,
      ServerTime,
      MaxAllowedSkewMilliseconds: allowedSkew,
    })
  }
  const life = query.get('X-Amz-Expires') ?? ''
  if (!/^\d{1,9}$/.test(life)) throw malformed('query', 'X-Amz-Expires should be a number')
  if (Number(life) < 1 || Number(life) > longestLife) {
    throw malformed('query', 'X-Amz-Expires must be between 1 and 604800 seconds')
  }
  if (signed - now > allowedSkew)
    throw new S3Error('AccessDenied', 'Request is not yet valid', { ServerTime })
  const Expires = new Date(signed + Number(life) * 1000).toISOString()
  if (now > Date.parse(Expires)) {
    throw new S3Error('AccessDenied', 'Request has expired', { 'X-Amz-Expires': life, Expires, ServerTime })
  }
}

/** S3 refuses what a man in the middle could have added. */
function checkSignedHeaders({ signedHeaders, source }: Claim, { headers }: S3Request) {
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

function canonicalRequest({ signedHeaders }: Claim, request: S3Request, payload: string) {
  // A signed header that was not sent counts as empty, so leaving one out cannot pass.
  const signed = Object.fromEntries(signedHeaders.map((name) => [name, request.headers[name] ?? '']))
  const headers = getCanonicalHeaders({ ...blank, headers: signed }, undefined, new Set(signedHeaders))
  const query: Record<string, string[]> = {}
  for (const name of new Set(request.query.keys())) query[name] = request.query.getAll(name)
  return [
    request.method,
    request.canonicalPath,
    getCanonicalQuery({ ...blank, query }),
    ...Object.keys(headers)
      .toSorted()
      .map((name) => `${name}:${headers[name]}`),
    '',
    signedHeaders.join(';'),
    payload,
  ].join('\n')
}

/** The signer's functions take whole requests and read one field of them. */
const blank = { method: '', protocol: 'http:', hostname: '', path: '', headers: {} }

/** https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html */
function chunkSigner(key: Uint8Array, dateAndScope: string, seed: string): ChunkSigner {
  let previous = seed
  return {
    check(part, contentSha256, signature) {
      const hashes = part === 'PAYLOAD' ? [emptySha256, contentSha256] : [contentSha256]
      const expected = hmac(key, [`AWS4-HMAC-SHA256-${part}`, dateAndScope, previous, ...hashes].join('\n'))
      if (!same(expected, signature)) throw new S3Error('SignatureDoesNotMatch')
      previous = signature
    },
  }
}

import { toHex } from '../../internal/hex.ts'
import { objectUrl } from './address.ts'
import type { Bucket } from './connection.ts'
import { withDeadline } from './deadline.ts'
import { isThrottling, isTransient, createStorageError } from './errors.ts'
import type { StorageError } from './errors.ts'
import { signHeaders } from './signer.ts'
import { elementsOf, maxXmlBytes, rootNameOf, elementText } from './xml.ts'

/** A request to storage. */
export interface S3Call {
  /** Name for error messages: `CopyObject`. */
  readonly operation: string
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE'
  /** Object key. Absent for a request to the bucket itself. */
  readonly key?: string
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  /** An XML document. */
  readonly body?: string
  /** Maximum duration with all retries. Default: 10 seconds. */
  readonly timeoutMs?: number
  /** Maximum number of tries. Default: 3. */
  readonly maxTries?: number
}

/**
 * Maximum duration of a copy or a completion. Storage answers such a request only when the copy or completion is done.
 * For 5 GiB this takes minutes on some stores.
 */
export const longTimeoutMs = 15 * 60_000
/** Maximum wait before a retry. A request that would have to wait longer fails, and the browser retries it. */
const maxRetryDelayMs = 5000

/**
 * Sends a signed request and reads the response with `read`, which must read or cancel the whole body. Retries transient
 * failures, with a new signature each time. Throws a StorageError for a response that is not 2xx.
 */
export async function sendAndRead<Result>(
  bucket: Bucket,
  request: S3Call,
  read: (response: Response) => Result | Promise<Result>,
): Promise<Result> {
  const { connection } = bucket
  const { maxTries = 3 } = request
  return withDeadline(async (signal) => {
    let hasNewSignature = false
    for (let tryCount = 1; ; tryCount += 1) {
      const signedAt = connection.now()
      try {
        const response = await sendSigned(bucket, request, signedAt, signal)
        if (response.ok) return await read(response)
        const error = await errorOfResponse(response, request, bucket)
        const time = serverTimeOf(response, error, signedAt)
        if (time !== undefined) connection.setTime(time)
        const canSignAgain =
          time !== undefined || (error.name === 'ExpiredToken' && connection.credentials.forget())
        if (hasNewSignature || !canSignAgain) throw error
        hasNewSignature = true
      } catch (thrown) {
        if (signal.aborted || tryCount >= maxTries || !isTransient(thrown)) throw thrown
        const delayMs = retryDelayMs(thrown, tryCount)
        if (delayMs > maxRetryDelayMs) throw thrown
        await new Promise((resolve) => setTimeout(resolve, delayMs))
        if (signal.aborted) throw thrown
      }
    }
  }, request.timeoutMs)
}

/** Sends a request as `sendAndRead` does. Cancels the body of the response and returns its headers. */
export function sendForHeaders(bucket: Bucket, request: S3Call): Promise<Headers> {
  return sendAndRead(bucket, request, async (response) => {
    await cancelBody(response)
    return response.headers
  })
}

/**
 * Sends a request as `sendAndRead` does and returns the XML of the response. Throws unless the root element has the given
 * name. This check is needed because a failed copy or completion may have status 200
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html).
 */
export function sendForXml(bucket: Bucket, request: S3Call, rootName: string): Promise<string> {
  return sendAndRead(bucket, request, async (response) => {
    const xml = await readXml(response, request)
    const foundRootName = rootNameOf(xml)
    if (foundRootName === rootName) return xml
    if (foundRootName === 'Error') throw errorOfXml(xml, response, request, bucket)
    const { operation } = request
    const { status } = response
    throw createStorageError({ operation, status, message: `the answer is not a complete <${rootName}>.` })
  })
}

async function sendSigned(
  { connection, name }: Bucket,
  { operation, method, key, query = {}, headers = {}, body }: S3Call,
  signedAt: number,
  signal: AbortSignal,
): Promise<Response> {
  const [address, accessKey] = await Promise.all([connection.addressOf(name), connection.credentials.get()])
  const url = objectUrl(address, key)
  for (const [parameter, value] of Object.entries(query)) url.searchParams.set(parameter, value)
  const bytes = body === undefined ? undefined : new TextEncoder().encode(body)
  const signedHeaders = await signHeaders({
    method,
    url,
    headers: {
      ...headers,
      // Without this header, `fetch` adds an unsigned Content-Type to the body. Ceph 20 rejects an unsigned one.
      ...(bytes && { 'content-type': 'application/xml' }),
      'x-amz-content-sha256': bytes ? await sha256(bytes) : sha256OfNothing,
    },
    region: address.region,
    accessKey,
    now: signedAt,
  })
  // Sets this header after signing, so that the signature does not contain it. Node sends this header twice in a
  // request with Range, and proxies in front of some stores change this header.
  signedHeaders.set('accept-encoding', 'identity')
  try {
    return await connection.fetch(url.href.replaceAll('+', '%20'), {
      method,
      headers: signedHeaders,
      signal,
      // `fetch` would follow a redirect without the signature. Storage would then answer 403, and the error would not
      // mention the redirect.
      redirect: 'manual',
      ...(bytes && { body: bytes }),
    })
  } catch (cause) {
    throw networkError(operation, cause)
  }
}

/** SHA-256 of a request without a body. */
const sha256OfNothing = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))
}

function networkError(operation: string, cause: unknown): StorageError {
  const innerError: unknown = cause instanceof Error ? (cause.cause ?? cause) : cause
  const errorCode =
    innerError instanceof Error && 'code' in innerError ? String(innerError.code) : String(cause)
  return createStorageError({ operation, message: `no answer from storage (${errorCode}).`, cause })
}

/**
 * Reads at most `maxBytes` of a body and cancels the rest, because a body that is not read would keep its connection
 * open.
 */
export async function readAtMost(
  response: Response,
  maxBytes: number,
  operation: string,
): Promise<Uint8Array<ArrayBuffer>> {
  if (!response.body) return new Uint8Array()
  const reader = response.body.getReader()
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    while (size < maxBytes) {
      const { done, value } = await reader.read()
      if (done) break
      chunks.push(value)
      size += value.length
    }
  } catch (cause) {
    throw networkError(operation, cause)
  }
  await reader.cancel().catch(() => {})
  const bytes = new Uint8Array(size)
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.length
  }
  return bytes.subarray(0, maxBytes)
}

export async function readXml(response: Response, { operation }: S3Call): Promise<string> {
  return new TextDecoder().decode(await readAtMost(response, maxXmlBytes, operation))
}

export async function cancelBody(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => {})
}

async function errorOfResponse(response: Response, request: S3Call, bucket: Bucket): Promise<StorageError> {
  const xml = await readXml(response, request).catch(() => '')
  return errorOfXml(xml, response, request, bucket)
}

function errorOfXml(
  xml: string,
  { status, headers }: Response,
  { operation }: S3Call,
  { name }: Bucket,
): StorageError {
  const [errorXml = ''] = rootNameOf(xml) === 'Error' ? elementsOf(xml, 'Error') : []
  const codeText = elementText(errorXml, 'Code') ?? ''
  const errorCode = /^[A-Za-z]\w{0,63}$/.test(codeText) ? codeText : undefined
  const requestId = elementText(errorXml, 'RequestId') ?? headers.get('x-amz-request-id')
  const region = headers.get('x-amz-bucket-region') ?? elementText(errorXml, 'Region')
  const isInOtherRegion = (status >= 300 && status < 400) || errorCode === 'AuthorizationHeaderMalformed'
  const advice =
    isInOtherRegion &&
    (region
      ? `The bucket ${JSON.stringify(name)} is in the region ${JSON.stringify(region)}: set the option region to it.`
      : `Storage sends the bucket ${JSON.stringify(name)} elsewhere: check the options region and endpoint.`)
  const message = [
    elementText(errorXml, 'Message')?.slice(0, 300),
    advice,
    requestId && `(request ${requestId})`,
  ]
  return createStorageError({
    operation,
    code: errorCode,
    status,
    message: message.filter(Boolean).join(' '),
    retryAfterMs: readRetryAfter(headers.get('retry-after')),
  })
}

function readRetryAfter(text: string | null): number | undefined {
  if (!text) return undefined
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now()
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined
}

/**
 * Returns the time of storage if storage rejected the signature because of a wrong clock. A response to HEAD has no error
 * code. A 403 to HEAD counts as such a rejection if its Date is more than 5 minutes away from the time of the signature.
 */
function serverTimeOf(
  { status, headers }: Response,
  error: StorageError,
  signedAt: number,
): number | undefined {
  const time = Date.parse(headers.get('date') ?? '')
  const isClockFarOff = Math.abs(time - signedAt) > 5 * 60_000
  const isRejected =
    error.name === 'RequestTimeTooSkewed' || (status === 403 && error.name === 'StorageError')
  return isRejected && isClockFarOff ? time : undefined
}

/** Returns a random wait before a retry (full jitter). The wait is longer if the store throttles. */
function retryDelayMs(error: StorageError, tryCount: number): number {
  const baseDelayMs = isThrottling(error) ? 500 : 100
  return error.retryAfterMs ?? Math.min(Math.random() * baseDelayMs * 2 ** tryCount, maxRetryDelayMs)
}

import { UploadError, codeOfStatus } from '../protocol/errors.ts'
import type { UploadErrorCode } from '../protocol/errors.ts'
import type { StorageRequest } from './xhr.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
const codes: Readonly<Record<string, UploadErrorCode>> = {
  ExpiredToken: 'expired',
  RequestExpired: 'expired',
  RequestTimeTooSkewed: 'clock-skew',
  SignatureDoesNotMatch: 'signature',
  InvalidAccessKeyId: 'signature',
  AuthorizationQueryParametersError: 'signature',
  AuthorizationHeaderMalformed: 'signature',
  PermanentRedirect: 'signature',
  TemporaryRedirect: 'signature',
  EntityTooLarge: 'too-large',
  EntityTooSmall: 'too-small',
  NoSuchUpload: 'gone',
  NoSuchKey: 'gone',
  NoSuchBucket: 'not-found',
  SlowDown: 'throttled',
  RequestTimeout: 'unavailable',
  InternalError: 'unavailable',
  OperationAborted: 'unavailable',
  BadDigest: 'mismatch',
  IncompleteBody: 'mismatch',
}

/** Why a request to storage did not end with a 2xx. Status 0 is no answer that the page may read. */
export async function diagnose(xhr: XMLHttpRequest, { file, url }: Pick<StorageRequest, 'file' | 'url'>) {
  const { status, responseText } = xhr
  if (status !== 0) return storageError(status, responseText, retryAfterOf(xhr))
  // A file that changed or vanished while it was read looks like a broken connection: ask the file itself.
  try {
    await file.slice(0, 1).arrayBuffer()
  } catch (cause) {
    return new UploadError('unreadable', { phase: 'uploading', status, cause })
  }
  const message = `No answer came from ${hostOf(url)}: the connection broke, or the answer was hidden from this page.`
  return new UploadError('network', { phase: 'uploading', status, message })
}

/** Milliseconds; NaN where there is none, or CORS hides it. */
function retryAfterOf(xhr: XMLHttpRequest): number {
  return Number(/^retry-after: *(\d+)/im.exec(xhr.getAllResponseHeaders())?.[1]) * 1000
}

/**
 * What a connection that broke again and again has to do with. A host that answers a request without CORS, and never
 * one with it, hides its answers from this page: no rule, a redirect to another region, or a refusal without CORS.
 */
export async function explain(error: UploadError, url: string): Promise<UploadError> {
  const { phase, status } = error
  const host = hostOf(url)
  if (!navigator.onLine) {
    return new UploadError('offline', {
      phase,
      status,
      cause: error,
      message: `The device is offline; ${host} waits.`,
    })
  }
  const options = {
    mode: 'no-cors',
    cache: 'no-store',
    credentials: 'omit',
    signal: AbortSignal.timeout(5000),
  } as const
  const answers = await fetch(url.split('?')[0] ?? url, options).then(
    () => true,
    () => false,
  )
  if (!answers) return error
  const message =
    `${host} answers, but not to this page: the bucket's CORS rule does not allow ${location.origin}, the method or a ` +
    "header, or it redirects to another region. Presign for the bucket's own region, and give it this rule: " +
    JSON.stringify(corsRule())
  hint(host, message)
  return new UploadError('cors', { phase, status, cause: error, message })
}

function corsRule() {
  return [
    {
      AllowedOrigins: [location.origin],
      AllowedMethods: ['PUT', 'POST', 'GET'],
      AllowedHeaders: ['*'],
      ExposeHeaders: ['ETag'],
      MaxAgeSeconds: 3600,
    },
  ]
}

const hinted = new Set<string>()

/** Once for each host, and only where bundlers say that this is development. */
function hint(host: string, message: string) {
  try {
    if (process.env.NODE_ENV === 'production' || hinted.has(host)) return
  } catch {
    return
  }
  hinted.add(host)
  console.warn(`putaway: ${message}`)
}

/** The host alone: what follows it is signed. */
function hostOf(url: string): string {
  return new URL(url, location.href).host
}

/** What storage said no with: S3's XML, or the status alone where there is none. */
function storageError(status: number, body: string, retryAfter: number): UploadError {
  const s3Code = tag(body, 'Code')
  const said = tag(body, 'Message')
  // S3 answers an expired URL or policy with AccessDenied, and tells by its sentence.
  const expired = s3Code === 'AccessDenied' && /expired/i.test(said ?? '')
  const code = expired ? 'expired' : (codes[s3Code ?? ''] ?? codeOfStatus(status))
  return new UploadError(code, {
    phase: 'uploading',
    status,
    requestId: tag(body, 'RequestId'),
    retryAfter: retryAfter || undefined,
    message: `Storage answered ${status}${s3Code ? ` ${s3Code}` : ''}${said ? `: ${said}` : '.'}`,
  })
}

/** The text of the first element of that name. S3's answers are flat, so this is all the XML that is needed. */
function tag(xml: string, name: string): string | undefined {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1]
  return text?.replace(/&(quot|amp|lt|gt|apos|#34|#39);/g, (entity) => entities[entity] ?? entity)
}

const entities: Readonly<Record<string, string>> = {
  '&quot;': '"',
  '&#34;': '"',
  '&apos;': "'",
  '&#39;': "'",
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
}

import { corsRule } from '../protocol/cors-rule.ts'
import { UploadError, codeOfStatus } from '../protocol/errors.ts'
import type { UploadErrorCode } from '../protocol/errors.ts'
import { warnOnce } from '../protocol/warn.ts'
import { emptyChecksumIn, signatureFaults, withoutPost } from './ticket-faults.ts'
import type { SignedRequest } from './ticket-faults.ts'
import type { StorageRequest } from './xhr.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
const codes: Readonly<Record<string, UploadErrorCode>> = {
  ...all('expired', 'ExpiredToken RequestExpired TokenRefreshRequired'),
  ...all('clock-skew', 'RequestTimeTooSkewed'),
  // Who signs has a wrong key, region or idea of the request: the file is not at fault, and another ticket may be right.
  ...all('signature', 'SignatureDoesNotMatch InvalidAccessKeyId InvalidToken InvalidSecurity'),
  ...all('signature', 'AuthorizationQueryParametersError AuthorizationHeaderMalformed'),
  ...all('signature', 'PermanentRedirect TemporaryRedirect IllegalLocationConstraintException'),
  ...all(
    'signature',
    'InvalidPolicyDocument MalformedPOSTRequest InvalidDigest InvalidArgument InvalidRequest',
  ),
  ...all('signature', 'MissingContentLength MethodNotAllowed NotImplemented'),
  ...all('too-large', 'EntityTooLarge MaxMessageLengthExceeded'),
  ...all('too-small', 'EntityTooSmall'),
  ...all('gone', 'NoSuchUpload NoSuchKey'),
  ...all('not-found', 'NoSuchBucket'),
  ...all('throttled', 'SlowDown'),
  ...all('unavailable', 'RequestTimeout InternalError OperationAborted ConditionalRequestConflict'),
  // A ticket that writes once found something there: perhaps this file, of a try whose answer was lost.
  ...all(
    'mismatch',
    'BadDigest IncompleteBody XAmzContentSHA256Mismatch XAmzContentChecksumMismatch PreconditionFailed',
  ),
}

function all(code: UploadErrorCode, names: string) {
  return Object.fromEntries(names.split(' ').map((name) => [name, code]))
}

/** Why a request to storage did not end with a 2xx. Status 0 is no answer that the page may read. */
export async function diagnose(
  xhr: XMLHttpRequest,
  request: SignedRequest & Pick<StorageRequest, 'file'>,
): Promise<UploadError> {
  const { status, responseText } = xhr
  const { file, url } = request
  if (status !== 0) return storageError(status, responseText, retryAfterOf(xhr), request)
  // A file that changed or vanished while it was read looks like a broken connection: ask the file itself.
  try {
    await file?.slice(0, 1).arrayBuffer()
  } catch (cause) {
    return new UploadError('unreadable', { phase: 'uploading', status, cause })
  }
  const host = hostOf(url)
  return (
    forbiddenByPage(url) ??
    silent(
      'network',
      `No answer came from ${host}: the connection broke, or the answer was hidden from this page.`,
    )
  )
}

/** Milliseconds; NaN where there is none, or CORS hides it. */
function retryAfterOf(xhr: XMLHttpRequest): number {
  return Number(/^retry-after: *(\d+)/im.exec(xhr.getAllResponseHeaders())?.[1]) * 1000
}

/**
 * What a connection that broke again and again has to do with, found out by requests without a body or a signature. A
 * host that answers a request without CORS, and none with it, hides its answers from this page.
 */
export async function explain(error: UploadError, request: SignedRequest): Promise<UploadError> {
  const { url, method } = request
  const host = hostOf(url)
  if (!navigator.onLine) return silent('offline', `The device is offline; ${host} waits.`, error)
  const signal = AbortSignal.timeout(5000)
  const ask = (address: string, more: RequestInit) =>
    fetch(address, { cache: 'no-store', credentials: 'omit', signal, ...more }).catch(() => undefined)

  const address = url.split('?')[0] ?? url
  // Of a redirect without CORS headers browsers tell nothing: it looks like any answer without them.
  const readable = await ask(address, { redirect: 'manual' })
  if (readable?.type === 'opaqueredirect') {
    const message = `${host} redirects, which an upload does not survive. Presign for the bucket's own region and endpoint.`
    return silent('cors', message, error, true)
  }
  if (readable) {
    if (method === 'post') {
      // As empty as the request above: a store with POST refuses it, and says so to every page that it answers.
      const posted = await ask(address, { method: 'POST' })
      if (posted && (posted.status === 405 || posted.status === 501)) {
        const message = `${host} answers POST with ${posted.status}. ${withoutPost}`
        return silent('signature', message, error, true)
      }
      if (!posted && (await ask(address, { method: 'POST', mode: 'no-cors' }))) {
        const message = `${host} answers this page, but hides its answer to POST. ${withoutPost} Or the bucket's CORS rule lacks POST: ${JSON.stringify([corsRule([location.origin])])}`
        return silent('cors', message, error, true)
      }
    }
    const fault = emptyChecksumIn(request)
    const message = `${host} answers this page, but the connection broke each time that the file was sent. Look for a limit on the size or the time of requests in a proxy or firewall; Ceph also hides why it refuses a signature.`
    return silent('network', fault ? `${message} ${fault}` : message, error, fault !== undefined)
  }
  const forbidden = forbiddenByPage(url)
  if (forbidden) return forbidden
  if (await ask(address, { mode: 'no-cors' })) {
    // Asked again: the network may have come back between the two, and then nothing is hidden.
    if (await ask(address, { redirect: 'manual' })) return error
    const message =
      `${host} answers, but not to this page: the bucket's CORS rule does not allow ${location.origin}, the method or a ` +
      'header; or there is no such bucket, or it is in another region. Presign for where it is, and give it this rule: ' +
      JSON.stringify([corsRule([location.origin])]) +
      (method === 'post' ? ` ${withoutPost}` : '')
    return silent('cors', message, error, true)
  }
  if (await ask(new URL(address, location.href).origin, { mode: 'no-cors' })) {
    const message = `${host} answers, but requests to the upload's own address do not get there: a browser extension such as an ad blocker, or a firewall, blocks them.`
    const text = 'Something on this device or network blocks the upload, perhaps an ad blocker.'
    return silent('network', message, error, false, text)
  }
  return error
}

/** An error of a request that got no answer, and for developers the console says it once. */
function silent(code: UploadErrorCode, what: string, cause?: unknown, hinted = false, text?: string) {
  const message = linked(what, code)
  if (hinted) warnOnce(message)
  return new UploadError(code, { phase: 'uploading', status: 0, cause, message, text })
}

/** Every message ends with where cause and fix are. */
function linked(message: string, code: UploadErrorCode): string {
  return `${message} See docs/errors.md#${code}.`
}

const violated = new Map<string, string>()
globalThis.document?.addEventListener(
  'securitypolicyviolation',
  ({ blockedURI, effectiveDirective, disposition }) => {
    if (disposition === 'enforce' && URL.canParse(blockedURI))
      violated.set(hostOf(blockedURI), effectiveDirective)
  },
)

/** What the page forbids itself fails at once and always, so it is said at once. */
function forbiddenByPage(url: string): UploadError | undefined {
  const { protocol, hostname, origin } = new URL(url, location.href)
  const host = hostOf(url)
  const directive = violated.get(host)
  if (directive) {
    const message = `The page's Content-Security-Policy does not let it reach ${host}: add ${origin} to ${directive}.`
    return silent('cors', message, undefined, true)
  }
  // https://w3c.github.io/webappsec-secure-contexts/#is-origin-trustworthy
  const loopback = /^(localhost|.*\.localhost|127\.[\d.]+|\[::1\])$/.test(hostname)
  if (location.protocol !== 'https:' || protocol !== 'http:' || loopback) return undefined
  const message = `A page from https may not upload to ${origin}: browsers block mixed content. Presign with an https endpoint.`
  return silent('cors', message, undefined, true)
}

/** The host alone: what follows it is signed. */
function hostOf(url: string): string {
  return new URL(url, location.href).host
}

/** What storage said no with: S3's XML, or the status alone where there is none. */
function storageError(status: number, body: string, retryAfter: number, request: SignedRequest): UploadError {
  const s3Code = tag(body, 'Code')
  const said = tag(body, 'Message')
  const found = codeOf(s3Code, said) ?? unknownMethods[status] ?? codeOfStatus(status)
  const fault = ticketsFault.includes(found) ? signatureFaults(request, status, body) : undefined
  // Bytes that differ from a checksum which is wrong were not damaged: sending them again is no use.
  const code = fault ? 'signature' : found
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html
  const what = s3Code
    ? ` ${s3Code}${said ? `: ${said}` : '.'}`
    : /<html|<!doctype/i.test(body)
      ? ' with a web page, as a proxy or a firewall does, and not S3.'
      : '.'
  return new UploadError(code, {
    phase: 'uploading',
    status,
    requestId: tag(body, 'RequestId'),
    retryAfter: retryAfter || undefined,
    message: linked(`Storage answered ${status}${what}${fault ? ` ${fault}` : ''}`, code),
  })
}

/** No file is at fault, and no repetition helps. */
const unknownMethods: Readonly<Record<number, UploadErrorCode>> = { 405: 'signature', 501: 'signature' }

/** What a ticket that is signed wrong can look like. */
const ticketsFault: readonly UploadErrorCode[] = ['signature', 'mismatch', 'rejected']

function codeOf(s3Code = '', said = ''): UploadErrorCode | undefined {
  // S3 answers a URL or policy that has expired, or that is not valid yet, with AccessDenied, and tells by its sentence.
  if (s3Code === 'AccessDenied' && /expired/i.test(said)) return 'expired'
  if (s3Code === 'AccessDenied' && /not (yet )?valid|not valid yet/i.test(said)) return 'clock-skew'
  // KMS.DisabledException and its like: the key that encrypts the bucket cannot be used.
  return s3Code.startsWith('KMS') ? 'forbidden' : codes[s3Code]
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

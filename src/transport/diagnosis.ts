import { corsRule } from '../protocol/cors-rule.ts'
import { codeOfStatus } from '../protocol/error-answer.ts'
import { UploadError } from '../protocol/errors.ts'
import type { UploadErrorCode } from '../protocol/errors.ts'
import { warnOnce } from '../internal/development-log.ts'
import { findEmptyChecksumFault, findSignatureFaults, postHint } from './ticket-faults.ts'
import type { SignedRequest } from './ticket-faults.ts'
import { checkReadable } from './file-check.ts'
import type { StorageRequest } from './storage-request.ts'

/** Error codes by the name of the S3 error: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
const codesByS3Name: Readonly<Record<string, UploadErrorCode>> = {
  ...mapNamesTo('expired', 'ExpiredToken RequestExpired TokenRefreshRequired'),
  ...mapNamesTo('clock-skew', 'RequestTimeTooSkewed'),
  // The request was signed with a wrong key or region, or was signed wrongly. The file is not the cause, and a new
  // ticket may work.
  ...mapNamesTo('signature', 'SignatureDoesNotMatch InvalidAccessKeyId InvalidToken InvalidSecurity'),
  ...mapNamesTo('signature', 'AuthorizationQueryParametersError AuthorizationHeaderMalformed'),
  ...mapNamesTo('signature', 'PermanentRedirect TemporaryRedirect IllegalLocationConstraintException'),
  ...mapNamesTo(
    'signature',
    'InvalidPolicyDocument MalformedPOSTRequest InvalidDigest InvalidArgument InvalidRequest',
  ),
  ...mapNamesTo('signature', 'MissingContentLength MethodNotAllowed NotImplemented ExcessHeaderValues'),
  ...mapNamesTo('too-large', 'EntityTooLarge MaxMessageLengthExceeded'),
  ...mapNamesTo('too-small', 'EntityTooSmall'),
  ...mapNamesTo('gone', 'NoSuchUpload NoSuchKey'),
  ...mapNamesTo('not-found', 'NoSuchBucket'),
  ...mapNamesTo('throttled', 'SlowDown'),
  ...mapNamesTo('unavailable', 'RequestTimeout InternalError OperationAborted ConditionalRequestConflict'),
  // `PreconditionFailed` means that an object with this key exists, perhaps from an earlier attempt whose answer was
  // lost.
  ...mapNamesTo(
    'mismatch',
    'BadDigest IncompleteBody XAmzContentSHA256Mismatch XAmzContentChecksumMismatch PreconditionFailed',
  ),
}

function mapNamesTo(code: UploadErrorCode, names: string) {
  return Object.fromEntries(names.split(' ').map((name) => [name, code]))
}

/**
 * Returns the error of a request that storage did not answer with 2xx. Status 0 means no answer, or an answer that CORS
 * hides. Rejects with `unreadable` if the file cannot be read any more.
 */
export async function diagnose(
  xhr: XMLHttpRequest,
  request: SignedRequest & Pick<StorageRequest, 'file'>,
): Promise<UploadError> {
  const { status, responseText } = xhr
  const { file, url } = request
  // A file that changes or disappears while it is sent looks like a broken connection. WebKit sends less of it instead,
  // which storage refuses. So the file is read again.
  if (file) await checkReadable(file)
  if (status !== 0) return createResponseError(status, responseText, retryAfterOf(xhr), request)
  const host = hostOf(url)
  return (
    findPagePolicyError(url) ??
    createNoAnswerError(
      'network',
      `${host} did not answer: the connection broke, or CORS hides the answer from this page.`,
    )
  )
}

/** Returns Retry-After in milliseconds, or NaN if it is missing or hidden by CORS. */
function retryAfterOf(xhr: XMLHttpRequest): number {
  return Number(/^retry-after: *(\d+)/im.exec(xhr.getAllResponseHeaders())?.[1]) * 1000
}

/**
 * Finds out why a connection broke on every attempt. Sends probe requests without a body or a signature. If a host
 * answers only requests without CORS, a missing CORS rule hides the answers from this page.
 */
export async function explainNetworkError(error: UploadError, request: SignedRequest): Promise<UploadError> {
  const { url, method } = request
  const host = hostOf(url)
  if (!navigator.onLine)
    return createNoAnswerError('offline', `The device is offline. Connect it to reach ${host}.`, error)
  const signal = AbortSignal.timeout(5000)
  const probe = (address: string, init: RequestInit) =>
    fetch(address, { cache: 'no-store', credentials: 'omit', signal, ...init }).catch(() => undefined)

  const urlWithoutQuery = url.split('?')[0] ?? url
  // Without `redirect: 'manual'` a redirect without CORS headers looks like any other hidden answer.
  const corsAnswer = await probe(urlWithoutQuery, { redirect: 'manual' })
  if (corsAnswer?.type === 'opaqueredirect') {
    const message = `${host} redirects, and an upload cannot follow a redirect. Presign for the bucket's own region and endpoint.`
    return createNoAnswerError('cors', message, error, true)
  }
  if (corsAnswer) {
    if (method === 'post') {
      // Sends an empty POST. A store that supports POST refuses it with an answer that the page can read.
      const postAnswer = await probe(urlWithoutQuery, { method: 'POST' })
      if (postAnswer && (postAnswer.status === 405 || postAnswer.status === 501)) {
        const message = `${host} answers POST with ${postAnswer.status}. ${postHint}`
        return createNoAnswerError('signature', message, error, true)
      }
      if (!postAnswer && (await probe(urlWithoutQuery, { method: 'POST', mode: 'no-cors' }))) {
        const message = `${host} answers this page, but hides its answer to POST. ${postHint} Or the bucket's CORS rule lacks POST: ${JSON.stringify([corsRule([location.origin])])}`
        return createNoAnswerError('cors', message, error, true)
      }
    }
    const fault = findEmptyChecksumFault(request)
    const message = `${host} answers this page, but the connection broke every time the file was sent. Check proxies and firewalls for a limit on the size or duration of requests. Ceph also hides why it refuses a signature.`
    return createNoAnswerError('network', fault ? `${message} ${fault}` : message, error, fault !== undefined)
  }
  const pageError = findPagePolicyError(url)
  if (pageError) return pageError
  if (await probe(urlWithoutQuery, { mode: 'no-cors' })) {
    // Repeats the first probe. If it succeeds now, the network is back, and CORS is not the cause.
    if (await probe(urlWithoutQuery, { redirect: 'manual' })) return error
    const message =
      `${host} answers, but not to this page: the bucket's CORS rule does not allow ${location.origin}, the method or a ` +
      'header; or the bucket does not exist, or is in another region. Presign for its region, and give it this rule: ' +
      JSON.stringify([corsRule([location.origin])]) +
      (method === 'post' ? ` ${postHint}` : '')
    return createNoAnswerError('cors', message, error, true)
  }
  if (await probe(new URL(urlWithoutQuery, location.href).origin, { mode: 'no-cors' })) {
    const message = `${host} answers, but requests to the URL of the upload are blocked, by a browser extension (for example an ad blocker) or a firewall. Allow them there.`
    const text =
      'Something on this device or network blocks the upload, for example an ad blocker. Turn it off and try again.'
    return createNoAnswerError('network', message, error, false, text)
  }
  if (!isLoopback(url)) return error
  const message = `${host} did not answer: is local-s3 (or your own S3 server) still running on this port?`
  return createNoAnswerError('network', message, error, true)
}

/** Creates the error of a request without an answer. If `mustWarn`, also warns the developer once in the console. */
function createNoAnswerError(
  code: UploadErrorCode,
  description: string,
  cause?: unknown,
  mustWarn = false,
  userText?: string,
) {
  const message = withDocsLink(description, code)
  if (process.env.NODE_ENV !== 'production' && mustWarn) warnOnce(message)
  return new UploadError(code, { phase: 'uploading', status: 0, cause, message, text: userText })
}

/** Appends the path of the documentation of the error code. */
function withDocsLink(message: string, code: UploadErrorCode): string {
  return `${message.replace(/[\w'"]$/, '$&.')} See node_modules/putaway/docs/errors.md#${code}.`
}

const violatedDirectivesByHost = new Map<string, string>()
globalThis.document?.addEventListener(
  'securitypolicyviolation',
  ({ blockedURI, effectiveDirective, disposition }) => {
    if (disposition === 'enforce' && blockedURI.includes('://'))
      violatedDirectivesByHost.set(hostOf(blockedURI), effectiveDirective)
  },
)

/** Returns the error of an upload that the page's own security policy blocks, or undefined. A retry would fail too. */
function findPagePolicyError(url: string): UploadError | undefined {
  const { protocol, origin } = new URL(url, location.href)
  const host = hostOf(url)
  const directive = violatedDirectivesByHost.get(host)
  if (directive) {
    const message = `The page's Content-Security-Policy blocks ${host}: add ${origin} to ${directive}.`
    return createNoAnswerError('cors', message, undefined, true)
  }
  if (location.protocol !== 'https:' || protocol !== 'http:' || isLoopback(url)) return undefined
  const message = `An https page cannot upload to ${origin}: browsers block mixed content. Presign with an https endpoint.`
  return createNoAnswerError('cors', message, undefined, true)
}

/** Whether a URL is on this machine: https://w3c.github.io/webappsec-secure-contexts/#is-origin-trustworthy */
function isLoopback(url: string): boolean {
  const { hostname } = new URL(url, location.href)
  return /^(localhost|.*\.localhost|127\.[\d.]+|\[::1\])$/.test(hostname)
}

/** Returns only the host of a URL, because its query contains the signature. */
function hostOf(url: string): string {
  return new URL(url, location.href).host
}

/** Converts a response of storage to an error. Uses S3's XML, or the status if the response has no XML. */
function createResponseError(
  status: number,
  body: string,
  retryAfter: number,
  request: SignedRequest,
): UploadError {
  const s3Code = readTag(body, 'Code')
  const s3Message = readTag(body, 'Message')
  const baseCode = codeOf(s3Code, s3Message) ?? unsupportedMethodCodes[status] ?? codeOfStatus(status)
  const fault = ticketFaultCodes.includes(baseCode) ? findSignatureFaults(request, status, body) : undefined
  // A wrong signed checksum does not mean damaged bytes, so sending them again does not help.
  const errorCode = fault ? 'signature' : baseCode
  const description = s3Code
    ? ` ${s3Code}${s3Message ? `: ${s3Message}` : '.'}`
    : /<html|<!doctype/i.test(body)
      ? ' with an HTML page. This is the answer of a proxy or firewall, not of S3.'
      : '.'
  return new UploadError(errorCode, {
    phase: 'uploading',
    status,
    requestId: readTag(body, 'RequestId'),
    retryAfter: retryAfter || undefined,
    message: withDocsLink(`Storage answered ${status}${description}${fault ? ` ${fault}` : ''}`, errorCode),
  })
}

/**
 * Error codes for a status that means that storage does not support the HTTP method. The file is not the cause, and a
 * retry does not help.
 */
const unsupportedMethodCodes: Readonly<Record<number, UploadErrorCode>> = {
  405: 'signature',
  501: 'signature',
}

/** Codes that a wrongly signed ticket can cause. */
const ticketFaultCodes: readonly UploadErrorCode[] = ['signature', 'mismatch', 'rejected']

function codeOf(s3Code = '', s3Message = ''): UploadErrorCode | undefined {
  // If a URL or policy has expired or is not valid yet, S3 answers with AccessDenied. Only the message differs from
  // other refusals.
  if (s3Code === 'AccessDenied' && /expired/i.test(s3Message)) return 'expired'
  if (s3Code === 'AccessDenied' && /not (yet )?valid|not valid yet/i.test(s3Message)) return 'clock-skew'
  // Codes that begin with KMS (for example KMS.DisabledException) mean that the encryption key of the bucket cannot
  // be used.
  return s3Code.startsWith('KMS') ? 'forbidden' : codesByS3Name[s3Code]
}

/** Returns the text of the first element with this name. S3's error XML is flat, so no XML parser is needed. */
function readTag(xml: string, name: string): string | undefined {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1]
  return text?.replace(/&(quot|amp|lt|gt|apos|#34|#39);/g, (entity) => xmlEntities[entity] ?? entity)
}

const xmlEntities: Readonly<Record<string, string>> = {
  '&quot;': '"',
  '&#34;': '"',
  '&apos;': "'",
  '&#39;': "'",
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
}

import type { UploadErrorCode } from '../../protocol/errors.ts'
import { elementText } from '../../server/s3/xml.ts'
import { explainNetworkFailure } from './network-failure.ts'
import type { NetworkFailure } from './network-failure.ts'
import type { DoctorTicket } from './backend-response.ts'

/** The response of storage to an upload. */
export interface StorageResponse {
  readonly ok: boolean
  /** HTTP status. 0 if there was no response. */
  readonly status: number
  /** Error code of S3. Empty if the body has no error code. */
  readonly code: string
  /** The message of S3's error. */
  readonly message: string
  /** The region and the endpoint of the bucket, if S3's error names them. */
  readonly region?: string
  readonly endpoint?: string
  readonly isHtmlPage?: boolean
  readonly headers: Headers
  readonly networkFailure?: NetworkFailure
}

/**
 * Reads a response of storage, which is untrusted. Reads only known fields of an S3 error, because other fields may
 * contain a signature.
 */
export async function readStorageResponse(response: Response): Promise<StorageResponse> {
  const { ok, status, headers } = response
  const text = (await response.text()).slice(0, 20_000)
  const elementTextOf = (name: string) => elementText(text, name) ?? ''
  const region = elementTextOf('Region') || (headers.get('x-amz-bucket-region') ?? '')
  const endpoint = elementTextOf('Endpoint')
  return {
    ok,
    status,
    code: /^\w+$/.exec(elementTextOf('Code'))?.[0] ?? '',
    message: elementTextOf('Message').slice(0, 300),
    ...(/^[\w-]{1,40}$/.test(region) && { region }),
    ...(/^[\w.:-]{1,200}$/.test(endpoint) && { endpoint }),
    isHtmlPage: /<html|<!doctype html/i.test(text),
    headers,
  }
}

/** Creates the `StorageResponse` of a request that got no response. */
export function createMissingResponse(thrown: unknown, url: string): StorageResponse {
  const networkFailure = explainNetworkFailure(thrown, url, 'storage', 'the endpoint of the S3 client')
  return { ok: false, status: 0, code: '', message: '', headers: new Headers(), networkFailure }
}

/**
 * Whether the failure also makes preflight and confirm fail. In that case, doctor does not report the findings of
 * preflight and confirm, because they would name a wrong cause.
 */
export function isRootCause({ status, code, isHtmlPage }: StorageResponse): boolean {
  return status === 0 || isHtmlPage === true || rootCauseCodes.has(code)
}

const rootCauseCodes = new Set([
  'NoSuchBucket',
  'PermanentRedirect',
  'TemporaryRedirect',
  'AuthorizationHeaderMalformed',
  'AuthorizationQueryParametersError',
  'InvalidAccessKeyId',
  'ExpiredToken',
  'InvalidToken',
  'RequestTimeTooSkewed',
])

export interface StorageFailure {
  readonly summary: string
  readonly evidence: string
  readonly fix: readonly string[]
  readonly section: UploadErrorCode
}

/** Explains a rejected upload by the error code and the message of S3. */
export function explainStorageFailure(
  response: StorageResponse,
  { kind, url }: DoctorTicket,
): StorageFailure {
  const { status, code, message, networkFailure } = response
  if (networkFailure) {
    const { summary, evidence, fix } = networkFailure
    return { summary, evidence, fix: [fix], section: 'network' }
  }
  const method = kind === 'post' ? 'POST' : 'PUT'
  const origin = URL.canParse(url) ? new URL(url).origin : 'storage'
  const statusAndCode = [String(status), code].filter(Boolean).join(' ')
  const quotedMessage = message === '' ? '' : ` It says: ${message}`
  return {
    ...explainCode(response, kind),
    evidence: `${method} to ${origin} answered ${statusAndCode}.${quotedMessage}`,
  }
}

function explainCode(
  { status, code, message, region, endpoint, isHtmlPage }: StorageResponse,
  kind: DoctorTicket['kind'],
): Omit<StorageFailure, 'evidence'> {
  const expectedRegion = region ?? /expecting '([\w-]+)'/.exec(message)?.[1]
  if (code === 'PermanentRedirect' || code === 'TemporaryRedirect' || /region \S+ is wrong/.test(message)) {
    const regionOrEndpoint = expectedRegion ?? endpoint
    return {
      summary: `the bucket is in another region than the S3 client${regionOrEndpoint === undefined ? '' : `: ${regionOrEndpoint}`}`,
      fix:
        expectedRegion !== undefined
          ? [`Set the region: s3Storage({ region: '${expectedRegion}', … }).`]
          : endpoint === undefined
            ? ['Set the region of the bucket: s3Storage({ region, … }).']
            : [`Set the region that ${endpoint} belongs to: s3Storage({ region, … }).`],
      section: 'signature',
    }
  }
  if (code === 'AccessDenied' && /not yet valid/i.test(message)) return clockSkewFailure('ahead of')
  if (code === 'AccessDenied' && /expired/i.test(message))
    return {
      summary: 'the ticket has expired already',
      fix: ["Synchronize the signing server's clock with NTP, or sign with a longer expiresIn."],
      section: 'expired',
    }
  if (code === 'RequestTimeTooSkewed') return clockSkewFailure('more than 15 minutes off')
  if (Object.hasOwn(explanationByCode, code)) {
    const [summary, fix, section = 'signature'] = explanationByCode[code] ?? ['', '']
    return { summary, fix: fix.split('\n'), section }
  }
  if (isHtmlPage)
    return {
      summary: `storage answered an HTML page (${status})`,
      fix: [
        'Correct the endpoint of the S3 client: it is the address of a web page or console, not of the S3 API.',
      ],
      section: 'unavailable',
    }
  if (status >= 500)
    return {
      summary: `storage fails: ${[status, code].filter(Boolean).join(' ')}`,
      fix: ["Try again later, and check the store's own log."],
      section: 'unavailable',
    }
  if ((status === 405 || status === 501) && kind === 'post') return noPostSupport
  return {
    summary: `storage rejected it: ${[status, code].filter(Boolean).join(' ')}`,
    fix: [
      code === ''
        ? 'Check a proxy in front of storage: S3 names a code.'
        : `See the S3 documentation of ${code}.`,
    ],
    section: 'unknown',
  }
}

const clockSkewFailure = (by: string): Omit<StorageFailure, 'evidence'> => ({
  summary:
    by === 'ahead of'
      ? "the signing server's clock is ahead of the clock of storage"
      : `the signing server's clock is ${by}`,
  fix: ["Synchronize the signing server's clock with NTP."],
  section: 'clock-skew',
})

const noPostSupport: Omit<StorageFailure, 'evidence'> = {
  summary: 'the store does not support POST',
  fix: ['Set s3Storage({ …, post: false }).'],
  section: 'signature',
}

const explanationByCode: Readonly<
  Record<string, readonly [summary: string, fix: string, section?: UploadErrorCode]>
> = {
  SignatureDoesNotMatch: [
    'the signature is wrong: SignatureDoesNotMatch',
    'Check the secret key, and proxies that change headers. An SDK that adds checksums needs:\n' +
      "  requestChecksumCalculation: 'WHEN_REQUIRED'",
  ],
  AccessDenied: [
    'the signing key must not write here: AccessDenied',
    'Allow it s3:PutObject on this prefix, also in the bucket policy. This command prints the policy:\n' +
      '  npx putaway bucket <name> --origin <page>',
    'forbidden',
  ],
  NoSuchBucket: [
    'the bucket does not exist: NoSuchBucket',
    'Correct the bucket name in s3Storage, or create the bucket. A bucket of another account or store counts as missing.',
    'cors',
  ],
  InvalidAccessKeyId: [
    'storage does not know the access key: InvalidAccessKeyId',
    'Correct the access key ID of the S3 client, which belongs to another account or store, or is deleted.',
  ],
  ExpiredToken: [
    'the session credentials of the S3 client have expired: ExpiredToken',
    'Sign in again (aws sso login) and restart the backend. Use a role or a credential provider that renews them.',
  ],
  InvalidToken: [
    'the session token of the S3 client is wrong: InvalidToken',
    'Set AWS_SESSION_TOKEN of the same session as the access key, or remove an old one.',
  ],
  NotImplemented: [noPostSupport.summary, noPostSupport.fix.join('\n')],
  MethodNotAllowed: [noPostSupport.summary, noPostSupport.fix.join('\n')],
}

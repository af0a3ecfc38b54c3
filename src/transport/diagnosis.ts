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
export async function diagnose(status: number, body: string, asked: Pick<StorageRequest, 'url' | 'file'>) {
  if (status !== 0) return storageError(status, body)
  const { file, url } = asked
  // A file that changed or vanished while it was read looks like a broken connection: ask the file itself.
  try {
    await file.slice(0, 1).arrayBuffer()
  } catch (cause) {
    return new UploadError('unreadable', { phase: 'uploading', status, cause })
  }
  const message =
    `No answer that the page may read came from ${new URL(url, location.href).host}. It is offline, the connection ` +
    "broke, or the bucket's CORS rule does not allow this origin, method or header; the browser's network panel tells."
  return new UploadError('network', { phase: 'uploading', status, message })
}

/** What storage said no with: S3's XML, or the status alone where there is none. */
function storageError(status: number, body: string): UploadError {
  const s3Code = tag(body, 'Code')
  const said = tag(body, 'Message')
  // S3 answers an expired URL or policy with AccessDenied, and tells by its sentence.
  const expired = s3Code === 'AccessDenied' && /expired/i.test(said ?? '')
  const code = expired ? 'expired' : (codes[s3Code ?? ''] ?? codeOfStatus(status))
  return new UploadError(code, {
    phase: 'uploading',
    status,
    requestId: tag(body, 'RequestId'),
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

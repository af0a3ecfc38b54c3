import { isSigV2, queryOf, signedHeadersOf } from '../protocol/signed-url.ts'
import { warnOnce } from '../internal/development-log.ts'
import type { StorageRequest } from './storage-request.ts'

/** The properties of a request that show how its ticket was signed. */
export type SignedRequest = Pick<StorageRequest, 'method' | 'url' | 'headers' | 'body'>

/**
 * Checksums of an empty body, in S3's format. Some S3 clients sign a URL before there is a body, and then sign these
 * checksums by mistake.
 */
const checksumsOfEmptyBody: Readonly<Record<string, string>> = {
  'x-amz-checksum-crc32': 'AAAAAA==',
  'x-amz-checksum-crc32c': 'AAAAAA==',
  'x-amz-checksum-crc64nvme': 'AAAAAAAAAAA=',
  'x-amz-checksum-sha1': '2jmj7l5rSw0yVb/vlWAYkK/YBwk=',
  'x-amz-checksum-sha256': '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=',
  'content-md5': '1B2M2Y8AsgTpgAmY7PhCfg==',
  'x-amz-content-sha256': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
}

/** If a ticket has the checksum of an empty body although the body is not empty, returns the fix, else undefined. */
export function findEmptyChecksumFault({
  method,
  url,
  headers = {},
  body,
}: SignedRequest): string | undefined {
  const size = body instanceof Blob ? body.size : body instanceof Uint8Array ? body.byteLength : 0
  if (method !== 'put' || size === 0) return undefined
  // A `+` in a query that was not percent-encoded was decoded to a space.
  const [checksumHeader] =
    [...queryOf(url), ...Object.entries(headers)].find(
      ([name, text]) => checksumsOfEmptyBody[name.toLowerCase()] === text.replaceAll(' ', '+'),
    ) ?? []
  return (
    checksumHeader &&
    `The ticket has the checksum of an empty body (${checksumHeader}), as the AWS SDK signs it by default: give the S3Client that ` +
      "presigns the option requestChecksumCalculation: 'WHEN_REQUIRED', and sign no hash of the payload."
  )
}

/** Returns the fixes for a ticket whose signature storage refused, or undefined if the ticket shows no fault. */
export function findSignatureFaults(
  request: SignedRequest,
  status: number,
  answer: string,
): string | undefined {
  const { method, url } = request
  const answerMatches = (code: RegExp) => code.test(answer)
  const faults = [
    findEmptyChecksumFault(request),
    method === 'post' &&
    (status === 405 || status === 501 || answerMatches(/MethodNotAllowed|NotImplemented/))
      ? postHint
      : undefined,
    // AWS regions that opened after 2014 give this answer to SigV2.
    answerMatches(/InvalidRequest/) && (isSigV2(url) || answerMatches(/AWS4-HMAC-SHA256/))
      ? `The ticket is signed with SigV2. ${sigV4Hint}`
      : undefined,
    method === 'put' && answerMatches(/SignatureDoesNotMatch/) ? missingHeadersFault(request) : undefined,
  ]
  return faults.filter(Boolean).join(' ') || undefined
}

function missingHeadersFault({ url, headers = {} }: SignedRequest): string | undefined {
  const names = new Set(Object.keys(headers).map((name) => name.toLowerCase()))
  if (isSigV2(url)) {
    return `A SigV2 signature includes the content type: sign the file's type and add it to the ticket's headers. ${sigV4Hint}`
  }
  const missingHeaders = signedHeadersOf(url)?.filter(
    (name) => !names.has(name) && !/^(host|content-length)$/.test(name),
  )
  return missingHeaders?.length
    ? `The URL signs headers that the ticket lacks: add ${missingHeaders.join(', ')} to the ticket's headers.`
    : undefined
}

/** The advice for a store that does not support POST. */
export const postHint =
  "A store without POST, for example Backblaze B2, needs s3Storage({ post: false }), or a ticket of kind 'put'."

const sigV4Hint = 'Sign with SigV4: in boto3 with Config(signature_version="s3v4").'

/**
 * Returns the headers of a PUT ticket. Adds the file's type if the URL signs a content type but the ticket's headers
 * have none. Does not add a type that is not signed, because Ceph 20 refuses it. `type` is the MIME type that was
 * sent to presign.
 */
export function headersOf(
  { url, headers }: { readonly url: string; readonly headers?: Readonly<Record<string, string>> },
  type: string,
): Readonly<Record<string, string>> | undefined {
  if (Object.keys(headers ?? {}).some((name) => name.toLowerCase() === 'content-type')) return headers
  // AWS SDK v2 puts the type in the query of a SigV2 URL and signs it as a header.
  const queryType = isSigV2(url) ? queryOf(url).get('content-type') : undefined
  if (queryType) return { ...headers, 'content-type': queryType }
  const signedHeaders = signedHeadersOf(url)
  if (signedHeaders?.includes('content-type')) return { ...headers, 'content-type': type }
  if (process.env.NODE_ENV !== 'production' && signedHeaders) {
    warnOnce(
      'The URL of a PUT ticket signs no content-type and its headers have none: storage will set the type ' +
        'binary/octet-stream. Sign the type, with getSignedUrl by signableHeaders: new Set(["content-type"]), and ' +
        "return it in the ticket's headers.",
    )
  }
  return headers
}

/** Warns the developer of ticket faults that some stores accept and others refuse. */
export function warnAboutFaults(request: SignedRequest, fields: Readonly<Record<string, string>> = {}): void {
  if (process.env.NODE_ENV === 'production') return
  const fault = findEmptyChecksumFault(request)
  if (fault) warnOnce(`${fault} Some stores refuse every such upload.`)
  if (
    Object.entries(fields).some(
      ([name, text]) => name.toLowerCase() === 'key' && text.includes('${filename}'),
    )
  ) {
    warnOnce(
      'The key of a POST ticket contains ${filename}, which storage replaces, so the page does not know the key. Sign the full key.',
    )
  }
}

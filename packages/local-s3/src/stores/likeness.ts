import { S3Error, type S3ErrorCode } from '../http/error.ts'
import type { S3Request, S3Response } from '../http/request.ts'

/** Stores whose differences from S3 local-s3 can imitate. */
export const imitatedStores = ['b2', 'ceph16', 'gcs', 'r2'] as const
export type ImitatedStore = (typeof imitatedStores)[number]

/** How a store differs from S3. README.md lists each difference with its source. */
export interface Likeness {
  /** Operations that the store refuses, by S3's name, with the error code of the store. */
  readonly refusedOperations?: Readonly<Record<string, S3ErrorCode>>
  /** Returns the error for a header that the store refuses. */
  readonly refuseHeader?: (name: string, value: string, operation: string) => S3Error | undefined
  /** Whether the store reads a request as if it had no such header. */
  readonly ignoresHeader?: (name: string, operation: string) => boolean
  /** Headers of the store's own by operation, each with the header of S3 that has its effect. */
  readonly ownHeaders?: Readonly<
    Record<string, readonly { readonly own: string; readonly standard: string }[]>
  >
  /** Whether an answer has the checksum of an object. `sent`: only of an upload that was sent with one. */
  readonly checksums: 'none' | 'sent'
  /** Accepts unsigned headers x-amz-… and signatures for any region. */
  readonly hasLaxSignatures?: boolean
  /** Answers NoSuchKey for a missing upload. */
  readonly namesUploadsAsKeys?: boolean
  /** Leaves out the ETag of POST and Complete, and the quotes of the ETag of Copy. */
  readonly hasBareEtags?: boolean
  /** Gives a copy the ETag of its source, also of one that was uploaded in parts. */
  readonly keepsEtagOfSource?: boolean
  /** Sends no CORS headers with 403. */
  readonly hidesForbidden?: boolean
}

const isChecksumHeader = (name: string) => /^x-amz-(sdk-)?checksum-/.test(name)
const isWriteCondition = (name: string) => name === 'if-none-match' || name === 'if-match'

/** The fields of each likeness have their source in the table of README.md, "Imitate another store". */
const likenesses: Readonly<Record<ImitatedStore, Likeness>> = {
  b2: {
    refusedOperations: { PostObject: 'NotImplemented' },
    refuseHeader: (name) =>
      isChecksumHeader(name) || name === 'x-amz-tagging'
        ? new S3Error('InvalidArgument', `Unsupported header '${name}' received for this API call.`)
        : undefined,
    checksums: 'none',
  },
  r2: {
    refusedOperations: { PostObject: 'NotImplemented' },
    refuseHeader: (name, value) =>
      /^x-amz-(acl|tagging|server-side-encryption)$/.test(name) ||
      (name === 'x-amz-content-sha256' && value.startsWith('STREAMING-AWS4-HMAC-SHA256'))
        ? new S3Error('NotImplemented', `Header '${name}' with value '${value}' not implemented`)
        : undefined,
    ignoresHeader: (name, operation) => operation === 'CopyObject' && isWriteCondition(name),
    ownHeaders: {
      CopyObject: ['if-none-match', 'if-match'].map((standard) => ({
        own: `cf-copy-destination-${standard}`,
        standard,
      })),
    },
    checksums: 'sent',
  },
  gcs: {
    refusedOperations: { PostObject: 'InvalidPolicyDocument' },
    refuseHeader: (name) =>
      isChecksumHeader(name) && name !== 'x-amz-checksum-mode'
        ? new S3Error('ExcessHeaderValues', undefined, { Details: name })
        : undefined,
    ignoresHeader: (name, operation) =>
      name === 'x-amz-checksum-mode' || (isWriteCondition(name) && !/^(Get|Head)/.test(operation)),
    checksums: 'none',
  },
  ceph16: {
    ignoresHeader: (name, operation) =>
      isChecksumHeader(name) ||
      name.startsWith('x-amz-copy-source-if-') ||
      (name === 'if-none-match' && /^(CopyObject|CompleteMultipartUpload)$/.test(operation)),
    checksums: 'none',
    hasLaxSignatures: true,
    namesUploadsAsKeys: true,
    hasBareEtags: true,
    keepsEtagOfSource: true,
    hidesForbidden: true,
  },
}

/** @throws TypeError for an unknown name */
export function findLikeness(name: string): Likeness {
  const found = imitatedStores.find((each) => each === name)
  if (found) return likenesses[found]
  throw new TypeError(
    `local-s3 cannot imitate ${JSON.stringify(name)}. It can imitate: ${imitatedStores.join(', ')}.`,
  )
}

/** Reads a request as the store does. @throws S3Error for what the store refuses */
export function readAs(likeness: Likeness, operation: string, request: S3Request): S3Request {
  const { refusedOperations = {}, refuseHeader, ignoresHeader, ownHeaders = {} } = likeness
  const refused = refusedOperations[operation]
  if (refused) throw new S3Error(refused)
  const headers: Record<string, string | undefined> = {}
  for (const [name, value] of Object.entries(request.headers)) {
    const error = value === undefined ? undefined : refuseHeader?.(name, value, operation)
    if (error) throw error
    if (!ignoresHeader?.(name, operation)) headers[name] = value
  }
  for (const { own, standard } of ownHeaders[operation] ?? []) headers[standard] = request.headers[own]
  // Node has undefined for a header that is not there.
  return {
    ...request,
    headers: Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined)),
  }
}

/** Changes S3's answer to that of the store. */
export function answerAs(likeness: Likeness, operation: string, response: S3Response): S3Response {
  const { checksums, hasBareEtags } = likeness
  const headers = { ...response.headers }
  const isMultipart = String(headers.etag ?? '').includes('-')
  const hidesChecksum = checksums === 'none' || (/^(Get|Head)Object$/.test(operation) && !isMultipart)
  if (hidesChecksum) for (const name of Object.keys(headers)) if (isChecksumHeader(name)) delete headers[name]
  if (!hasBareEtags || !/^(PostObject|CompleteMultipartUpload|CopyObject)$/.test(operation))
    return { ...response, headers }
  if (operation !== 'CopyObject') delete headers.etag
  const replacement = operation === 'CopyObject' ? '<ETag>$1</ETag>' : ''
  const body =
    typeof response.body === 'string'
      ? response.body.replace(/<ETag>(?:&quot;|&#34;|")?([^<&"]*)(?:&quot;|&#34;|")?<\/ETag>/, replacement)
      : response.body
  return { ...response, headers, ...(body !== undefined && { body }) }
}

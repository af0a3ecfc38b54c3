/** Data of a failed request: the response of storage, or the reason why there is no response. */
interface StorageErrorFields {
  /** Name of the operation for the message: `CopyObject`. */
  readonly operation: string
  /** Error code of S3: `NoSuchKey`. Absent if the answer has no error code. Answers to HEAD have none. */
  readonly code?: string | undefined
  /** HTTP status. Absent when no answer came. */
  readonly status?: number
  readonly message: string
  readonly cause?: unknown
  /** Milliseconds, from the header Retry-After. */
  readonly retryAfterMs?: number | undefined
}

/** An error of a request to storage. `name` is the error code of S3. */
export type StorageError = Error &
  Pick<StorageErrorFields, 'status' | 'retryAfterMs'> & { readonly isStorageError: true }

/** Creates an error. Its message names the operation, and never contains URLs or signatures. */
export function createStorageError({
  operation,
  code,
  message,
  cause,
  ...otherFields
}: StorageErrorFields): StorageError {
  const statusAndCode = [otherFields.status, code].filter(Boolean).join(' ')
  const error = new Error(`${operation}: ${statusAndCode}${statusAndCode && message && ', '}${message}`, {
    cause,
  })
  return Object.assign(error, { ...otherFields, name: code ?? 'StorageError', isStorageError: true as const })
}

function isStorageError(thrown: unknown): thrown is StorageError {
  return thrown instanceof Error && 'isStorageError' in thrown
}

/** HTTP status of storage's answer. */
export function httpStatusOf(thrown: unknown): number | undefined {
  return isStorageError(thrown) ? thrown.status : undefined
}

/** Returns the error code of S3: `NoSuchKey`. */
function errorNameOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.name : ''
}

/**
 * Whether the error says that the object or upload does not exist. For a missing upload, AWS sends NoSuchUpload and
 * Ceph sends NoSuchKey. The answer to HEAD has only the status 404.
 */
export function isNotFound(thrown: unknown): boolean {
  const name = errorNameOf(thrown)
  if (name === 'NoSuchBucket') return false
  return name === 'NoSuchUpload' || name === 'NoSuchKey' || httpStatusOf(thrown) === 404
}

/** Whether an If-Match or If-None-Match condition failed. */
export function isPreconditionFailed(thrown: unknown): boolean {
  return errorNameOf(thrown) === 'PreconditionFailed' || httpStatusOf(thrown) === 412
}

/**
 * Whether the error says that another conditional write of the same object key is running. S3 asks clients to retry
 * after this error.
 */
export function isConflict(thrown: unknown): boolean {
  return errorNameOf(thrown) === 'ConditionalRequestConflict' || httpStatusOf(thrown) === 409
}

/**
 * Whether the store does not support the call or a header of it. Most stores answer 501 NotImplemented. Backblaze B2 answers 400
 * InvalidArgument "Unsupported header 'x-amz-checksum-…'", and Google Cloud Storage answers ExcessHeaderValues; the sources are in
 * compatibility.ts.
 */
export function isUnsupported(thrown: unknown): boolean {
  const name = errorNameOf(thrown)
  if (name === 'NotImplemented' || name === 'ExcessHeaderValues' || httpStatusOf(thrown) === 501) return true
  return name === 'InvalidArgument' && thrown instanceof Error && /unsupported header/i.test(thrown.message)
}

/** HTTP statuses of transient failures. Without a response the status is undefined. */
const retryableStatuses = new Set([undefined, 408, 429, 500, 502, 503, 504])
/** Error codes of transient failures that S3 also sends with the status 200, 400 or 403. */
const retryableCodes = new Set(['InternalError', 'SlowDown', 'RequestTimeout', 'ServiceUnavailable'])

/**
 * Whether the same request may succeed soon. False for 501, which means that the store does not support the request.
 */
export function isTransient(thrown: unknown): thrown is StorageError {
  return isStorageError(thrown) && (retryableCodes.has(thrown.name) || retryableStatuses.has(thrown.status))
}

/** Whether the store asks for fewer requests. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
export function isThrottling(thrown: unknown): boolean {
  if (isStorageError(thrown) && thrown.status === 429) return true
  return /^(SlowDown|Throttl\w*|TooManyRequests\w*|RequestLimitExceeded)$/.test(errorNameOf(thrown))
}

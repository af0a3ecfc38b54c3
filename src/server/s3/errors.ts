import { httpStatusOf } from '../error-response.ts'

/** Returns S3's name of an error: `NoSuchKey`. */
function errorNameOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.name : ''
}

/**
 * The object or upload does not exist. For an upload AWS sends NoSuchUpload and Ceph NoSuchKey; HEAD sends only 404.
 */
export function isNotFound(thrown: unknown): boolean {
  const name = errorNameOf(thrown)
  if (name === 'NoSuchBucket') return false
  return (
    name === 'NoSuchUpload' || name === 'NoSuchKey' || name === 'NotFound' || httpStatusOf(thrown) === 404
  )
}

/** An If-Match or If-None-Match condition failed. */
export function isPreconditionFailed(thrown: unknown): boolean {
  return errorNameOf(thrown) === 'PreconditionFailed' || httpStatusOf(thrown) === 412
}

/** Another conditional write of the same key is running; S3 asks to retry. */
export function isConflict(thrown: unknown): boolean {
  return errorNameOf(thrown) === 'ConditionalRequestConflict' || httpStatusOf(thrown) === 409
}

/** This store does not support the header or call. */
export function isNotImplemented(thrown: unknown): boolean {
  return errorNameOf(thrown) === 'NotImplemented' || httpStatusOf(thrown) === 501
}

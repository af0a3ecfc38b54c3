import { httpStatusOf } from './refusal.ts'

/** S3's name of an error: `NoSuchKey`. */
function nameOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.name : ''
}

/** No such object or upload: AWS says NoSuchUpload of an upload that Ceph calls NoSuchKey, and HEAD says only 404. */
export function isGone(thrown: unknown): boolean {
  const name = nameOf(thrown)
  if (name === 'NoSuchBucket') return false
  return (
    name === 'NoSuchUpload' || name === 'NoSuchKey' || name === 'NotFound' || httpStatusOf(thrown) === 404
  )
}

/** An If-Match or If-None-Match did not hold. */
export function isPrecondition(thrown: unknown): boolean {
  return nameOf(thrown) === 'PreconditionFailed' || httpStatusOf(thrown) === 412
}

/** Another conditional write of the same key is under way; S3 says to try again. */
export function isConflict(thrown: unknown): boolean {
  return nameOf(thrown) === 'ConditionalRequestConflict' || httpStatusOf(thrown) === 409
}

/** This S3 knows no such header or call. */
export function isNotImplemented(thrown: unknown): boolean {
  return nameOf(thrown) === 'NotImplemented' || httpStatusOf(thrown) === 501
}

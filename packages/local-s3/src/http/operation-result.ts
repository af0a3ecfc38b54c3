import { randomBytes } from 'node:crypto'
import { S3Error } from './error.ts'
import type { S3Request, S3Response } from './request.ts'
import { xmlWithoutNamespace } from './xml.ts'

/** A response with the operation it belongs to. */
export interface OperationResult {
  /** S3's name of the operation. */
  operation: string
  s3Response: S3Response
  /** S3's error code. */
  code?: string
  /** The exception behind an InternalError: a full disk, a broken connection, a bug in local-s3. */
  cause?: unknown
}

export const newRequestId = () => ({
  'x-amz-request-id': randomBytes(8).toString('hex').toUpperCase(),
  'x-amz-id-2': randomBytes(32).toString('base64'),
})

/** Returns S3's XML for an error. Other exceptions become InternalError; the client does not see their cause. */
export function errorResponse(
  cause: unknown,
  request: S3Request | undefined,
  requestId = newRequestId(),
): Omit<OperationResult, 'operation'> {
  const error = cause instanceof S3Error ? cause : new S3Error('InternalError')
  const resource = request
    ? `/${request.bucket ?? ''}${request.key === undefined ? '' : `/${request.key}`}`
    : '/'
  const body = xmlWithoutNamespace('Error', {
    Code: error.code,
    Message: error.message,
    ...error.details,
    Resource: resource,
    RequestId: requestId['x-amz-request-id'],
    HostId: requestId['x-amz-id-2'],
  })
  const headers = { 'content-type': 'application/xml', ...error.headers, ...requestId }
  return {
    code: error.code,
    ...(error !== cause && { cause }),
    s3Response: { status: error.status, headers, ...(request?.method !== 'HEAD' && { body }) },
  }
}

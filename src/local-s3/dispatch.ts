import { randomBytes } from 'node:crypto'
import { authorize } from './bucket-policy.ts'
import type { FaultInjector } from './fault-injector.ts'
import { corsHeaders, preflightHeaders } from './cors.ts'
import { S3Error } from './error.ts'
import { checkExpectedOwner } from './owner.ts'
import { checkEmptyBody, checkParameters, checkQuery } from './parameters.ts'
import { describeEmptyChecksum } from './query-checksum.ts'
import { hoistQueryHeaders, type S3Response, type S3Request } from './request.ts'
import { findRoute } from './routes.ts'
import { authenticate, type AuthSettings } from './sigv4-verify.ts'
import type { Bucket, Store } from './store.ts'
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

/** Returns S3's response to a request. Never throws: exceptions become error responses. */
export async function dispatchRequest(
  request: S3Request,
  store: Store,
  auth: AuthSettings,
  faultInjector: FaultInjector,
  warn: (message: string) => void,
): Promise<OperationResult> {
  const bucket = request.bucket === undefined ? undefined : store.findBucket(request.bucket)
  let operation = request.method === 'OPTIONS' ? 'Preflight' : 'Unknown'
  const applyFaultRules = (key: string | undefined) =>
    faultInjector.applyToRequest({
      method: request.method,
      operation,
      bucket: request.bucket,
      key,
      part: request.part,
    })

  const result = await catchErrors(request, async () => {
    if (request.method === 'OPTIONS') {
      await applyFaultRules(request.key)
      return { status: 200, headers: preflightHeaders(bucket?.settings.cors, request) }
    }
    const { strictQueryChecksums } = auth
    const hoistedRequest = request.query.has('X-Amz-Signature')
      ? hoistQueryHeaders(request, strictQueryChecksums)
      : request
    const route = findRoute(hoistedRequest)
    operation = route.name
    const warning = strictQueryChecksums ? undefined : describeEmptyChecksum(operation, request)
    if (warning !== undefined) warn(warning)
    // A form contains its key and its signature in the body, so postObject checks them.
    const isForm = operation === 'PostObject'
    if (!isForm) await applyFaultRules(request.key)
    const shiftedAuth = { ...auth, now: () => auth.now() + faultInjector.clockOffsetMs }
    const identity = await authenticate(request, shiftedAuth)
    const checkRequest = () => {
      checkQuery(route.name, hoistedRequest)
      checkParameters(route.name, Object.keys(hoistedRequest.headers), (name) => hoistedRequest.headers[name])
      checkEmptyBody(route.name, hoistedRequest)
      checkExpectedOwner(hoistedRequest)
    }
    const call = { request: hoistedRequest, identity, store, auth: shiftedAuth, applyFaults: applyFaultRules }
    if (route.scope === 'service') {
      if (identity.kind === 'anonymous') throw new S3Error('AccessDenied')
      checkRequest()
      return route.run(call)
    }
    const existingBucket = requireBucket(bucket, request)
    if (!isForm) authorize(identity, existingBucket, route.action, request.key)
    checkRequest()
    if (route.scope === 'bucket') return route.run({ ...call, bucket: existingBucket })
    return route.run({ ...call, bucket: existingBucket, key: request.key ?? '' })
  })
  if (operation === 'Preflight') return { ...result, operation }
  const cors = corsHeaders(store.findBucket(request.bucket ?? '')?.settings.cors, request)
  return {
    ...result,
    operation,
    s3Response: { ...result.s3Response, headers: { ...result.s3Response.headers, ...cors } },
  }
}

function requireBucket(bucket: Bucket | undefined, request: S3Request) {
  if (bucket) return bucket
  throw new S3Error('NoSuchBucket', undefined, { BucketName: request.bucket ?? '' })
}

async function catchErrors(
  request: S3Request,
  run: () => Promise<S3Response>,
): Promise<Omit<OperationResult, 'operation'>> {
  const requestId = newRequestId()
  try {
    const s3Response = await run()
    return { s3Response: { ...s3Response, headers: { ...s3Response.headers, ...requestId } } }
  } catch (error) {
    return errorResponse(error, request, requestId)
  }
}

const newRequestId = () => ({
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

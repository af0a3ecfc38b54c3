import { authorize } from '../auth/bucket-policy.ts'
import type { FaultInjector } from '../faults/injector.ts'
import { corsHeaders, preflightHeaders } from '../http/cors.ts'
import { S3Error } from '../http/error.ts'
import { errorResponse, newRequestId, type OperationResult } from '../http/operation-result.ts'
import { checkExpectedOwner } from '../auth/owner.ts'
import { checkBodyHasChecksum, checkEmptyBody, checkParameters, checkQuery } from './parameters.ts'
import { describeEmptyChecksum } from '../checksums/query-checksum.ts'
import { hoistQueryHeaders, type S3Response, type S3Request } from '../http/request.ts'
import { findOperationRoute } from './routes.ts'
import { authenticate, type AuthSettings } from '../auth/sigv4-verify.ts'
import type { BucketRecord } from '../storage/records.ts'
import { answerAs, readAs } from '../stores/likeness.ts'
import type { Store } from '../storage/store.ts'

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

  const result = await catchErrors(request, auth, async () => {
    if (request.method === 'OPTIONS') {
      await applyFaultRules(request.key)
      return { status: 200, headers: preflightHeaders(bucket?.settings.cors, request) }
    }
    const { strictQueryChecksums, likeness } = auth
    const signedRequest = request.query.has('X-Amz-Signature')
      ? hoistQueryHeaders(request, strictQueryChecksums)
      : request
    const route = findOperationRoute(signedRequest)
    operation = route.name
    const hoistedRequest = likeness ? readAs(likeness, route.name, signedRequest) : signedRequest
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
      if (auth.requireChecksums) checkBodyHasChecksum(route.name, Object.keys(hoistedRequest.headers))
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
  const { likeness } = auth
  const s3Response = likeness ? answerAs(likeness, operation, result.s3Response) : result.s3Response
  if (likeness?.hidesForbidden && s3Response.status === 403) return { ...result, operation, s3Response }
  const cors = corsHeaders(store.findBucket(request.bucket ?? '')?.settings.cors, request)
  return {
    ...result,
    operation,
    s3Response: { ...s3Response, headers: { ...s3Response.headers, ...cors } },
  }
}

function requireBucket(bucket: BucketRecord | undefined, request: S3Request) {
  if (bucket) return bucket
  throw new S3Error('NoSuchBucket', undefined, { BucketName: request.bucket ?? '' })
}

async function catchErrors(
  request: S3Request,
  { likeness }: AuthSettings,
  run: () => Promise<S3Response>,
): Promise<Omit<OperationResult, 'operation'>> {
  const requestId = newRequestId()
  try {
    const s3Response = await run()
    return { s3Response: { ...s3Response, headers: { ...s3Response.headers, ...requestId } } }
  } catch (error) {
    const isUpload = likeness?.namesUploadsAsKeys && error instanceof S3Error && error.code === 'NoSuchUpload'
    return errorResponse(isUpload ? new S3Error('NoSuchKey') : error, request, requestId)
  }
}

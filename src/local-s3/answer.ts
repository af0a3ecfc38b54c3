import { randomBytes } from 'node:crypto'
import { authorize } from './access.ts'
import type { Conduct } from './conduct.ts'
import { corsHeaders, preflight } from './cors.ts'
import { S3Error } from './error.ts'
import { checkExpectedOwner } from './owner.ts'
import { checkEmptyBody, checkParameters, checkQuery } from './parameters.ts'
import { describeEmptyChecksum } from './query-checksum.ts'
import { withHoisted, type Answer, type S3Request } from './request.ts'
import { findRoute } from './routes.ts'
import { identify, type Authority } from './signature.ts'
import type { Bucket, Store } from './store.ts'
import { plainXml } from './xml.ts'

/** A response with the operation it belongs to. */
export interface Answered {
  /** S3's name of the operation. */
  operation: string
  answer: Answer
  /** S3's error code. */
  code?: string
  /** The exception behind an InternalError: a full disk, a broken connection, a bug in local-s3. */
  cause?: unknown
}

/** Returns S3's response to a request. Never throws: exceptions become error responses. */
export async function answerRequest(
  request: S3Request,
  store: Store,
  authority: Authority,
  conduct: Conduct,
  warn: (message: string) => void,
): Promise<Answered> {
  const bucket = request.bucket === undefined ? undefined : store.find(request.bucket)
  let operation = request.method === 'OPTIONS' ? 'Preflight' : 'Unknown'
  const applyFaultRules = (key: string | undefined) =>
    conduct.meet({ method: request.method, operation, bucket: request.bucket, key, part: request.part })

  const answered = await attempt(request, async () => {
    if (request.method === 'OPTIONS') {
      await applyFaultRules(request.key)
      return { status: 200, headers: preflight(bucket?.settings.cors, request) }
    }
    const { strictQueryChecksums } = authority
    const meant = request.query.has('X-Amz-Signature') ? withHoisted(request, strictQueryChecksums) : request
    const route = findRoute(meant)
    operation = route.name
    const warning = strictQueryChecksums ? undefined : describeEmptyChecksum(operation, request)
    if (warning !== undefined) warn(warning)
    // A form contains its key and its signature in the body, so postObject checks them.
    const isForm = operation === 'PostObject'
    if (!isForm) await applyFaultRules(request.key)
    const shifted = { ...authority, now: () => authority.now() + conduct.ahead }
    const identity = await identify(request, shifted)
    const checkAsked = () => {
      checkQuery(route.name, meant)
      checkParameters(route.name, Object.keys(meant.headers), (name) => meant.headers[name])
      checkEmptyBody(route.name, meant)
      checkExpectedOwner(meant)
    }
    const call = { request: meant, identity, store, authority: shifted, meet: applyFaultRules }
    if (route.on === 'service') {
      if (identity.kind === 'anonymous') throw new S3Error('AccessDenied')
      checkAsked()
      return route.run(call)
    }
    const found = exists(bucket, request)
    if (!isForm) authorize(identity, found, route.action, request.key)
    checkAsked()
    if (route.on === 'bucket') return route.run({ ...call, bucket: found })
    return route.run({ ...call, bucket: found, key: request.key ?? '' })
  })
  if (operation === 'Preflight') return { ...answered, operation }
  const cors = corsHeaders(store.find(request.bucket ?? '')?.settings.cors, request)
  return {
    ...answered,
    operation,
    answer: { ...answered.answer, headers: { ...answered.answer.headers, ...cors } },
  }
}

function exists(bucket: Bucket | undefined, request: S3Request) {
  if (bucket) return bucket
  throw new S3Error('NoSuchBucket', undefined, { BucketName: request.bucket ?? '' })
}

async function attempt(request: S3Request, run: () => Promise<Answer>): Promise<Omit<Answered, 'operation'>> {
  const requestId = newRequestId()
  try {
    const answer = await run()
    return { answer: { ...answer, headers: { ...answer.headers, ...requestId } } }
  } catch (error) {
    return errorAnswer(error, request, requestId)
  }
}

const newRequestId = () => ({
  'x-amz-request-id': randomBytes(8).toString('hex').toUpperCase(),
  'x-amz-id-2': randomBytes(32).toString('base64'),
})

/** Returns S3's XML for an error. Other exceptions become InternalError; the client does not see their cause. */
export function errorAnswer(
  cause: unknown,
  request: S3Request | undefined,
  requestId = newRequestId(),
): Omit<Answered, 'operation'> {
  const error = cause instanceof S3Error ? cause : new S3Error('InternalError')
  const resource = request
    ? `/${request.bucket ?? ''}${request.key === undefined ? '' : `/${request.key}`}`
    : '/'
  const body = plainXml('Error', {
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
    answer: { status: error.status, headers, ...(request?.method !== 'HEAD' && { body }) },
  }
}

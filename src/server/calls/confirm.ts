import { plainEtag } from '../../protocol/etag.ts'
import { UploadError } from '../../protocol/errors.ts'
import { readObject, readString } from '../../protocol/parse.ts'
import type { ParseContext } from '../../protocol/parse.ts'
import type { Checksum } from '../../protocol/ticket.ts'
import type { WireAnswers } from '../../protocol/wire.ts'
import { uploadRecordOf } from '../inspection/inspect.ts'
import type { ClientReceipt } from '../inspection/client-receipt.ts'
import type { PendingInspection } from '../inspection/verify-by-app.ts'
import { isUploadError } from '../error-response.ts'
import { issueFormToken } from '../form/issue-token.ts'
import { readBatch, readIds, requestParseContextOf } from '../read-request.ts'
import type { CallBody } from '../read-request.ts'
import type { AuthorizedUpload, RejectedUpload, RequestContext } from '../request-context.ts'
import { waitForObject } from './early-confirm.ts'
import { promote, verifyInPlace } from './promote.ts'
import type { ConfirmedObject } from './promote.ts'

/** Returns a result or an error for each receipt. A repeated confirm is safe and returns the same upload id. */
export async function confirm(body: CallBody, context: RequestContext): Promise<WireAnswers['confirm']> {
  const parseContext = requestParseContextOf('confirm')
  const entries = readBatch(parseContext, body.receipts, 'receipts', context.filesPerRequest)
  const ids = readIds(parseContext, entries, 'receipts')
  const receipts = entries.map((entry, index) => readReceipt(parseContext, entry, `receipts[${index}]`))

  const uploads = await context.authorizeUploads(receipts.map(({ token }) => token))
  const confirmOnce = createConfirmOnce(context, body.early === true)
  const results = uploads.map(async (upload, index) => {
    const id = ids[index] ?? ''
    try {
      if ('thrown' in upload) return await deleteRejected(upload, context)
      return { id, ...(await confirmOnce(upload, receipts[index] ?? {})) }
    } catch (thrown) {
      return { id, error: context.toWireError(thrown) }
    }
  })
  return { results: await Promise.all(results) }
}

/** Returns a function that confirms each upload of a request once, even if several receipts belong to one upload. */
function createConfirmOnce(
  context: RequestContext,
  isEarly: boolean,
): (authorized: AuthorizedUpload, clientReceipt: ClientReceipt) => Promise<ConfirmOutcome> {
  const startedConfirms = new Map<string, Promise<ConfirmOutcome>>()
  return (authorized, clientReceipt) => {
    const outcome =
      startedConfirms.get(authorized.claims.id) ?? confirmUpload(authorized, clientReceipt, context, isEarly)
    startedConfirms.set(authorized.claims.id, outcome)
    return outcome
  }
}

/** The result of a confirmed upload, or the answer about an upload that `verify` still checks. */
export type ConfirmOutcome = { readonly result: unknown } | PendingInspection

/** Confirms an upload. If `isEarly`, first waits for its object. */
export async function confirmUpload(
  authorized: AuthorizedUpload,
  clientReceipt: ClientReceipt,
  context: RequestContext,
  isEarly = false,
): Promise<ConfirmOutcome> {
  const releaseLock = lockObject(authorized, context)
  let cleanUp: Promise<void> | undefined
  try {
    if (isEarly) await waitForObject(authorized, context)
    const confirmed = await confirmObject(authorized, clientReceipt, context)
    if ('pending' in confirmed) return confirmed
    cleanUp = removeConfirmed(authorized, context)
    return await resultOf(confirmed, authorized, context)
  } finally {
    await context.finishLater(Promise.resolve(cleanUp).finally(releaseLock))
  }
}

/**
 * Locks an object while it is confirmed. With a reusable policy, a browser can send several receipts for one object,
 * each with another file name and so with another upload id. While one of these uploads is confirmed, this process
 * rejects the others. After that, the others fail, because confirm has deleted the object. Throws an UploadError
 * `rejected`. Returns a function that releases the lock.
 */
function lockObject(
  { claims: { id, key, byPolicy } }: AuthorizedUpload,
  { confirmLocks, uploadPhase: phase }: RequestContext,
): () => void {
  if (!byPolicy) return () => {}
  const lock = confirmLocks.get(key) ?? { id, count: 0 }
  if (lock.id !== id) {
    const message = 'The same object is being confirmed as another upload.'
    throw new UploadError('rejected', { phase, message })
  }
  lock.count += 1
  confirmLocks.set(key, lock)
  return () => {
    lock.count -= 1
    if (lock.count === 0) confirmLocks.delete(key)
  }
}

/**
 * Deletes the object of a rejected upload, unless the object is at its final key or a retry may succeed. Always throws
 * the error of the rejection.
 */
export async function deleteRejected(
  { thrown, claims, storage }: RejectedUpload,
  context: RequestContext,
): Promise<never> {
  const hasPrivateKey = claims?.to !== undefined || claims?.byPolicy === true
  if (claims && storage && hasPrivateKey && isUploadError(thrown) && !thrown.retryable) {
    await storage.remove(claims.key).catch((failure: unknown) => context.toWireError(failure))
  }
  throw thrown
}

function readReceipt(
  parseContext: ParseContext,
  value: unknown,
  fieldPath: string,
): ClientReceipt & { readonly token: string } {
  const fields = readObject(parseContext, value, fieldPath)
  const token = readString(parseContext, fields.token, `${fieldPath}.token`)
  const etag = fields.etag == null ? undefined : readString(parseContext, fields.etag, `${fieldPath}.etag`)
  return {
    token,
    etag: plainEtag(etag),
    ...(fields.checksum != null && {
      checksum: readChecksum(parseContext, fields.checksum, `${fieldPath}.checksum`),
    }),
  }
}

function readChecksum(parseContext: ParseContext, value: unknown, fieldPath: string): Checksum {
  const fields = readObject(parseContext, value, fieldPath)
  const algorithm = receiptAlgorithms.find((name) => name === fields.algorithm)
  if (algorithm) return { algorithm, value: readString(parseContext, fields.value, `${fieldPath}.value`) }
  const message = `The request is invalid at "${fieldPath}.algorithm": use one of ${receiptAlgorithms.join(', ')}.`
  throw new UploadError('rejected', { phase: parseContext.uploadPhase, message })
}

const receiptAlgorithms = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const

function confirmObject(
  authorized: AuthorizedUpload,
  clientReceipt: ClientReceipt,
  context: RequestContext,
): Promise<ConfirmedObject | PendingInspection> {
  const { to: finalKey } = authorized.claims
  return finalKey === undefined
    ? verifyInPlace(authorized, clientReceipt, context)
    : promote(finalKey, authorized, clientReceipt, context)
}

/**
 * Removes the upload after its copy. Only reports a failure, because the lifecycle rule deletes all old objects below the
 * prefix of unconfirmed uploads. Never rejects.
 */
async function removeConfirmed({ claims, route }: AuthorizedUpload, context: RequestContext): Promise<void> {
  if (claims.to === undefined) return
  try {
    await route.storage.probeCopy?.(claims.key)
    await route.storage.remove(claims.key)
  } catch (thrown) {
    context.toWireError(thrown)
  }
}

/** Returns the value of `onConfirm`, or the confirmed upload if the route has no `onConfirm`. */
async function resultOf(
  { object, ...inspection }: ConfirmedObject,
  authorized: AuthorizedUpload,
  context: RequestContext,
): Promise<ConfirmOutcome> {
  const { claims, route, user, meta } = authorized
  const key = claims.to ?? claims.key
  const { etag } = object
  const etagField = etag !== undefined && { etag }
  const [token, url] = await Promise.all([
    issueFormToken(authorized, { ...inspection, key, ...etagField }, context),
    route.finalStorage.urlOf(key),
  ])
  const { meta: _, ...record } = uploadRecordOf(claims, meta, inspection)
  if (!route.rules.onConfirm) return { result: { ...record, key, url, ...inspection, token } }
  const upload = { ...record, meta, key, url, ...inspection, ...etagField }
  const result = await route.rules.onConfirm(upload, { user, request: context.request })
  return { result: withToken(toJson(result, route.name), token) }
}

/** Adds the token to a result that is an object. Other results stay unchanged. */
function withToken(result: unknown, token: string): unknown {
  const isObject = typeof result === 'object' && result !== null && !Array.isArray(result)
  return isObject ? { token, ...result } : result
}

/** Converts a result to plain JSON, with null for undefined. If JSON cannot hold it, throws a TypeError that names the route. */
function toJson(result: unknown, routeName: string): unknown {
  try {
    return JSON.parse(JSON.stringify(result) ?? 'null')
  } catch (cause) {
    throw new TypeError(
      `onConfirm of route "${routeName}" returned a value that cannot be serialized as JSON.`,
      {
        cause,
      },
    )
  }
}

import { plainEtag } from '../../protocol/etag.ts'
import { UploadError } from '../../protocol/errors.ts'
import { readObject, readString } from '../../protocol/parse.ts'
import type { ParseContext } from '../../protocol/parse.ts'
import type { Checksum } from '../../protocol/ticket.ts'
import type { WireAnswers } from '../../protocol/wire.ts'
import { uploadRecordOf } from '../inspection/inspect.ts'
import type { Inspection, ClientReceipt } from '../inspection/inspect.ts'
import { isUploadError } from '../error-response.ts'
import { readBatch, readIds, readerOf } from '../read-request.ts'
import type { CallBody } from '../read-request.ts'
import type { AuthorizedUpload, RejectedUpload, RequestContext } from '../request-context.ts'
import { waitForObject } from './early-confirm.ts'
import { promote, verifyInPlace } from './promote.ts'

/** Answers a result or an error for every receipt. Repeating a confirm is safe and returns the same upload id. */
export async function confirm(body: CallBody, context: RequestContext): Promise<WireAnswers['confirm']> {
  const reader = readerOf('confirm')
  const entries = readBatch(reader, body.receipts, 'receipts')
  const ids = readIds(reader, entries, 'receipts')
  const receipts = entries.map((entry, index) => readReceipt(reader, entry, `receipts[${index}]`))

  const uploads = await context.openAll(receipts.map(({ token }) => token))
  const confirmOnce = oncePerUpload(context, body.early === true)
  const results = uploads.map(async (upload, index) => {
    const id = ids[index] ?? ''
    try {
      if ('thrown' in upload) return await deleteRejected(upload, context)
      return { id, result: await confirmOnce(upload, receipts[index] ?? {}) }
    } catch (thrown) {
      return { id, error: context.toWireError(thrown) }
    }
  })
  return { results: await Promise.all(results) }
}

/** Confirms each upload of a request once, also when several receipts name it. */
function oncePerUpload(
  context: RequestContext,
  isEarly: boolean,
): (authorized: AuthorizedUpload, clientReceipt: ClientReceipt) => Promise<unknown> {
  const startedConfirms = new Map<string, Promise<unknown>>()
  const start = async (authorized: AuthorizedUpload, clientReceipt: ClientReceipt) => {
    const release = lockObject(authorized, context)
    try {
      if (isEarly) await waitForObject(authorized, context)
      return await confirmOne(authorized, clientReceipt, context)
    } finally {
      release()
    }
  }
  return (authorized, clientReceipt) => {
    const result = startedConfirms.get(authorized.claims.id) ?? start(authorized, clientReceipt)
    startedConfirms.set(authorized.claims.id, result)
    return result
  }
}

/**
 * Locks an object while it is confirmed. With a reusable policy, several receipts may name one object as several
 * uploads with different file names. While one upload is confirmed, this process rejects the others. After that, the
 * others fail because the object has moved. Throws an UploadError `rejected`. Returns a function that releases the
 * lock.
 */
function lockObject(
  { claims: { id, key, byPolicy } }: AuthorizedUpload,
  { confirmLocks, phase }: RequestContext,
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

/** Deletes an object that no longer fits its route, unless it is at its final key. Throws the check's error. */
async function deleteRejected(
  { thrown, claims, storage }: RejectedUpload,
  context: RequestContext,
): Promise<never> {
  const isPrivate = claims?.to !== undefined || claims?.byPolicy === true
  if (claims && storage && isPrivate && isUploadError(thrown) && !thrown.retryable) {
    await storage.remove(claims.key).catch((failure: unknown) => context.toWireError(failure))
  }
  throw thrown
}

function readReceipt(
  reader: ParseContext,
  value: unknown,
  path: string,
): ClientReceipt & { readonly token: string } {
  const fields = readObject(reader, value, path)
  const token = readString(reader, fields.token, `${path}.token`)
  const etag = fields.etag == null ? undefined : readString(reader, fields.etag, `${path}.etag`)
  return {
    token,
    etag: plainEtag(etag),
    ...(fields.checksum != null && { checksum: readChecksum(reader, fields.checksum, `${path}.checksum`) }),
  }
}

function readChecksum(reader: ParseContext, value: unknown, path: string): Checksum {
  const fields = readObject(reader, value, path)
  const algorithm = receiptAlgorithms.find((name) => name === fields.algorithm)
  if (algorithm) return { algorithm, value: readString(reader, fields.value, `${path}.value`) }
  const message = `The request is invalid at "${path}.algorithm": use one of ${receiptAlgorithms.join(', ')}.`
  throw new UploadError('rejected', { phase: reader.phase, message })
}

const receiptAlgorithms = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const

async function confirmOne(
  authorized: AuthorizedUpload,
  clientReceipt: ClientReceipt,
  context: RequestContext,
): Promise<unknown> {
  const { claims, route, user, meta } = authorized
  const { to: finalKey } = claims
  const { object, ...inspection } =
    finalKey === undefined
      ? await verifyInPlace(authorized, clientReceipt, context)
      : await promote(finalKey, authorized, clientReceipt, context)

  // Ignores a failed delete, because the lifecycle rule removes leftovers below the private prefix.
  const cleanup =
    finalKey === undefined
      ? undefined
      : route.storage.remove(claims.key).catch((thrown: unknown) => context.toWireError(thrown))
  try {
    const key = finalKey ?? claims.key
    const { etag } = object
    const token = await issueFormToken(
      authorized,
      { ...inspection, key, ...(etag !== undefined && { etag }) },
      context,
    )
    const url = await route.finalStorage.urlOf(key)
    const { meta: _, ...record } = uploadRecordOf(claims, meta, inspection.type)
    if (!route.rules.onConfirm) return { ...record, key, url, ...inspection, token }
    const upload = {
      ...record,
      meta,
      key,
      url,
      ...inspection,
      ...(etag !== undefined && { etag }),
    }
    const result = await route.rules.onConfirm(upload, { user, request: context.request })
    return withToken(toJson(result, route.name), token)
  } finally {
    await cleanup
  }
}

/** Signs the facts about the upload that `readUploads` returns later. */
function issueFormToken(
  { claims, route, user }: AuthorizedUpload,
  inspection: Inspection & { readonly key: string; readonly etag?: string },
  { valueTokens, now, tokenLifetimeMs }: RequestContext,
): Promise<string> {
  const { key: _, ...record } = uploadRecordOf(claims, claims.meta, inspection.type)
  return valueTokens.issue({
    ...record,
    meta: claims.meta,
    ...inspection,
    route: route.name,
    user: user.id,
    exp: now() + tokenLifetimeMs,
  })
}

/** Adds the token to a result that is an object. Other results stay unchanged. */
function withToken(result: unknown, token: string): unknown {
  const isObject = typeof result === 'object' && result !== null && !Array.isArray(result)
  return isObject ? { token, ...result } : result
}

/** Converts a result to plain JSON, with null for undefined. Throws a TypeError that names the route. */
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

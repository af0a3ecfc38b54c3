import { plainEtag } from '../../protocol/etag.ts'
import { UploadError } from '../../protocol/errors.ts'
import { readObject, readString } from '../../protocol/parse.ts'
import type { ParseContext } from '../../protocol/parse.ts'
import type { Checksum } from '../../protocol/ticket.ts'
import type { WireAnswers } from '../../protocol/wire.ts'
import { inspect, uploadRecordOf } from '../inspection/inspect.ts'
import type { Inspection, ClientReceipt } from '../inspection/inspect.ts'
import { contentDisposition, nameForType } from '../naming/file-names.ts'
import { isUploadError } from '../error-response.ts'
import { readBatch, readIds, readerOf } from '../read-request.ts'
import type { RequestBody } from '../read-request.ts'
import type { StoredObject } from '../s3/storage.ts'
import type { AuthorizedUpload, RejectedUpload, RequestContext } from '../request-context.ts'

/** Answers a result or an error for every receipt. Repeating a confirm is safe and returns the same upload id. */
export async function confirm(body: RequestBody, context: RequestContext): Promise<WireAnswers['confirm']> {
  const reader = readerOf('confirm')
  const list = readBatch(reader, body.receipts, 'receipts')
  const ids = readIds(reader, list, 'receipts')
  const receipts = list.map((each, index) => readReceipt(reader, each, `receipts[${index}]`))

  const opened = await context.openAll(receipts.map(({ token }) => token))
  const confirmOnce = oncePerUpload(context, body.early === true)
  const results = opened.map(async (each, index) => {
    const id = ids[index] ?? ''
    try {
      if ('thrown' in each) return await deleteRejected(each, context)
      return { id, result: await confirmOnce(each, receipts[index] ?? {}) }
    } catch (thrown) {
      return { id, error: context.toWireError(thrown) }
    }
  })
  return { results: await Promise.all(results) }
}

/** Confirms each upload of a request once, however many receipts name it. */
function oncePerUpload(
  context: RequestContext,
  isEarly: boolean,
): (known: AuthorizedUpload, clientReceipt: ClientReceipt) => Promise<unknown> {
  const startedConfirms = new Map<string, Promise<unknown>>()
  const start = async (known: AuthorizedUpload, clientReceipt: ClientReceipt) => {
    const release = takeSlot(known, context)
    try {
      if (isEarly) await waitForObject(known, context)
      return await confirmOne(known, clientReceipt, context)
    } finally {
      release()
    }
  }
  return (known, clientReceipt) => {
    const result = startedConfirms.get(known.claims.id) ?? start(known, clientReceipt)
    startedConfirms.set(known.claims.id, result)
    return result
  }
}

/**
 * Locks an object while it is confirmed. Receipts of a reusable policy may name one object as several uploads, by
 * different file names: while one is confirmed, this process rejects the others; afterwards the object has moved.
 * Throws an UploadError `rejected`. Returns a function that releases the lock.
 */
function takeSlot(
  { claims: { id, key, byPolicy } }: AuthorizedUpload,
  { confirmLocks: locks, phase }: RequestContext,
): () => void {
  if (!byPolicy) return () => {}
  const lock = locks.get(key) ?? { id, count: 0 }
  if (lock.id !== id) {
    const message = 'The same object is being confirmed as another upload.'
    throw new UploadError('rejected', { phase, message })
  }
  lock.count += 1
  locks.set(key, lock)
  return () => {
    lock.count -= 1
    if (lock.count === 0) locks.delete(key)
  }
}

/** Deletes an object that no longer fits its route, unless it is at its final key. Throws the check's error. */
async function deleteRejected({ thrown, claims }: RejectedUpload, context: RequestContext): Promise<never> {
  const isPrivate = claims?.to !== undefined || claims?.byPolicy === true
  if (claims && isPrivate && isUploadError(thrown) && !thrown.retryable) {
    await context.storage.remove(claims.key).catch((failure: unknown) => context.toWireError(failure))
  }
  throw thrown
}

/** Maximum wait of an early confirm in milliseconds, and maximum waiting confirms per user and route. */
const maxWaitMs = 5000
const maxWaitingPerUser = 2
/** Poll interval: at least this many milliseconds, or this fraction of the wait so far, which limits the delay. */
const minPollMs = 20
const pollFraction = 0.08

/**
 * Waits until storage has the object. Throws an UploadError `not-stored` after 5 seconds or when too many confirms
 * wait; the browser then confirms again once the bytes are sent.
 */
async function waitForObject(
  { claims, route, user }: AuthorizedUpload,
  { storage, request, phase, waitingConfirms: arrivals }: RequestContext,
): Promise<void> {
  const waitingKey = JSON.stringify([route.name, user.id])
  const waitingCount = arrivals.get(waitingKey) ?? 0
  if (!route.rules.earlyConfirm || waitingCount >= maxWaitingPerUser)
    throw new UploadError('not-stored', { phase })
  arrivals.set(waitingKey, waitingCount + 1)
  try {
    const startedAt = Date.now()
    for (
      let waitedMs = 0;
      waitedMs < maxWaitMs && !request.signal.aborted;
      waitedMs = Date.now() - startedAt
    ) {
      await new Promise((resolve) => setTimeout(resolve, Math.max(minPollMs, waitedMs * pollFraction)))
      if (await storage.find(claims.key)) return
    }
  } finally {
    const remaining = (arrivals.get(waitingKey) ?? 1) - 1
    if (remaining > 0) arrivals.set(waitingKey, remaining)
    else arrivals.delete(waitingKey)
  }
  throw new UploadError('not-stored', { phase })
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
  const algorithm = checksumAlgorithms.find((each) => each === fields.algorithm)
  if (algorithm) return { algorithm, value: readString(reader, fields.value, `${path}.value`) }
  const message = `The request is invalid at "${path}.algorithm": use one of ${checksumAlgorithms.join(', ')}.`
  throw new UploadError('rejected', { phase: reader.phase, message })
}

const checksumAlgorithms = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const

async function confirmOne(
  known: AuthorizedUpload,
  clientReceipt: ClientReceipt,
  context: RequestContext,
): Promise<unknown> {
  const { claims, route, user, meta } = known
  const { to: finalKey } = claims
  const { object, ...inspection } =
    finalKey === undefined
      ? await verifyInPlace(known, clientReceipt, context)
      : await promote(finalKey, known, clientReceipt, context)

  // A failed delete is ignored: the lifecycle rule removes leftovers below the private prefix.
  const cleanup =
    finalKey === undefined
      ? undefined
      : context.storage.remove(claims.key).catch((thrown: unknown) => context.toWireError(thrown))
  try {
    const key = finalKey ?? claims.key
    const { etag } = object
    const token = await issueFormToken(
      known,
      { ...inspection, key, ...(etag !== undefined && { etag }) },
      context,
    )
    const url = await route.finalStorage.urlOf(key)
    const { id, size } = claims
    const name = nameForType(claims.name, inspection.type)
    if (!route.rules.onConfirm) return { id, key, name, size, url, ...inspection, token }
    const upload = {
      ...uploadRecordOf(claims, meta),
      name,
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
  { valueTokens: values, now, tokenLifetimeMs: tokenLife }: RequestContext,
): Promise<string> {
  const { id, size, meta } = claims
  return values.issue({
    id,
    name: nameForType(claims.name, inspection.type),
    size,
    meta,
    ...inspection,
    route: route.name,
    user: user.id,
    exp: now() + tokenLife,
  })
}

/** Adds the token to a result that is an object. Other results stay unchanged. */
function withToken(result: unknown, token: string): unknown {
  const isObject = typeof result === 'object' && result !== null && !Array.isArray(result)
  return isObject ? { token, ...result } : result
}

/** A confirmed object and its inspection. */
type PromotedObject = Inspection & { readonly object: StoredObject }

/** Inspects the object and leaves it at the ticket's key. */
async function verifyInPlace(
  known: AuthorizedUpload,
  clientReceipt: ClientReceipt,
  context: RequestContext,
): Promise<PromotedObject> {
  const { key } = known.claims
  const object = await context.storage.find(key)
  if (!object) throw new UploadError('not-stored', { phase: context.phase })
  return { object, ...(await inspect({ ...object, key }, known, clientReceipt, known.meta, context)) }
}

/**
 * Copies the verified object to its final key, once. Reads the private object before the final one: an object that
 * replaces the private one after a confirm was written after the copy, so the copy is found.
 */
async function promote(
  finalKey: string,
  known: AuthorizedUpload,
  clientReceipt: ClientReceipt,
  context: RequestContext,
): Promise<PromotedObject> {
  const { claims, route, meta } = known
  const { key, id, name } = claims
  const source = await context.storage.find(key)
  const existingObject = await route.finalStorage.find(finalKey)
  if (existingObject?.uploadId === id) return inspectionOfCopy(existingObject)
  if (!source) throw new UploadError('not-stored', { phase: context.phase })
  const object = { ...source, key }
  const inspection = await inspect(object, known, clientReceipt, meta, context)

  const { type, verified, width, height } = inspection
  const copy = await route.finalStorage.copy(object, {
    key: finalKey,
    type,
    contentDisposition: contentDisposition(name, type),
    uploadId: id,
    verified,
    ...(width !== undefined && height !== undefined && { dimensions: { width, height } }),
    replaces: existingObject !== undefined,
  })
  if (copy) return { object: copy, ...inspection }

  // A concurrent confirm of the same upload was faster, or the object is not the verified one.
  const winner = await route.finalStorage.find(finalKey)
  if (winner?.uploadId === id) return inspectionOfCopy(winner)
  await context.storage.remove(key)
  throw new UploadError('mismatch', {
    phase: context.phase,
    message: 'The stored object was replaced while it was being confirmed. It was deleted.',
  })
}

/** Reads the inspection of an earlier confirm from the metadata of the copied object. */
function inspectionOfCopy(object: StoredObject): PromotedObject {
  const { type, verified = false, dimensions } = object
  return { object, type, verified, ...dimensions }
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

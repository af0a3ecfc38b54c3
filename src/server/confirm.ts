import { plainEtag } from '../protocol/etag.ts'
import { UploadError } from '../protocol/errors.ts'
import { readObject, readText } from '../protocol/parse.ts'
import type { Reader } from '../protocol/parse.ts'
import type { Checksum } from '../protocol/ticket.ts'
import type { WireAnswers } from '../protocol/wire.ts'
import { inspect, uploadOf } from './inspect.ts'
import type { Inspection, Said } from './inspect.ts'
import { contentDisposition, nameFor } from './names.ts'
import { isUploadError } from './refusal.ts'
import { readBatch, readIds, readerOf } from './request.ts'
import type { Body } from './request.ts'
import type { StoredObject } from './storage.ts'
import type { KnownUpload, RefusedUpload, Visit } from './visit.ts'

/** Answers a result or an error for every receipt. Repeating a confirm is safe and returns the same upload id. */
export async function confirm(body: Body, visit: Visit): Promise<WireAnswers['confirm']> {
  const reader = readerOf('confirm')
  const list = readBatch(reader, body.receipts, 'receipts')
  const ids = readIds(reader, list, 'receipts')
  const receipts = list.map((each, index) => readReceipt(reader, each, `receipts[${index}]`))

  const opened = await visit.openAll(receipts.map(({ token }) => token))
  const confirmOnce = oncePerUpload(visit, body.ahead === true)
  const results = opened.map(async (each, index) => {
    const id = ids[index] ?? ''
    try {
      if ('thrown' in each) return await drop(each, visit)
      return { id, result: await confirmOnce(each, receipts[index] ?? {}) }
    } catch (thrown) {
      return { id, error: visit.refuse(thrown) }
    }
  })
  return { results: await Promise.all(results) }
}

/** Confirms each upload of a request once, however many receipts name it. */
function oncePerUpload(visit: Visit, ahead: boolean): (known: KnownUpload, said: Said) => Promise<unknown> {
  const started = new Map<string, Promise<unknown>>()
  const start = async (known: KnownUpload, said: Said) => {
    const release = hold(known, visit)
    try {
      if (ahead) await arrival(known, visit)
      return await confirmOne(known, said, visit)
    } finally {
      release()
    }
  }
  return (known, said) => {
    const result = started.get(known.claims.id) ?? start(known, said)
    started.set(known.claims.id, result)
    return result
  }
}

/**
 * Locks an object while it is confirmed. Receipts of a reusable policy may name one object as several uploads, by
 * different file names: while one is confirmed, this process rejects the others; afterwards the object has moved. Throws
 * an UploadError `rejected`. Returns a function that releases the lock.
 */
function hold({ claims: { id, key, byPolicy } }: KnownUpload, { confirming, phase }: Visit): () => void {
  if (!byPolicy) return () => {}
  const held = confirming.get(key) ?? { id, count: 0 }
  if (held.id !== id) {
    const message = 'The same object is being confirmed as another upload.'
    throw new UploadError('rejected', { phase, message })
  }
  held.count += 1
  confirming.set(key, held)
  return () => {
    held.count -= 1
    if (held.count === 0) confirming.delete(key)
  }
}

/** Deletes an object that no longer fits its route, unless it is at its final key. Throws the reason. */
async function drop({ thrown, claims }: RefusedUpload, visit: Visit): Promise<never> {
  const isPrivate = claims?.to !== undefined || claims?.byPolicy === true
  if (claims && isPrivate && isUploadError(thrown) && !thrown.retryable) {
    await visit.storage.remove(claims.key).catch((failure: unknown) => visit.refuse(failure))
  }
  throw thrown
}

/** Maximum wait of an early confirm in milliseconds, and maximum waiting confirms per user and route. */
const patience = 5000
const mostOfOne = 2
/** Poll interval: at least this many milliseconds, or this fraction of the wait so far, which bounds the added delay. */
const shortestPause = 20
const lateness = 0.08

/**
 * Waits until storage has the object. Throws an UploadError `not-stored` after 5 seconds or when too many confirms wait;
 * the browser then confirms again once the bytes are sent.
 */
async function arrival(
  { claims, route, user }: KnownUpload,
  { storage, request, phase, arrivals }: Visit,
): Promise<void> {
  const slot = JSON.stringify([route.name, user.id])
  const waiting = arrivals.get(slot) ?? 0
  if (!route.rules.confirmAhead || waiting >= mostOfOne) throw new UploadError('not-stored', { phase })
  arrivals.set(slot, waiting + 1)
  try {
    const began = Date.now()
    for (let waited = 0; waited < patience && !request.signal.aborted; waited = Date.now() - began) {
      await new Promise((resolve) => setTimeout(resolve, Math.max(shortestPause, waited * lateness)))
      if (await storage.find(claims.key)) return
    }
  } finally {
    const left = (arrivals.get(slot) ?? 1) - 1
    if (left > 0) arrivals.set(slot, left)
    else arrivals.delete(slot)
  }
  throw new UploadError('not-stored', { phase })
}

function readReceipt(reader: Reader, value: unknown, path: string): Said & { readonly token: string } {
  const fields = readObject(reader, value, path)
  const token = readText(reader, fields.token, `${path}.token`)
  const etag = fields.etag == null ? undefined : readText(reader, fields.etag, `${path}.etag`)
  return {
    token,
    etag: plainEtag(etag),
    ...(fields.checksum != null && { checksum: readChecksum(reader, fields.checksum, `${path}.checksum`) }),
  }
}

function readChecksum(reader: Reader, value: unknown, path: string): Checksum {
  const fields = readObject(reader, value, path)
  const algorithm = checksumAlgorithms.find((each) => each === fields.algorithm)
  if (algorithm) return { algorithm, value: readText(reader, fields.value, `${path}.value`) }
  const message = `The request is invalid at "${path}.algorithm": use one of ${checksumAlgorithms.join(', ')}.`
  throw new UploadError('rejected', { phase: reader.phase, message })
}

const checksumAlgorithms = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const

async function confirmOne(known: KnownUpload, said: Said, visit: Visit): Promise<unknown> {
  const { claims, route, user, meta } = known
  const { to } = claims
  const { object, ...found } =
    to === undefined ? await leave(known, said, visit) : await putAway(to, known, said, visit)

  // A failed delete is ignored: the lifecycle rule removes leftovers below the private prefix.
  const cleaned =
    to === undefined
      ? undefined
      : visit.storage.remove(claims.key).catch((thrown: unknown) => visit.refuse(thrown))
  try {
    const key = to ?? claims.key
    const { etag } = object
    const token = await tokenFor(known, { ...found, key, ...(etag !== undefined && { etag }) }, visit)
    const url = await route.final.urlOf(key)
    const { id, size } = claims
    const name = nameFor(claims.name, found.type)
    if (!route.rules.onConfirm) return { id, key, name, size, url, ...found, token }
    const upload = {
      ...uploadOf(claims, meta),
      name,
      key,
      url,
      ...found,
      ...(etag !== undefined && { etag }),
    }
    const result = await route.rules.onConfirm(upload, { user, request: visit.request })
    return withToken(asJson(result, route.name), token)
  } finally {
    await cleaned
  }
}

/** Signs the facts about the upload that `readUploads` returns later. */
function tokenFor(
  { claims, route, user }: KnownUpload,
  found: Inspection & { readonly key: string; readonly etag?: string },
  { values, now, tokenLife }: Visit,
): Promise<string> {
  const { id, size, meta } = claims
  return values.issue({
    id,
    name: nameFor(claims.name, found.type),
    size,
    meta,
    ...found,
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
type Kept = Inspection & { readonly object: StoredObject }

/** Inspects the object and leaves it at the ticket's key. */
async function leave(known: KnownUpload, said: Said, visit: Visit): Promise<Kept> {
  const { key } = known.claims
  const object = await visit.storage.find(key)
  if (!object) throw new UploadError('not-stored', { phase: visit.phase })
  return { object, ...(await inspect({ ...object, key }, known, said, known.meta, visit)) }
}

/**
 * Copies the verified object to its final key, once. Reads the private object before the final one: an object that
 * replaces the private one after a confirm was written after the copy, so the copy is found.
 */
async function putAway(to: string, known: KnownUpload, said: Said, visit: Visit): Promise<Kept> {
  const { claims, route, meta } = known
  const { key, id, name } = claims
  const source = await visit.storage.find(key)
  const there = await route.final.find(to)
  if (there?.uploadId === id) return inPlace(there)
  if (!source) throw new UploadError('not-stored', { phase: visit.phase })
  const object = { ...source, key }
  const found = await inspect(object, known, said, meta, visit)

  const { type, verified, width, height } = found
  const copied = await route.final.copy(object, {
    key: to,
    type,
    contentDisposition: contentDisposition(name, type),
    uploadId: id,
    verified,
    ...(width !== undefined && height !== undefined && { dimensions: { width, height } }),
    replaces: there !== undefined,
  })
  if (copied) return { object: copied, ...found }

  // A concurrent confirm of the same upload was faster, or the object is not the verified one.
  const theirs = await route.final.find(to)
  if (theirs?.uploadId === id) return inPlace(theirs)
  await visit.storage.remove(key)
  throw new UploadError('mismatch', {
    phase: visit.phase,
    message: 'The stored object was replaced while it was being confirmed. It was deleted.',
  })
}

/** Reads the inspection of an earlier confirm from the metadata of the copied object. */
function inPlace(object: StoredObject): Kept {
  const { type, verified = false, dimensions } = object
  return { object, type, verified, ...dimensions }
}

/** Converts a result to plain JSON, with null for undefined. Throws a TypeError that names the route. */
function asJson(result: unknown, routeName: string): unknown {
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

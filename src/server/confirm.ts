import { UploadError } from '../protocol/errors.ts'
import { readObject, readText } from '../protocol/parse.ts'
import type { Reader } from '../protocol/parse.ts'
import type { Checksum } from '../protocol/ticket.ts'
import type { WireAnswers } from '../protocol/wire.ts'
import { dimensionsOf, headOf, inspect, uploadOf } from './inspect.ts'
import type { Inspection, Said } from './inspect.ts'
import { contentDisposition } from './names.ts'
import type { ReadyRoute } from './ready-route.ts'
import { isUploadError } from './refusal.ts'
import { readBatch, readIds, readerOf } from './request.ts'
import type { Body } from './request.ts'
import { parseMeta } from './schema.ts'
import type { StoredObject } from './storage.ts'
import type { KnownUpload, Visit } from './visit.ts'

/** Answers a result or a reason for every receipt. Asking again is safe and gives the same upload id. */
export async function confirm(body: Body, visit: Visit): Promise<WireAnswers['confirm']> {
  const reader = readerOf('confirm')
  const list = readBatch(reader, body.receipts, 'receipts')
  const ids = readIds(reader, list, 'receipts')
  const receipts = list.map((each, index) => readReceipt(reader, each, `receipts[${index}]`))

  const opened = await visit.openAll(
    receipts.map(({ token }) => token),
    true,
  )
  const results = opened.map(async (each, index) => {
    const id = ids[index] ?? ''
    try {
      if ('thrown' in each) throw each.thrown
      if (body.ahead === true) await arrival(each, visit)
      return { id, result: await confirmOne(each, receipts[index] ?? {}, visit) }
    } catch (thrown) {
      return { id, error: visit.refuse(thrown) }
    }
  })
  return { results: await Promise.all(results) }
}

/** How long bytes are waited for, in milliseconds, and how many files of one user. */
const patience = 5000
const mostOfOne = 2
/** Storage is asked again after so many milliseconds, or this share of the wait so far: that much later it is known. */
const shortestPause = 20
const lateness = 0.08

const waitingOf = new Map<string, number>()

/**
 * Waits until storage has the object. When that takes long, or too many wait already, the confirm says that it is not
 * there, and the browser asks again when it is.
 */
async function arrival(
  { claims, route, user }: KnownUpload,
  { storage, request, phase }: Visit,
): Promise<void> {
  const waiting = waitingOf.get(user.id) ?? 0
  if (!route.rules.confirmAhead || waiting >= mostOfOne) throw new UploadError('not-stored', { phase })
  waitingOf.set(user.id, waiting + 1)
  try {
    const began = Date.now()
    for (let waited = 0; waited < patience && !request.signal.aborted; waited = Date.now() - began) {
      await new Promise((resolve) => setTimeout(resolve, Math.max(shortestPause, waited * lateness)))
      if (await storage.find(claims.key)) return
    }
  } finally {
    const left = (waitingOf.get(user.id) ?? 1) - 1
    if (left > 0) waitingOf.set(user.id, left)
    else waitingOf.delete(user.id)
  }
  throw new UploadError('not-stored', { phase })
}

function readReceipt(reader: Reader, value: unknown, path: string): Said & { readonly token: string } {
  const fields = readObject(reader, value, path)
  const token = readText(reader, fields.token, `${path}.token`)
  const etag = fields.etag == null ? undefined : readText(reader, fields.etag, `${path}.etag`)
  return {
    token,
    // A proxy may have made it a weak one.
    etag: etag?.replace(/^W\//, '').replaceAll('"', '') || undefined,
    ...(fields.checksum != null && { checksum: readChecksum(reader, fields.checksum, `${path}.checksum`) }),
  }
}

function readChecksum(reader: Reader, value: unknown, path: string): Checksum {
  const fields = readObject(reader, value, path)
  const algorithm = checksumAlgorithms.find((each) => each === fields.algorithm)
  if (algorithm) return { algorithm, value: readText(reader, fields.value, `${path}.value`) }
  const message = `The request is wrong at "${path}.algorithm": it is none of ${checksumAlgorithms.join(', ')}.`
  throw new UploadError('rejected', { phase: reader.phase, message })
}

const checksumAlgorithms = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const

async function confirmOne(known: KnownUpload, said: Said, visit: Visit): Promise<unknown> {
  const { claims, route, user } = known
  const { to } = claims
  const meta = await parseMeta(route.rules.input, claims.meta, visit.phase)
  const { object, ...found } =
    to === undefined ? await leave(known, said, meta, visit) : await putAway(to, known, said, meta, visit)

  // Failing to delete is no reason to fail: what is left below the private prefix expires.
  const cleaned =
    to === undefined
      ? undefined
      : visit.storage.remove(claims.key).catch((thrown: unknown) => visit.refuse(thrown))
  try {
    const key = to ?? claims.key
    const { etag } = object
    const token = await tokenFor(known, { ...found, key, ...(etag !== undefined && { etag }) }, visit)
    const url = await route.final.urlOf(key)
    const { id, name, size } = claims
    if (!route.rules.onConfirm) return { id, key, name, size, url, ...found, token }
    const upload = { ...uploadOf(claims, meta), key, url, ...found, ...(etag !== undefined && { etag }) }
    const result = await route.rules.onConfirm(upload, { user, request: visit.request })
    return withToken(asJson(result, route.name), token)
  } finally {
    await cleaned
  }
}

/** What a form needs to know of the upload later, signed for `readUploads`. */
function tokenFor(
  { claims, route, user }: KnownUpload,
  found: Inspection & { readonly key: string; readonly etag?: string },
  { values, now, tokenLife }: Visit,
): Promise<string> {
  const { id, name, size, meta } = claims
  return values.issue({
    id,
    name,
    size,
    meta,
    ...found,
    route: route.name,
    user: user.id,
    exp: now() + tokenLife,
  })
}

/** An object gets the token beside its own fields; what else an app answers stays as it is. */
function withToken(result: unknown, token: string): unknown {
  const isObject = typeof result === 'object' && result !== null && !Array.isArray(result)
  return isObject ? { token, ...result } : result
}

/** An object in its place, and what was found out about it. */
type Kept = Inspection & { readonly object: StoredObject }

/** The object stays at the key that the ticket wrote. */
async function leave(known: KnownUpload, said: Said, meta: unknown, visit: Visit): Promise<Kept> {
  const { key } = known.claims
  const object = await visit.storage.find(key)
  if (!object) throw new UploadError('not-stored', { phase: visit.phase })
  return { object, ...(await inspect({ ...object, key }, known, said, meta, visit)) }
}

/**
 * Copies the verified object to its final key, once. The private object is looked at before the final one: whoever
 * writes another object over a confirmed upload's private key does so after its copy, and then the copy is seen.
 */
async function putAway(
  to: string,
  known: KnownUpload,
  said: Said,
  meta: unknown,
  visit: Visit,
): Promise<Kept> {
  const { claims, route } = known
  const { key, id, name } = claims
  const source = await visit.storage.find(key)
  const there = await route.final.find(to)
  if (there?.uploadId === id) return inPlace(there, to, route, visit)
  if (!source) throw new UploadError('not-stored', { phase: visit.phase })
  const object = { ...source, key }
  const found = await inspect(object, known, said, meta, visit)

  const { type, verified } = found
  const final = { key: to, type, contentDisposition: contentDisposition(name, type), uploadId: id, verified }
  const copied = await route.final.copy(object, { ...final, replaces: there !== undefined })
  if (copied) return { object: copied, ...found }

  // Another confirm of the same upload was faster, or the object is not the one that was verified.
  const theirs = await route.final.find(to)
  if (theirs?.uploadId === id) return inPlace(theirs, to, route, visit)
  await visit.storage.remove(key)
  throw new UploadError('mismatch', {
    phase: visit.phase,
    message: 'The stored object was replaced while it was being confirmed. It was deleted.',
  })
}

/** It was put away before, so it was looked at before. */
async function inPlace(object: StoredObject, key: string, route: ReadyRoute, visit: Visit): Promise<Kept> {
  const { type, verified = false } = object
  const head = headOf({ ...object, key }, route.final, visit)
  // Without limits, so that the shown size is all that is read.
  const dimensions = await dimensionsOf(object, type, head, { image: route.image && {} }, visit)
  return { object, type, verified, ...(!isUploadError(dimensions) && dimensions) }
}

/** What JSON makes of it, with null for nothing. Throws a TypeError that names the route where it cannot. */
function asJson(result: unknown, routeName: string): unknown {
  try {
    return JSON.parse(JSON.stringify(result) ?? 'null')
  } catch (cause) {
    throw new TypeError(`onConfirm of route "${routeName}" returned something that JSON cannot carry.`, {
      cause,
    })
  }
}

import { UploadError } from '../protocol/errors.ts'
import { readObject, readText } from '../protocol/parse.ts'
import type { WireAnswers } from '../protocol/wire.ts'
import { contentDisposition } from './names.ts'
import { readBatch, readIds, readerOf } from './request.ts'
import type { Body } from './request.ts'
import type { ConfirmedUpload } from './route.ts'
import type { StoredObject } from './storage.ts'
import type { Claims } from './token.ts'
import type { KnownUpload, Visit } from './visit.ts'

/** Answers a result or a reason for every receipt. Asking again is safe and gives the same upload id. */
export async function confirm(body: Body, visit: Visit): Promise<WireAnswers['confirm']> {
  const reader = readerOf('confirm')
  const list = readBatch(reader, body.receipts, 'receipts')
  const ids = readIds(reader, list, 'receipts')
  const tokens = list.map((each, index) => {
    const path = `receipts[${index}]`
    return readText(reader, readObject(reader, each, path).token, `${path}.token`)
  })

  const opened = await visit.openAll(tokens)
  const results = opened.map(async (each, index) => {
    const id = ids[index] ?? ''
    try {
      if ('thrown' in each) throw each.thrown
      return { id, result: await confirmOne(each, visit) }
    } catch (thrown) {
      return { id, error: visit.refuse(thrown) }
    }
  })
  return { results: await Promise.all(results) }
}

async function confirmOne({ claims, route, user }: KnownUpload, visit: Visit): Promise<unknown> {
  const { id, name, size, type, meta, to } = claims
  const object = to === undefined ? await verify(claims, visit) : await putAway({ ...claims, to }, visit)

  // Failing to delete is no reason to fail: what is left below the private prefix expires.
  const cleaned =
    to === undefined
      ? undefined
      : visit.storage.remove(claims.key).catch((thrown: unknown) => visit.refuse(thrown))
  try {
    const key = to ?? claims.key
    const { etag } = object
    const url = await visit.storage.urlOf(key)
    const upload: ConfirmedUpload = {
      id,
      key,
      name,
      size,
      type,
      meta,
      url,
      ...(etag !== undefined && { etag }),
    }
    if (!route.rules.onConfirm) return { id, key, name, size, type, url }
    const result = await route.rules.onConfirm(upload, { user, request: visit.request })
    return asJson(result, route.name)
  } finally {
    await cleaned
  }
}

/** The object at the key that the ticket wrote, as it was announced. A different one is deleted and refused. */
async function verify(claims: Claims, visit: Visit): Promise<StoredObject> {
  const object = await visit.storage.find(claims.key)
  if (!object) throw new UploadError('not-stored', { phase: visit.phase })
  await refuseDifferent(object, claims, visit)
  return object
}

async function refuseDifferent(object: StoredObject, claims: Claims, visit: Visit): Promise<void> {
  const difference =
    object.size !== claims.size
      ? `has ${object.size} bytes, and ${claims.size} were announced`
      : normalType(object.type) !== normalType(claims.type)
        ? 'is of another type than was announced'
        : undefined
  if (difference === undefined) return
  await visit.storage.remove(claims.key)
  throw new UploadError('mismatch', {
    phase: visit.phase,
    message: `The stored object ${difference}. It was deleted.`,
  })
}

/**
 * Copies the verified object to its final key, once. The private object is looked at before the final one: whoever
 * writes another object over a confirmed upload's private key does so after its copy, and then the copy is seen.
 */
async function putAway(claims: Claims & { readonly to: string }, visit: Visit): Promise<StoredObject> {
  const { storage, phase } = visit
  const { key, to, id, name, type } = claims
  const source = await storage.find(key)
  const there = await storage.find(to)
  if (there?.uploadId === id) return there
  if (!source) throw new UploadError('not-stored', { phase })
  await refuseDifferent(source, claims, visit)

  const final = { key: to, type, contentDisposition: contentDisposition(name, type), uploadId: id }
  const copied = await storage.copy({ ...source, key }, { ...final, replaces: there !== undefined })
  if (copied) return copied

  // Another confirm of the same upload was faster, or the object is not the one that was verified.
  const theirs = await storage.find(to)
  if (theirs?.uploadId === id) return theirs
  await storage.remove(key)
  throw new UploadError('mismatch', {
    phase,
    message: 'The stored object was replaced while it was being confirmed. It was deleted.',
  })
}

function normalType(type: string): string {
  return type.toLowerCase().replace(/\s+/g, '')
}

/** What JSON can carry, with null for nothing. Throws a TypeError that names the route otherwise. */
function asJson(result: unknown, routeName: string): unknown {
  try {
    JSON.stringify(result)
  } catch (cause) {
    throw new TypeError(`onConfirm of route "${routeName}" returned something that JSON cannot carry.`, {
      cause,
    })
  }
  return result ?? null
}

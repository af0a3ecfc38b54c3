import { readText } from '../protocol/parse.ts'
import type { WireAnswers } from '../protocol/wire.ts'
import { uploadOf } from './inspect.ts'
import { readBatch, readerOf } from './request.ts'
import type { Body } from './request.ts'
import type { KnownUpload, Visit } from './visit.ts'

/** Deletes unconfirmed objects, never a promoted one. Throws the first error after all tokens are processed. */
export async function discard(body: Body, visit: Visit): Promise<WireAnswers['discard']> {
  const reader = readerOf('discard')
  const list = readBatch(reader, body.tokens, 'tokens')
  const tokens = list.map((each, index) => readText(reader, each, `tokens[${index}]`))

  const opened = await visit.openAll([...new Set(tokens)])
  const done = await Promise.allSettled(
    opened.map((each) => ('thrown' in each ? Promise.reject(each.thrown) : discardOne(each, visit))),
  )
  for (const each of done) if (each.status === 'rejected') throw each.reason
  return {}
}

async function discardOne({ claims, route, user, meta }: KnownUpload, visit: Visit): Promise<void> {
  const { storage, request } = visit
  const { id, key, to, uploadId } = claims

  const confirmed = to !== undefined && (await route.final.find(to))?.uploadId === id
  if (!confirmed && route.rules.onDiscard) {
    const keep = await route.rules.onDiscard(uploadOf(claims, meta), { user, request })
    if (keep === false) return
  }
  // Abort the parts first: a concurrent complete would otherwise leave an object behind.
  if (uploadId !== undefined) await storage.abortParts({ key, uploadId })
  await storage.remove(key)
}

import { readText } from '../protocol/parse.ts'
import type { WireAnswers } from '../protocol/wire.ts'
import { uploadOf } from './inspect.ts'
import { readBatch, readerOf } from './request.ts'
import type { Body } from './request.ts'
import type { KnownUpload, Visit } from './visit.ts'

/** Deletes what tickets have written. Never what was confirmed and put away. Throws the first refusal, when all is done. */
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
  // The parts first: what is put together in between would be left behind.
  if (uploadId !== undefined) await storage.abortParts({ key, uploadId })
  await storage.remove(key)
}

import { readString } from '../../protocol/parse.ts'
import type { WireAnswers } from '../../protocol/wire.ts'
import { uploadRecordOf } from '../inspection/inspect.ts'
import { readBatch, readerOf } from '../read-request.ts'
import type { CallBody } from '../read-request.ts'
import type { AuthorizedUpload, RequestContext } from '../request-context.ts'

/** Deletes unconfirmed objects, never a promoted one. Throws the first error after all tokens are processed. */
export async function discard(body: CallBody, context: RequestContext): Promise<WireAnswers['discard']> {
  const reader = readerOf('discard')
  const list = readBatch(reader, body.tokens, 'tokens')
  const tokens = list.map((each, index) => readString(reader, each, `tokens[${index}]`))

  // Several spellings of a token are one upload.
  const ids = new Set<string>()
  const opened = (await context.openAll([...new Set(tokens)])).filter((each) => {
    const id = each.claims?.id
    const isNew = id === undefined || !ids.has(id)
    if (id !== undefined) ids.add(id)
    return isNew
  })
  const done = await Promise.allSettled(
    opened.map((each) => ('thrown' in each ? Promise.reject(each.thrown) : discardOnce(each, context))),
  )
  for (const each of done) if (each.status === 'rejected') throw each.reason
  return {}
}

/** Discards that come at the same time are one, so that `onDiscard` is called once. */
function discardOnce(upload: AuthorizedUpload, context: RequestContext): Promise<void> {
  const { id } = upload.claims
  const { runningDiscards } = context
  const running =
    runningDiscards.get(id) ?? discardOne(upload, context).finally(() => runningDiscards.delete(id))
  runningDiscards.set(id, running)
  return running
}

async function discardOne(
  { claims, route, user, meta }: AuthorizedUpload,
  context: RequestContext,
): Promise<void> {
  const { storage, request } = context
  const { id, key, to: finalKey, uploadId } = claims

  const isConfirmed = finalKey !== undefined && (await route.finalStorage.find(finalKey))?.uploadId === id
  if (!isConfirmed && route.rules.onDiscard) {
    const keep = await route.rules.onDiscard(uploadRecordOf(claims, meta), { user, request })
    if (keep === false) return
  }
  // Abort the parts first: a concurrent complete would otherwise leave an object behind.
  if (uploadId !== undefined) await storage.abortParts({ key, uploadId })
  await storage.remove(key)
}

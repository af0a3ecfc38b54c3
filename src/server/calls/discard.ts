import { readString } from '../../protocol/parse.ts'
import type { WireAnswers } from '../../protocol/wire.ts'
import { uploadRecordOf } from '../inspection/inspect.ts'
import { readBatch, requestParseContextOf } from '../read-request.ts'
import type { CallBody } from '../read-request.ts'
import type { AuthorizedUpload, RequestContext } from '../request-context.ts'

/**
 * Deletes the objects that tickets wrote. Never deletes an object that confirm copied to its final key. Throws the first
 * error after all tokens are processed.
 */
export async function discard(body: CallBody, context: RequestContext): Promise<WireAnswers['discard']> {
  const parseContext = requestParseContextOf('discard')
  const entries = readBatch(parseContext, body.tokens, 'tokens', context.filesPerRequest)
  const tokens = entries.map((entry, index) => readString(parseContext, entry, `tokens[${index}]`))

  // Different tokens may belong to the same upload, because the JSON of the file in a policy token can be written in
  // several ways.
  const ids = new Set<string>()
  const uploads = (await context.authorizeUploads([...new Set(tokens)])).filter((upload) => {
    const id = upload.claims?.id
    const isNew = id === undefined || !ids.has(id)
    if (id !== undefined) ids.add(id)
    return isNew
  })
  const outcomes = await Promise.allSettled(
    uploads.map((upload) =>
      'thrown' in upload ? Promise.reject(upload.thrown) : discardOnce(upload, context),
    ),
  )
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  return {}
}

/** Discards an upload. Concurrent requests for the same upload share one promise, so that `onDiscard` is called once. */
function discardOnce(upload: AuthorizedUpload, context: RequestContext): Promise<void> {
  const { id } = upload.claims
  const { runningDiscards } = context
  const runningDiscard =
    runningDiscards.get(id) ?? discardOne(upload, context).finally(() => runningDiscards.delete(id))
  runningDiscards.set(id, runningDiscard)
  return runningDiscard
}

async function discardOne(
  { claims, route, user, meta }: AuthorizedUpload,
  context: RequestContext,
): Promise<void> {
  const { storage } = route
  const { request } = context
  const { id, key, to: finalKey, uploadId } = claims

  const isConfirmed = finalKey !== undefined && (await route.finalStorage.find(finalKey))?.uploadId === id
  if (!isConfirmed && route.rules.onDiscard) {
    const decision = await route.rules.onDiscard(uploadRecordOf(claims, meta), { user, request })
    if (decision === false) return
  }
  // Aborts the multipart upload before it deletes the object. Otherwise a concurrent `complete` could create the
  // object after it was deleted.
  if (uploadId !== undefined) await storage.abortParts({ key, uploadId })
  await storage.remove(key)
}

import type { PendingAnswer, UploadEndpoints } from '../core/ports.ts'
import { readPendingAnswer } from '../core/answers/pending-answer.ts'
import { toUploadError } from '../protocol/thrown-error.ts'
import type { Ticket } from '../protocol/ticket.ts'
import type { WireError, WireRequest } from '../protocol/wire.ts'

/**
 * Creates a backend that speaks putaway's JSON protocol over fake endpoints, to mock at the network level:
 * `http.post('/api/uploads', ({ request }) => backend(request))` with msw, or any server that accepts a Request.
 */
export function fakeBackend(endpoints: UploadEndpoints): (request: Request) => Promise<Response> {
  const uploadsByToken = new Map<
    string,
    { ticket: Ticket; file: Parameters<UploadEndpoints['presign']>[0] }
  >()
  const context = { signal: new AbortController().signal }

  async function presign(files: Extract<WireRequest, { type: 'presign' }>['files']) {
    return Promise.all(
      files.map(async (file) => {
        try {
          const ticket = { ...(await endpoints.presign(file, context)), token: file.id }
          uploadsByToken.set(file.id, { ticket, file })
          return { id: file.id, ticket }
        } catch (thrown) {
          return { id: file.id, error: wireError(thrown) }
        }
      }),
    )
  }

  async function confirm(receipts: Extract<WireRequest, { type: 'confirm' }>['receipts']) {
    return Promise.all(
      receipts.map(async ({ id, token, etag }) => {
        const knownUpload = uploadsByToken.get(token)
        if (!knownUpload)
          return { id, error: { code: 'rejected', message: 'No such token.' } satisfies WireError }
        try {
          const answer = await endpoints.confirm?.({ ...knownUpload, ...(etag && { etag }) }, context)
          return readPendingAnswer(answer)
            ? { id, ...(answer as PendingAnswer) } // it has a valid `pending`
            : { id, result: answer ?? null }
        } catch (thrown) {
          return { id, error: wireError(thrown) }
        }
      }),
    )
  }

  return async (request) => {
    const body = (await request.json()) as WireRequest // sent by putaway's client, so it is not validated
    switch (body.type) {
      case 'presign':
        return Response.json({ tickets: await presign(body.files) })
      case 'confirm':
        return Response.json({ results: await confirm(body.receipts) })
      case 'policies':
        return Response.json({ policies: [] })
      case 'discard':
        for (const token of body.tokens) {
          const knownUpload = uploadsByToken.get(token)
          if (knownUpload) await endpoints.discard?.(knownUpload.ticket, context)
        }
        return Response.json({})
      default: {
        const knownUpload = uploadsByToken.get(body.token)
        if (!knownUpload)
          return Response.json({ error: { code: 'rejected', message: 'No such token.' } }, { status: 400 })
        const { ticket } = knownUpload
        if (body.type === 'renew') return Response.json({ ticket })
        if (body.type === 'complete') await endpoints.complete?.(ticket, context)
        if (body.type === 'sign-parts') {
          return Response.json({ parts: await endpoints.signParts?.(ticket, body.partNumbers, context) })
        }
        return Response.json({ parts: (await endpoints.listParts?.(ticket, context)) ?? [] })
      }
    }
  }
}

function wireError(thrown: unknown): WireError {
  const { code, message, text } = toUploadError(thrown, 'starting')
  return { code, message, text }
}

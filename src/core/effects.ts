import { UploadError } from '../protocol/errors.ts'
import { parsePartUrls, parseStoredParts, parseTicket } from '../protocol/parse.ts'
import type { Reader } from '../protocol/parse.ts'
import type { FileInfo, Ticket } from '../protocol/ticket.ts'
import type { UploadEffect, UploadEvent } from './machine.ts'
import type { SendContext, UploadPorts } from './ports.ts'
import { sentFraction } from './progress.ts'
import type { UploaderOptions } from './options.ts'
import type { Entry } from './uploader.ts'

interface EffectContext<Result> {
  /** Aborted when the upload has left the step; what is dispatched afterwards is dropped. */
  readonly signal: AbortSignal
  dispatch(event: UploadEvent<Result>): void
  discard(ticket: Ticket): Promise<void>
}

/** Does the work that a step waits for, through the ports, and dispatches its answer. Throws what went wrong. */
export async function perform<Result>(
  ports: UploadPorts<Result>,
  options: UploaderOptions<Result>,
  entry: Entry<Result>,
  effect: Exclude<UploadEffect, { type: 'discard' }>,
  context: EffectContext<Result>,
): Promise<void> {
  const { endpoints, transport, pool } = ports
  const { signal, dispatch } = context

  switch (effect.type) {
    case 'prepare': {
      const prepared = options.prepare ? await options.prepare(entry.file, { signal }) : entry.file
      if (signal.aborted) return
      entry.prepared = prepared
      return dispatch({ type: 'prepared' })
    }

    case 'presign': {
      const { renews, replaces } = effect
      const file = fileInfo(entry, options)
      const answer =
        renews && endpoints.renew
          ? await endpoints.renew(renews, { signal })
          : await endpoints.presign(file, { signal })
      const ticket = parseTicket(answer, reader('presign', 'starting'))
      const old = replaces ?? (renews && renews.key !== ticket.key ? renews : undefined)
      if (old) void context.discard(old)
      // Canceled while it was on its way: a multipart upload may have been created for nobody.
      if (signal.aborted) return void context.discard(ticket)
      return dispatch({ type: 'presigned', ticket })
    }

    case 'acquire': {
      const release = await pool.acquire(signal)
      if (signal.aborted) return release()
      entry.release = release
      return dispatch({ type: 'granted' })
    }

    case 'send': {
      const { ticket, resumed } = effect
      if (!entry.release) {
        const release = await pool.acquire(signal, true)
        if (signal.aborted) return release()
        entry.release = release
      }
      const sent = await transport.send(entry.prepared, ticket, {
        signal,
        resumed,
        onProgress: (bytes) =>
          dispatch({ type: 'progressed', progress: sentFraction(bytes, entry.prepared.size) }),
        acquire: (aborted) => pool.acquire(aborted, true),
        ...multipartCalls(ports, ticket, signal),
      })
      return dispatch({ type: 'sent', receipt: { file: fileInfo(entry, options), ticket, ...sent } })
    }

    case 'assemble':
      if (!endpoints.complete) throw missing('complete', 'finishing')
      await endpoints.complete(effect.receipt.ticket, { signal })
      return dispatch({ type: 'assembled' })

    case 'confirm': {
      const { receipt } = effect
      const result = endpoints.confirm ? await endpoints.confirm(receipt, { signal }) : (receipt as Result) // without confirm the result is the receipt: `UploadEndpoints.confirm`
      return dispatch({ type: 'confirmed', result })
    }
  }
}

function multipartCalls<Result>(
  { endpoints }: UploadPorts<Result>,
  ticket: Ticket,
  signal: AbortSignal,
): Pick<SendContext, 'signParts' | 'listParts'> {
  return {
    async signParts(partNumbers) {
      if (!endpoints.signParts) throw missing('signParts', 'uploading')
      return parsePartUrls(
        await endpoints.signParts(ticket, partNumbers, { signal }),
        reader('signParts', 'uploading'),
      )
    },
    async listParts() {
      if (!endpoints.listParts) return []
      return parseStoredParts(await endpoints.listParts(ticket, { signal }), reader('listParts', 'uploading'))
    },
  }
}

function fileInfo<Result>(
  { id, file, prepared }: Entry<Result>,
  { route, meta }: UploaderOptions<Result>,
): FileInfo {
  const { name, size, type } = prepared
  const facts = typeof meta === 'function' ? meta(file) : meta
  return {
    id,
    name,
    size,
    type: type || 'application/octet-stream',
    ...(route !== undefined && { route }),
    ...(facts && { meta: facts }),
  }
}

function reader(call: string, phase: Reader['phase']): Reader {
  return { source: `The answer to ${call}`, phase, code: 'invalid-answer' }
}

function missing(call: 'complete' | 'signParts', phase: Reader['phase']): UploadError {
  return new UploadError('invalid-answer', {
    phase,
    message: `The backend gave a multipart ticket, and the endpoints have no ${call}(). Add it, or presign put or post.`,
  })
}

import { missingEndpoint } from './ports.ts'
import { parseTicket } from '../protocol/parse.ts'
import type { FileInfo, Ticket } from '../protocol/ticket.ts'
import type { UploadEffect, UploadEvent } from './machine.ts'
import type { UploadPorts } from './ports.ts'
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

  async function connect(started: boolean) {
    const release = await pool.acquire(signal, started)
    if (signal.aborted) release()
    else entry.release = release
  }

  switch (effect.type) {
    case 'prepare': {
      const prepared = options.prepare ? await options.prepare(entry.file, { signal }) : entry.file
      if (signal.aborted) return
      entry.prepared = prepared
      return dispatch({ type: 'prepared' })
    }

    case 'presign': {
      const { renews, replaced } = effect
      if (replaced) void context.discard(replaced)
      const answer =
        renews && endpoints.renew
          ? await endpoints.renew(renews, { signal })
          : await endpoints.presign(fileInfo(entry, options), { signal })
      const ticket = parseTicket(answer, {
        source: 'The answer to presign',
        phase: 'starting',
        code: 'invalid-answer',
      })
      if (renews && renews.key !== ticket.key) void context.discard(renews)
      // Canceled while it was on its way: a multipart upload may have been created for nobody.
      if (signal.aborted) return void context.discard(ticket)
      return dispatch({ type: 'presigned', ticket })
    }

    case 'acquire':
      await connect(false)
      return dispatch({ type: 'granted' })

    case 'send': {
      const { ticket, resumed } = effect
      if (!entry.release) await connect(true)
      const sent = await transport.send(entry.prepared, ticket, {
        signal,
        resumed,
        onProgress: (bytes) =>
          dispatch({ type: 'progressed', progress: sentFraction(bytes, entry.prepared.size) }),
        acquire: (aborted) => pool.acquire(aborted, true),
        endpoints,
      })
      return dispatch({ type: 'sent', receipt: { file: fileInfo(entry, options), ticket, ...sent } })
    }

    case 'assemble':
      if (!endpoints.complete) throw missingEndpoint('complete', 'finishing')
      await endpoints.complete(effect.receipt.ticket, { signal })
      return dispatch({ type: 'assembled' })

    case 'confirm': {
      const { receipt } = effect
      const result = endpoints.confirm ? await endpoints.confirm(receipt, { signal }) : (receipt as Result) // without confirm the result is the receipt: `UploadEndpoints.confirm`
      return dispatch({ type: 'confirmed', result })
    }
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

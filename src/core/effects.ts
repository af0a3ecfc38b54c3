import { typeToSend } from '../protocol/accept.ts'
import { UploadError } from '../protocol/errors.ts'
import type { UploadPhase } from '../protocol/errors.ts'
import type { FileInfo, Ticket } from '../protocol/ticket.ts'
import { phaseOf } from './machine.ts'
import type { UploadEffect, UploadEvent } from './machine.ts'
import type { UploaderOptions } from './options.ts'
import { missingEndpoint } from './ports.ts'
import type { EndpointContext, Transport, UploadPorts } from './ports.ts'
import { sentFraction } from './progress.ts'
import { sizeOf } from './size.ts'
import { once } from '../protocol/once.ts'
import type { Entry } from './entry.ts'

interface EffectContext<Result> {
  /** Aborted when the upload has left the step; what is dispatched afterwards is dropped. */
  readonly signal: AbortSignal
  dispatch(event: UploadEvent<Result>): void
  discard(ticket: Ticket): void
  /** How many of the list wait or are on their way to storage. */
  ahead(): number
}

/** Does the work that a step waits for, through the ports, and dispatches its answer. Throws what went wrong. */
export async function perform<Result>(
  ports: UploadPorts<Result>,
  options: () => UploaderOptions<Result>,
  entry: Entry<Result>,
  effect: Exclude<UploadEffect, { type: 'discard' }>,
  { signal, dispatch, discard, ahead }: EffectContext<Result>,
): Promise<void> {
  const { transport, pool, host } = ports
  const ever: Attempts = {
    phase: phaseOf(entry.state),
    signal,
    progress: () => (entry.state.status === 'uploading' ? entry.state.progress : 0),
    onHold: (error) => dispatch({ type: 'held', error }),
    onRepeat: () => dispatch({ type: 'repeated' }),
  }
  const persist = <T>(run: () => Promise<T>) => persistently(ports, options, ever, run)

  async function connect(started: boolean) {
    const release = await pool.acquire(signal, started)
    if (signal.aborted) release()
    else entry.release = release
  }

  switch (effect.type) {
    case 'prepare': {
      // Some of it is needed when the network fails, and then it can no longer be fetched.
      loadCode(transport, sizeOf(entry.file))
      const { prepare } = options()
      // Always a moment later: what is paused right after it was added is not presigned.
      const prepared = await (prepare ? prepare(entry.file, { signal }) : entry.file)
      if (signal.aborted) return
      entry.prepared =
        'name' in prepared
          ? (prepared as File) // one of another window is no instance of this one's
          : (await import('./named-blob.ts')).namedBlob(prepared, entry.file)
      if (signal.aborted) return
      return dispatch({ type: 'prepared' })
    }

    case 'presign': {
      const { renews } = effect
      const answer = await persist(() => {
        const { endpoints } = ports
        return renews && endpoints.renew
          ? endpoints.renew(renews, { signal })
          : endpoints.presign(fileInfo(entry, options()), { signal })
      })
      const reading = await loadLate().catch(() => undefined)
      // Where that code does not come the ticket is used as it is: storage says no to a wrong one.
      const { ticket, endsAt } = reading?.readTicket(answer, host.now()) ?? {
        ticket: answer,
        endsAt: Infinity,
      }
      pool.offer(ticket.connections ?? 0)
      const isAnother = renews?.key !== ticket.key
      // Canceled or paused meanwhile: a multipart upload may have been created in vain. One that is renewed has parts to keep.
      if (signal.aborted) return isAnother ? discard(ticket) : undefined
      if (renews && isAnother) discard(renews)
      return dispatch({ type: 'presigned', ticket, endsAt })
    }

    case 'acquire':
      await connect(false)
      return dispatch({ type: 'granted', now: host.now() })

    case 'send': {
      const { ticket, endsAt, resumed } = effect
      if (!entry.release) await connect(true)
      const sent = await transport.send(entry.prepared, ticket, {
        signal,
        resumed,
        type: fileInfo(entry, options()).type,
        onProgress: (bytes) =>
          dispatch({ type: 'progressed', progress: sentFraction(bytes, sizeOf(entry.prepared)) }),
        persist: (run) => persist(() => whileItLives(endsAt, run, host.now)),
        // Many are confirmed together instead.
        onSealed: (sealed) =>
          ahead() > 1 ||
          ports.endpoints.confirmAhead?.({ file: fileInfo(entry, options()), ticket, ...sealed }, { signal }),
        acquire: (aborted, spare) => pool.acquire(aborted, !spare),
        get endpoints() {
          return ports.endpoints
        },
      })
      pool.went()
      return dispatch({ type: 'sent', receipt: { file: fileInfo(entry, options()), ticket, ...sent } })
    }

    case 'assemble': {
      const { ticket } = effect.receipt
      await persist(async () => {
        const { endpoints } = ports
        if (!endpoints.complete) throw missingEndpoint('complete', 'finishing')
        return endpoints.complete(ticket, { signal })
      })
      return dispatch({ type: 'assembled' })
    }

    case 'confirm': {
      const { receipt } = effect
      // Without confirm the result is the receipt: `UploadEndpoints.confirm`.
      const result = await persist(async () => {
        const { endpoints } = ports
        return endpoints.confirm
          ? endpoints.confirm(receipt, { signal, more: ahead() > 0 })
          : (receipt as Result)
      })
      return dispatch({ type: 'confirmed', result })
    }
  }
}

/** Runs an app's callback. Its failure is the app's to see and must not touch the upload. */
export function tell(call: () => void) {
  try {
    call()
  } catch (thrown) {
    queueMicrotask(() => {
      throw thrown
    })
  }
}

/** Tells the backend of a discard or a failure. Resolves with its answer, or undefined when the call failed for good. */
export async function tellBackend<Result, Answer>(
  ports: UploadPorts<Result>,
  options: () => UploaderOptions<Result>,
  call: (context: EndpointContext) => Promise<Answer> | undefined,
): Promise<Answer | undefined> {
  const { signal } = new AbortController()
  try {
    return await persistently(ports, options, { phase: 'finishing', signal }, async () => call({ signal }))
  } catch {
    return undefined
  }
}

/** Somebody is about to upload: code that comes with the first file comes before it. */
export function warmUp<Result>(
  { endpoints, transport }: UploadPorts<Result>,
  { route }: UploaderOptions<Result>,
): void {
  loadCode(transport)
  endpoints.warm?.({ route })
}

/** What comes with the first file, or before it. */
function loadCode(transport: Transport, size?: number) {
  loadLate().catch(() => {})
  transport.warm?.(size)
}

const loadLate = once(() => import('./retry.ts'))

interface Attempts {
  readonly phase: UploadPhase
  readonly signal: AbortSignal
  /** How far the upload is: whoever gets on is not failing. */
  progress?(): number
  onHold?(error: UploadError): void
  onRepeat?(): void
}

/** Repeats what may come right by itself. The code that knows what that is comes with the first file. */
async function persistently<T>(
  { host, pool }: UploadPorts<unknown>,
  options: () => Pick<UploaderOptions<unknown>, 'retry'>,
  { phase, signal, progress = () => 0, onHold, onRepeat }: Attempts,
  run: () => Promise<T>,
): Promise<T> {
  let reached = progress()
  for (let attempt = 1; ;) {
    try {
      const answer = await run()
      // A response or a page, which a function returned in place of what it promised. Of storage both are as they are.
      const fields = Object(answer)
      const unread = typeof answer === 'string' || typeof (fields.response ?? fields).status === 'number'
      return unread && phase !== 'uploading'
        ? ((await (await loadLate()).readReturned(answer, phase)) as T) // what was promised
        : answer
    } catch (thrown) {
      if (signal.aborted) throw thrown
      if (progress() > reached) attempt = 1
      reached = progress()
      const { readThrown, waitToRepeat } = await loadLate().catch(() => {
        throw thrown
      })
      const error = await readThrown(thrown, phase)
      if (phase === 'uploading' && error.code === 'throttled') pool.throttled(host.now())
      if (await waitToRepeat(error, attempt, options().retry ?? {}, host, signal, onHold)) attempt += 1
      onRepeat?.()
    }
  }
}

/** Nothing is sent on a ticket that has run out, and no answer on one that is about to means that it has. */
async function whileItLives<T>(endsAt: number, run: () => Promise<T>, now: () => number): Promise<T> {
  const expired = (cause?: unknown) => new UploadError('expired', { phase: 'uploading', cause })
  if (endsAt <= now()) throw expired()
  try {
    return await run()
  } catch (thrown) {
    throw thrown instanceof UploadError && thrown.code === 'network' && endsAt <= now()
      ? expired(thrown)
      : thrown
  }
}

/** What the backend is told of a file. */
export function fileInfo<Result>(
  { id, file, prepared }: Entry<Result>,
  { route, meta }: UploaderOptions<Result>,
): FileInfo {
  const { name } = prepared
  const facts = typeof meta === 'function' ? meta(file) : meta
  return {
    id,
    name,
    size: sizeOf(prepared),
    type: typeToSend(prepared),
    ...(route !== undefined && { route }),
    ...(facts && { meta: facts }),
  }
}

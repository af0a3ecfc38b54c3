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
  /** Aborted when the upload leaves the step. Later events are dropped. */
  readonly signal: AbortSignal
  dispatch(event: UploadEvent<Result>): void
  discard(ticket: Ticket): void
  /** Counts the items of the list that are queued, starting or uploading. */
  ahead(): number
}

/** Runs the effect of a step through the ports and dispatches the resulting event. Throws if the effect fails. */
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
      // The retry module is needed when the network fails, and then it cannot be fetched.
      loadCode(transport, sizeOf(entry.file))
      const { prepare } = options()
      // Always asynchronous, so that a file that is paused right after `add` is not presigned.
      const prepared = await (prepare ? prepare(entry.file, { signal }) : entry.file)
      if (signal.aborted) return
      entry.prepared =
        'name' in prepared
          ? (prepared as File) // a File of another window fails `instanceof`
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
      // If the module cannot be loaded, the ticket is used unparsed: storage refuses an invalid one.
      const { ticket, endsAt } = reading?.readTicket(answer, host.now()) ?? {
        ticket: answer,
        endsAt: Infinity,
      }
      pool.offer(ticket.connections ?? 0)
      const isAnother = renews?.key !== ticket.key
      // After a cancel or pause a new ticket is discarded, because presign may have created a multipart upload. A renewed
      // ticket is kept, because its parts are stored.
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
        // Several files are confirmed in one batch instead.
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
      // Without `confirm` the receipt is the result, see `UploadEndpoints.confirm`.
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

/** Calls an app's callback. Its error is reported as uncaught and does not affect the upload. */
export function tell(call: () => void) {
  try {
    call()
  } catch (thrown) {
    queueMicrotask(() => {
      throw thrown
    })
  }
}

/** Notifies the backend of a discard or failure. Resolves with its answer, or undefined after the last failed retry. */
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

/** Preloads the modules of the first upload, and lets the endpoints preload, because the user is about to upload. */
export function warmUp<Result>(
  { endpoints, transport }: UploadPorts<Result>,
  { route }: UploaderOptions<Result>,
): void {
  loadCode(transport)
  endpoints.warm?.({ route })
}

/** Loads the modules that the first upload needs. */
function loadCode(transport: Transport, size?: number) {
  loadLate().catch(() => {})
  transport.warm?.(size)
}

const loadLate = once(() => import('./retry.ts'))

interface Attempts {
  readonly phase: UploadPhase
  readonly signal: AbortSignal
  /** Progress of the upload. Progress since the last failure resets the attempt counter. */
  progress?(): number
  onHold?(error: UploadError): void
  onRepeat?(): void
}

/** Retries transient failures. The retry module is loaded with the first file. */
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
      // A backend function may return a raw response or text. Answers of storage are text and stay unread.
      const unread = typeof answer === 'string' || typeof Object(answer).status === 'number'
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

/** Throws `expired` if the ticket expired before or during the request. */
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

/** Returns the description of a file that is sent to the backend. */
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

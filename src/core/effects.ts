import { readReturnValue, readThrownError } from './answers/read-app-result.ts'
import { UploadError } from '../protocol/errors.ts'
import type { UploadPhase } from '../protocol/errors.ts'
import { logFailure, warnDeveloper, warnIfSlow } from '../internal/development-log.ts'
import { describeError, toUploadError } from '../protocol/thrown-error.ts'
import type { Ticket } from '../protocol/ticket.ts'
import { phaseOf, ticketOf } from './machine/state.ts'
import type { UploadEffect, UploadEvent, UploadState } from './machine/state.ts'
import type { transition } from './machine/machine.ts'
import type { UploaderOptions } from './options.ts'
import type { requestRemove } from './files/request-remove.ts'
import { missingEndpoint } from './ports.ts'
import type { EndpointContext, Host, UploadPorts } from './ports.ts'
import { sentFraction } from './progress.ts'
import { sizeOf } from './files/file-size.ts'
import { releaseConnection } from './item-record.ts'
import type { ItemRecord } from './item-record.ts'
import { fileInfoOf } from './files/file-info.ts'
import type { inspectFiles, InspectedUploader } from './files/inspect-files.ts'
import { prepareFile } from './files/inspect-files.ts'
import { createTicketReplacer } from './retry/replace-ticket.ts'
import { readPendingAnswer, refusalDuringCheck } from './answers/pending-answer.ts'
import { waitBeforeRetry } from './retry/retry.ts'
import { readTicket } from './answers/read-ticket.ts'
import type { waitForResult } from './wait-for-result.ts'

export { inspectFiles } from './files/inspect-files.ts'
export { requestRemove } from './files/request-remove.ts'
export { waitForResult } from './wait-for-result.ts'

interface EffectContext<Result> {
  /** Aborts when the upload leaves the current step. Events that are dispatched after that are ignored. */
  readonly signal: AbortSignal
  dispatch(event: UploadEvent<Result>): void
  discard(ticket: Ticket): void
  readonly uploader: InspectedUploader<Result>
  /** Counts the items of the list that are queued, starting or uploading. */
  countUnsent(): number
}

/** The functions that run the steps of an upload. A page may load them later than the uploader. */
export interface EffectRunner {
  readonly transition: typeof transition
  readonly runEffect: typeof runEffect
  readonly notifyBackend: typeof notifyBackend
  readonly reportFailure: typeof reportFailure
  readonly waitForResult: typeof waitForResult
  readonly inspectFiles: typeof inspectFiles
  readonly requestRemove: typeof requestRemove
}

/** Maximum time, in milliseconds, that a retry waits for the backend's answer to `UploadEndpoints.failed`. */
const reportTimeoutMs = 5000

/** Runs the effect of a step through the ports and dispatches the resulting event. Rejects with an UploadError. */
export async function runEffect<Result>(...args: Parameters<typeof runStep<Result>>): Promise<void> {
  const [, , { state }] = args
  await runStep(...args).catch((thrown: unknown) => {
    throw toUploadError(thrown, phaseOf(state))
  })
}

async function runStep<Result>(
  ports: UploadPorts<Result>,
  options: () => UploaderOptions<Result>,
  record: ItemRecord<Result>,
  effect: Exclude<UploadEffect, { type: 'discard' }>,
  { signal, dispatch, discard, uploader, countUnsent }: EffectContext<Result>,
): Promise<void> {
  const { transport, pool, host } = ports
  await awaitFailureReport(host, record, signal)
  if (signal.aborted) return
  const retryContext: RetryContext = {
    phase: phaseOf(record.state),
    signal,
    readProgress: () => (record.state.status === 'uploading' ? record.state.progress : 0),
    onRetryScheduled: (error) => {
      if (process.env.NODE_ENV !== 'production')
        warnDeveloper(`A request failed, and is retried. ${describeError(error)}`)
      dispatch({ type: 'retryScheduled', error })
    },
    onRetry: () => dispatch({ type: 'retried' }),
  }
  const withRetry = <T>(run: () => Promise<T>) => runWithRetry(ports, options, retryContext, run)

  async function acquireConnection(hasStarted: boolean) {
    const release = await pool.acquire(signal, hasStarted)
    if (signal.aborted) release()
    else record.release = release
  }

  switch (effect.type) {
    case 'prepare':
      transport.preload?.(sizeOf(record.file))
      if (await prepareFile(uploader, record, signal)) dispatch({ type: 'prepared' })
      return

    case 'presign': {
      const { ticketToRenew } = effect
      const answer = await withRetry(() => {
        const { endpoints } = ports
        return ticketToRenew && endpoints.renew
          ? endpoints.renew(ticketToRenew, { signal })
          : endpoints.presign(fileInfoOf(record, options()), { signal })
      })
      const { ticket, expiresAt } = readTicket(answer, host.now())
      pool.raiseLimit(ticket.connections ?? 0)
      const isNewTicket = ticketToRenew?.key !== ticket.key
      // The signal aborts after a cancel or pause. A new ticket is then discarded, because presign may have created a
      // multipart upload. A renewed ticket is not discarded, because its parts are already stored.
      if (signal.aborted) return isNewTicket ? discard(ticket) : undefined
      if (ticketToRenew && isNewTicket) discard(ticketToRenew)
      return dispatch({ type: 'presigned', ticket, expiresAt })
    }

    case 'acquire':
      await acquireConnection(false)
      return dispatch({ type: 'connected', now: host.now() })

    case 'send': {
      const { ticket, expiresAt, resumed } = effect
      if (!record.release) await acquireConnection(true)
      const readFileInfo = () => fileInfoOf(record, options())
      const replaceAfter = createTicketReplacer(ports, ticket, readFileInfo, () => record.state, resumed)
      const pendingSend = transport.send(record.preparedFile, ticket, {
        signal,
        resumed,
        type: readFileInfo().type,
        onProgress: (bytes) =>
          dispatch({ type: 'progressed', progress: sentFraction(bytes, sizeOf(record.preparedFile)) }),
        withRetry: (run) =>
          withRetry(() => failIfExpired(expiresAt, run, host.now).catch(replaceAfter(['network']))),
        onBytesSent: () => releaseConnection(record),
        // Confirms only a single file early: several files are confirmed in one batch.
        onChecksumReady: (earlyResult) =>
          countUnsent() > 1 ||
          ports.endpoints.earlyConfirm?.({ file: readFileInfo(), ticket, ...earlyResult }, { signal }),
        acquire: (acquireSignal, isSpare) => pool.acquire(acquireSignal, !isSpare),
        get endpoints() {
          return ports.endpoints
        },
      })
      const sendResult = await pendingSend.catch(replaceAfter(['signature', 'cors']))
      pool.reportSuccess()
      return dispatch({ type: 'sent', receipt: { file: readFileInfo(), ticket, ...sendResult } })
    }

    case 'assemble': {
      const { ticket } = effect.receipt
      await withRetry(async () => {
        const { endpoints } = ports
        if (!endpoints.complete) throw missingEndpoint('complete', 'finishing')
        return endpoints.complete(ticket, { signal })
      })
      return dispatch({ type: 'assembled' })
    }

    case 'confirm': {
      const { receipt, delayMs } = effect
      const isChecking = record.state.status === 'finishing' && record.state.step === 'checking'
      if (delayMs) await host.sleep(delayMs, signal)
      // Without `confirm` the receipt is the result, see `UploadEndpoints.confirm`.
      const { endpoints } = ports
      const confirm = record.confirm ?? endpoints.confirm?.bind(endpoints)
      const result = await withRetry(async () =>
        confirm ? confirm(receipt, { signal, moreExpected: countUnsent() > 0 }) : (receipt as Result),
      ).catch((thrown: unknown) => {
        throw isChecking ? refusalDuringCheck(thrown) : thrown
      })
      const check = readPendingAnswer(result)
      const { allowPending } = options()
      if (check && !(allowPending && check.token))
        return dispatch({ type: 'checkPending', retryAfter: check.retryAfterMs })
      // `result` is no `PendingAnswer`, or the app allows one.
      return dispatch({
        type: 'confirmed',
        result: (check ? { ...result, token: check.token } : result) as Result,
      })
    }
  }
}

/** Reports a failure to the backend. Calls `onDeleted` when the backend answers that it deleted the stored bytes. */
export function reportFailure<Result>(
  ports: UploadPorts<Result>,
  options: () => UploaderOptions<Result>,
  record: ItemRecord<Result>,
  state: Extract<UploadState<Result>, { status: 'error' }>,
  onDeleted: (ticket: Ticket) => void,
): void {
  if (process.env.NODE_ENV !== 'production')
    logFailure(`"${record.file.name}" failed. ${describeError(state.error)}`)
  if (!ports.endpoints.failed) return
  const ticket = ticketOf(state)
  const file = fileInfoOf(record, options())
  const failureReport = notifyBackend(ports, options, async (context) =>
    ports.endpoints.failed?.(file, ticket, state.error, context),
  ).then((answer) => {
    if (record.failureReport === failureReport) record.failureReport = undefined
    if (answer?.deleted && ticket) onDeleted(ticket)
  })
  record.failureReport = failureReport
}

/** Makes the first step of a retry wait for the backend's answer to `UploadEndpoints.failed`, at most 5 seconds. */
async function awaitFailureReport<Result>({ sleep }: Host, record: ItemRecord<Result>, signal: AbortSignal) {
  const { failureReport } = record
  if (!failureReport) return
  await Promise.race([failureReport, sleep(reportTimeoutMs, signal)])
  // An answer that comes after the timeout is still applied, but the next step does not wait for it again.
  if (record.failureReport === failureReport) record.failureReport = undefined
}

/** Notifies the backend of a discard or failure. Resolves with its answer, or undefined after the last failed retry. */
export async function notifyBackend<Result, Answer>(
  ports: UploadPorts<Result>,
  options: () => UploaderOptions<Result>,
  send: (context: EndpointContext) => Promise<Answer> | undefined,
): Promise<Answer | undefined> {
  const { signal } = new AbortController()
  try {
    return await runWithRetry(ports, options, { phase: 'finishing', signal }, async () => send({ signal }))
  } catch {
    return undefined
  }
}

interface RetryContext {
  readonly phase: UploadPhase
  readonly signal: AbortSignal
  /** Returns the progress of the upload, from 0 to 1. Progress since the last failure resets the attempt counter. */
  readProgress?(): number
  onRetryScheduled?(error: UploadError): void
  onRetry?(): void
}

/** Retries transient failures. */
async function runWithRetry<T>(
  { host, pool }: UploadPorts<unknown>,
  options: () => Pick<UploaderOptions<unknown>, 'retry'>,
  { phase, signal, readProgress = () => 0, onRetryScheduled, onRetry }: RetryContext,
  run: () => Promise<T>,
): Promise<T> {
  let progressAtAttemptStart = readProgress()
  for (let attempt = 1; ;) {
    try {
      const pendingResult = run()
      if (process.env.NODE_ENV !== 'production' && phase !== 'uploading')
        warnIfSlow(phase === 'starting' ? 'presign' : 'confirm', pendingResult)
      const answer = await pendingResult
      // An app's function may return a response, text or an error. `readReturnValue` returns the body of a response
      // and throws an error. In the phase `uploading` the transport reads the answers itself.
      const fields = Object(answer)
      const mustBeRead =
        typeof answer === 'string' ||
        answer instanceof Error ||
        fields.error ||
        typeof (fields.response ?? fields).status === 'number'
      return mustBeRead && phase !== 'uploading'
        ? ((await readReturnValue(answer, phase)) as T) // the type that the app's function declares
        : answer
    } catch (thrown) {
      if (signal.aborted) throw thrown
      if (readProgress() > progressAtAttemptStart) attempt = 1
      progressAtAttemptStart = readProgress()
      const error = await readThrownError(thrown, phase)
      if (phase === 'uploading' && error.code === 'throttled') pool.reportThrottled(host.now())
      if (await waitBeforeRetry(error, attempt, options().retry ?? {}, host, signal, onRetryScheduled))
        attempt += 1
      onRetry?.()
    }
  }
}

/** Throws `expired` if the ticket expired before or during the request. */
async function failIfExpired<T>(expiresAt: number, run: () => Promise<T>, now: () => number): Promise<T> {
  const createExpiredError = (cause?: unknown) => new UploadError('expired', { phase: 'uploading', cause })
  if (expiresAt <= now()) throw createExpiredError()
  try {
    return await run()
  } catch (thrown) {
    throw thrown instanceof UploadError && thrown.code === 'network' && expiresAt <= now()
      ? createExpiredError(thrown)
      : thrown
  }
}

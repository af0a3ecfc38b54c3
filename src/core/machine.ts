import type { UploadError, UploadErrorCode, UploadPhase } from '../protocol/errors.ts'
import type { Receipt, Ticket } from '../protocol/ticket.ts'

/** The state of an upload. There are exactly six statuses; all other data belongs to one of them. */
export type UploadState<Result> =
  | Idle
  | Busy
  | { readonly status: 'done'; readonly result: Result }
  | { readonly status: 'error'; readonly error: UploadError; readonly resume: Busy }

/** In the queue. The queue skips canceled and held uploads. `resume` is the step that the upload starts with. */
export interface Idle {
  readonly status: 'idle'
  readonly canceled: boolean
  readonly held: boolean
  readonly resume?: Exclude<Busy, { step: 'preparing' }>
}

/** A busy step waits for exactly one effect or, when paused, for the `resume` event. */
export type Busy =
  | { readonly status: 'starting'; readonly step: 'preparing' }
  /** `ticketToRenew` keeps its key and its stored parts. */
  | ({ readonly status: 'starting'; readonly step: 'presigning'; readonly renews?: Ticket } & Run)
  /** Has a ticket and waits for a connection. */
  | ({ readonly status: 'starting'; readonly step: 'ready'; readonly ticket: Ticket } & Run)
  | ({ readonly status: 'uploading'; readonly ticket: Ticket; readonly paused: boolean } & Run)
  | ({
      readonly status: 'finishing'
      readonly step: 'assembling' | 'confirming'
      readonly receipt: Receipt
    } & Run)

/** Data that is carried from step to step. */
interface Run {
  /** Attempts to send the bytes, including the current one. Counts from 1. */
  readonly attempt: number
  /** Fraction 0 to 1 of the bytes. Never decreases when bytes are sent again, only when stored bytes were lost. */
  readonly progress: number
  /** Automatic recoveries from an error since the last progress. */
  readonly detours: number
  /** `recoveries` at the last restart. Re-sending lost bytes is no progress: the budget never resets below this. */
  readonly lost: number
  /** Expiry of the ticket, in epoch milliseconds by this browser's clock. */
  readonly endsAt: number
  /** Whether the step failed and waits for its automatic retry. */
  readonly waiting: boolean
}

export type UploadEvent<Result> =
  | { readonly type: 'start' }
  | { readonly type: 'prepared' }
  | { readonly type: 'presigned'; readonly ticket: Ticket; readonly endsAt: number }
  | { readonly type: 'granted'; readonly now: number }
  | { readonly type: 'progressed'; readonly progress: number }
  /** The step failed and waits for its retry. */
  | { readonly type: 'held'; readonly error: UploadError }
  /** The step runs again after `retryScheduled`. */
  | { readonly type: 'repeated' }
  | { readonly type: 'sent'; readonly receipt: Receipt }
  | { readonly type: 'assembled' }
  | { readonly type: 'confirmed'; readonly result: Result }
  | { readonly type: 'failed'; readonly error: UploadError; readonly now: number }
  | { readonly type: 'pause' }
  | { readonly type: 'resume'; readonly now: number }
  /** The backend has deleted the stored bytes and no longer knows this ticket. */
  | { readonly type: 'deleted'; readonly ticket: Ticket }
  | { readonly type: 'cancel' }
  /** `now` is in epoch milliseconds, also above: an expired ticket is renewed before it is used. */
  | { readonly type: 'retry'; readonly now: number }

/** Work outside of the machine. The machine only names it; the uploader runs it. */
export type UploadEffect =
  | { readonly type: 'prepare' }
  /** `ticketToDiscard`: its bytes are lost or were refused. */
  | { readonly type: 'presign'; readonly renews?: Ticket; readonly replaced?: Ticket }
  | { readonly type: 'acquire' }
  | { readonly type: 'send'; readonly ticket: Ticket; readonly endsAt: number; readonly resumed: boolean }
  | { readonly type: 'assemble'; readonly receipt: Receipt }
  | { readonly type: 'confirm'; readonly receipt: Receipt }
  | { readonly type: 'discard'; readonly ticket: Ticket }

export type Step<Result> = readonly [state: UploadState<Result>, effect?: UploadEffect]

/**
 * Computes the next state and the effect that it needs. A late or impossible event returns the same object, so that
 * listeners are not called and nothing renders. The code that runs the effects must abort an effect when its step ends.
 */
export function transition<Result>(state: UploadState<Result>, event: UploadEvent<Result>): Step<Result> {
  if (event.type === 'failed') return fail(state, event.error, event.now)
  if (event.type === 'cancel') return cancel(state)
  if (event.type === 'deleted') return forget(state, event.ticket)
  if (event.type === 'held') return [isRunning(state) && !state.waiting ? { ...state, waiting: true } : state]
  if (event.type === 'repeated' && isRunning(state)) {
    const attempt = state.attempt + (state.status === 'uploading' ? 1 : 0)
    return [{ ...state, waiting: false, attempt }]
  }

  switch (state.status) {
    case 'idle':
      if (event.type === 'start' && !state.canceled && !state.held)
        return begin(state.resume ?? { status: 'starting', step: 'preparing' })
      if (event.type === 'retry' && state.canceled) return [waitingIdle]
      if (event.type === 'pause' && !state.canceled && !state.held) return [{ ...state, held: true }]
      if (event.type === 'resume' && state.held) return [{ ...state, held: false }]
      break

    case 'starting':
      if (event.type === 'pause') return [hold(state)]
      if (state.step === 'preparing' && event.type === 'prepared') return begin(fresh(1, 0))
      if (state.step === 'presigning' && event.type === 'presigned') {
        const { ticket, endsAt } = event
        return begin({ ...runOf(state), status: 'starting', step: 'ready', ticket, endsAt })
      }
      if (state.step === 'ready' && event.type === 'granted') {
        // The ticket expired while the upload waited for a connection.
        if (state.endsAt <= event.now) return begin(renewal(state, state.ticket))
        return begin({ ...runOf(state), status: 'uploading', ticket: state.ticket, paused: false })
      }
      break

    case 'uploading':
      if (event.type === 'pause' && !state.paused) return [{ ...state, paused: true, waiting: false }]
      if (event.type === 'resume' && state.paused) {
        const resumed = { ...state, paused: false, attempt: state.attempt + 1 }
        return begin(state.endsAt <= event.now ? renewal(resumed, state.ticket) : resumed)
      }
      if (state.paused) break
      if (event.type === 'progressed' && event.progress > state.progress) {
        // Progress means the recovery worked; reset the budget.
        return [{ ...state, progress: event.progress, detours: state.lost, waiting: false }]
      }
      if (event.type === 'sent') {
        const step = state.ticket.kind === 'multipart' ? 'assembling' : 'confirming'
        return begin({ ...runOf(state), status: 'finishing', step, receipt: event.receipt })
      }
      break

    case 'finishing':
      if (state.step === 'assembling' && event.type === 'assembled')
        return begin({ ...state, step: 'confirming' })
      if (state.step === 'confirming' && event.type === 'confirmed')
        return [{ status: 'done', result: event.result }]
      break

    case 'error':
      // A manual retry resets the recovery budget.
      if (event.type === 'retry') {
        const failed = 'attempt' in state.resume ? { ...state.resume, detours: 0, lost: 0 } : state.resume
        return resume(failed, state.error.code, event.now)
      }
      break

    case 'done':
      break
  }
  return [state]
}

/** Enters a busy step with the one effect that it waits for. */
function begin(state: Busy): Step<never> {
  switch (state.status) {
    case 'starting':
      if (state.step === 'preparing') return [state, { type: 'prepare' }]
      if (state.step === 'presigning') {
        return [state, { type: 'presign', ...(state.renews && { renews: state.renews }) }]
      }
      return [state, { type: 'acquire' }]
    case 'uploading':
      return [state, { type: 'send', ticket: state.ticket, endsAt: state.endsAt, resumed: state.attempt > 1 }]
    case 'finishing':
      return [state, { type: state.step === 'assembling' ? 'assemble' : 'confirm', receipt: state.receipt }]
  }
}

const waitingIdle: Idle = { status: 'idle', canceled: false, held: false }

function cancel<Result>(state: UploadState<Result>): Step<Result> {
  if (!isBusy(state) && !(state.status === 'idle' && !state.canceled)) return [state]
  const ticket = ticketOf(state)
  const idle = { ...waitingIdle, canceled: true }
  return ticket ? [idle, { type: 'discard', ticket }] : [idle]
}

/** Pauses a step that sends no bytes. An upload with progress stays `uploading`, to keep showing it. */
function hold(state: Extract<Busy, { status: 'starting' }>): UploadState<never> {
  if (state.step === 'preparing') return { ...waitingIdle, held: true }
  const ticket = ticketOf(state)
  const endsAt = state.step === 'ready' ? state.endsAt : 0 // a ticket in renewal counts as expired
  if (ticket && state.progress > 0) {
    return { ...runOf(state), status: 'uploading', ticket, endsAt, attempt: state.attempt - 1, paused: true }
  }
  return { ...waitingIdle, held: true, resume: { ...state, waiting: false } }
}

/** Restarts from presign, now or on the next retry, because the backend has deleted the bytes and the ticket. */
function forget<Result>(state: UploadState<Result>, ticket: Ticket): Step<Result> {
  const run = 'resume' in state ? state.resume : state
  if (ticketOf(state)?.key !== ticket.key || !('attempt' in run)) return [state]
  const presigning = fresh(run.attempt + 1, run.detours)
  if (state.status === 'error' || state.status === 'idle') return [{ ...state, resume: presigning }]
  if (state.status === 'uploading' && state.paused)
    return [{ ...waitingIdle, held: true, resume: presigning }]
  return [presigning, { type: 'presign' }]
}

/** Errors that a renewed signature may fix. The key and the stored parts are kept. */
const renewing: readonly UploadErrorCode[] = ['expired', 'clock-skew', 'signature', 'forbidden']
/** Errors that mean that the sent bytes are not in storage. */
const lost: readonly UploadErrorCode[] = ['gone', 'not-stored', 'mismatch']
/** Errors that mean that storage refuses the bytes: restart with a new ticket. */
const refused: readonly UploadErrorCode[] = ['rejected', 'too-large', 'wrong-type']
/** Errors that trigger an automatic recovery. */
const detours: readonly UploadErrorCode[] = ['expired', 'clock-skew', ...lost]
const maxDetours = 2

/** Recovers automatically up to `maxRecoveries` times, then fails and keeps the step to resume. */
function fail<Result>(state: UploadState<Result>, error: UploadError, now: number): Step<Result> {
  if (!isBusy(state)) return [state]
  if ('attempt' in state && state.detours < maxDetours && detours.includes(error.code)) {
    return resume({ ...state, detours: state.detours + 1 }, error.code, now)
  }
  return [{ status: 'error', error, resume: state }]
}

/** Runs the failed step again and not the whole upload: a failed confirm never sends the bytes again. */
function resume(failed: Busy, code: UploadErrorCode, now: number): Step<never> {
  const ticket = ticketOf(failed)
  // Also when the ticket can no longer be renewed.
  const restarts =
    lost.includes(code) || (failed.status === 'uploading' ? refused.includes(code) : code === 'expired')
  switch (failed.status) {
    case 'starting':
      return ticket && restarts && failed.step === 'presigning' ? restart(failed, ticket) : begin(failed)
    case 'uploading':
      if (restarts) return restart(failed, failed.ticket)
      if (renewing.includes(code) || failed.endsAt <= now) {
        return begin(renewal({ ...failed, attempt: failed.attempt + 1 }, failed.ticket))
      }
      return begin(ready(failed, failed.ticket))
    case 'finishing': {
      const { receipt, step } = failed
      // The backend knows the upload, but some of its parts are missing.
      if (step === 'assembling' && (code === 'not-stored' || code === 'mismatch'))
        return begin(ready(failed, receipt.ticket))
      return restarts ? restart(failed, receipt.ticket) : begin(failed) // the bytes are stored
    }
  }
}

function ready(run: Run, ticket: Ticket): Busy {
  return { ...runOf(run), status: 'starting', step: 'ready', ticket, attempt: run.attempt + 1 }
}

function renewal(run: Run, renews: Ticket): Busy {
  return { ...runOf(run), status: 'starting', step: 'presigning', renews }
}

function restart(run: Run, replaced: Ticket): Step<never> {
  return [fresh(run.attempt + 1, run.detours), { type: 'presign', replaced }]
}

function fresh(attempt: number, taken: number) {
  return {
    status: 'starting',
    step: 'presigning',
    attempt,
    progress: 0,
    detours: taken,
    lost: taken,
    endsAt: Infinity,
    waiting: false,
  } as const
}

function runOf({ attempt, progress, detours: taken, lost: begun, endsAt }: Run): Run {
  return { attempt, progress, detours: taken, lost: begun, endsAt, waiting: false }
}

/** Whether the current step can be retried: it is not paused, and not `preparing`, which uses no network. */
function isRunning(state: UploadState<unknown>): state is Exclude<Busy, { step: 'preparing' }> {
  return isBusy(state) && 'attempt' in state && !(state.status === 'uploading' && state.paused)
}

export function isBusy(state: UploadState<unknown>): state is Busy {
  return state.status === 'starting' || state.status === 'uploading' || state.status === 'finishing'
}

/** Returns the ticket of a state, to pass to `discard` when the item is removed before it is done. */
export function ticketOf(state: UploadState<unknown>): Ticket | undefined {
  if (state.status === 'error' || state.status === 'idle') return state.resume && ticketOf(state.resume)
  if (state.status === 'finishing') return state.receipt.ticket
  if (state.status === 'uploading') return state.ticket
  if (state.status !== 'starting' || state.step === 'preparing') return undefined
  return state.step === 'ready' ? state.ticket : state.renews
}

/** Returns the phase of a failure in this state. */
export function phaseOf(state: UploadState<unknown>): UploadPhase {
  return state.status === 'uploading' || state.status === 'finishing' ? state.status : 'starting'
}

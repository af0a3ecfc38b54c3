import type { UploadError, UploadErrorCode, UploadPhase } from '../protocol/errors.ts'
import type { Receipt, Ticket } from '../protocol/ticket.ts'

/** Where an upload is. Exactly six statuses; everything else rides inside them. */
export type UploadState<Result> =
  | Idle
  | Busy
  | { readonly status: 'done'; readonly result: Result }
  | { readonly status: 'error'; readonly error: UploadError; readonly resume: Busy }

/** Waits its turn; the queue skips what a person canceled or held. `resume` is the step that it begins with. */
export interface Idle {
  readonly status: 'idle'
  readonly canceled: boolean
  readonly held: boolean
  readonly resume?: Exclude<Busy, { step: 'preparing' }>
}

/** A busy step waits for exactly one effect, or, when paused, for `resume`. */
export type Busy =
  | { readonly status: 'starting'; readonly step: 'preparing' }
  /** With the ticket that is to have a new life, if there is one: it keeps its key and its stored parts. */
  | ({ readonly status: 'starting'; readonly step: 'presigning'; readonly renews?: Ticket } & Run)
  /** Holds a ticket and waits for a connection. */
  | ({ readonly status: 'starting'; readonly step: 'ready'; readonly ticket: Ticket } & Run)
  | ({ readonly status: 'uploading'; readonly ticket: Ticket; readonly paused: boolean } & Run)
  | ({
      readonly status: 'finishing'
      readonly step: 'assembling' | 'confirming'
      readonly receipt: Receipt
    } & Run)

/** What an upload carries from step to step. */
interface Run {
  /** How often bytes were sent, or about to be. Counts from 1. */
  readonly attempt: number
  /** Fraction 0 to 1 of the bytes. Never falls, whatever is sent again, unless stored bytes were lost. */
  readonly progress: number
  /** How often it has helped itself past an error by a detour. */
  readonly detours: number
  /** How many of these it had taken when it last began anew: sending lost bytes again is no getting on. */
  readonly lost: number
  /** When its ticket ends, in epoch milliseconds by this browser's clock. */
  readonly endsAt: number
  /** Whether it waits to try again, for the network or because it was asked to. */
  readonly waiting: boolean
}

export type UploadEvent<Result> =
  | { readonly type: 'start' }
  | { readonly type: 'prepared' }
  | { readonly type: 'presigned'; readonly ticket: Ticket; readonly endsAt: number }
  | { readonly type: 'granted'; readonly now: number }
  | { readonly type: 'progressed'; readonly progress: number }
  /** The step did not work out, and waits to be tried again. */
  | { readonly type: 'held'; readonly error: UploadError }
  /** The same step is tried once more. */
  | { readonly type: 'repeated' }
  | { readonly type: 'sent'; readonly receipt: Receipt }
  | { readonly type: 'assembled' }
  | { readonly type: 'confirmed'; readonly result: Result }
  | { readonly type: 'failed'; readonly error: UploadError; readonly now: number }
  | { readonly type: 'pause' }
  | { readonly type: 'resume'; readonly now: number }
  /** The backend has deleted what was stored for this ticket, and knows it no more. */
  | { readonly type: 'deleted'; readonly ticket: Ticket }
  | { readonly type: 'cancel' }
  /** `now`, here and above, is epoch milliseconds: a ticket that has run out is renewed before it is used. */
  | { readonly type: 'retry'; readonly now: number }

/** Work for the outside world. The machine names it and never does it. */
export type UploadEffect =
  | { readonly type: 'prepare' }
  /** `replaced` is discarded: its bytes are lost or were refused. */
  | { readonly type: 'presign'; readonly renews?: Ticket; readonly replaced?: Ticket }
  | { readonly type: 'acquire' }
  | { readonly type: 'send'; readonly ticket: Ticket; readonly endsAt: number; readonly resumed: boolean }
  | { readonly type: 'assemble'; readonly receipt: Receipt }
  | { readonly type: 'confirm'; readonly receipt: Receipt }
  | { readonly type: 'discard'; readonly ticket: Ticket }

export type Step<Result> = readonly [state: UploadState<Result>, effect?: UploadEffect]

/**
 * The whole life of an upload. A late or impossible event returns the same object, so nobody is told and nothing
 * renders. Leaving a step aborts its effect; whoever runs the effects sees to that.
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
        // It would not outlive its wait.
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
        // Who gets on has helped itself well.
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
      // A person's patience is fresh hope.
      if (event.type === 'retry') {
        const failed = 'detours' in state.resume ? { ...state.resume, detours: 0, lost: 0 } : state.resume
        return resume(failed, state.error.code, event.now)
      }
      break

    case 'done':
      break
  }
  return [state]
}

/** Enters a busy step together with the one effect that it waits for. */
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

/** Pauses a step before any byte leaves. An upload that has progress to show stays `uploading`. */
function hold(state: Extract<Busy, { status: 'starting' }>): UploadState<never> {
  if (state.step === 'preparing') return { ...waitingIdle, held: true }
  const ticket = ticketOf(state)
  const endsAt = state.step === 'ready' ? state.endsAt : 0 // one that was being renewed is not used as it is
  if (ticket && state.progress > 0) {
    return { ...runOf(state), status: 'uploading', ticket, endsAt, attempt: state.attempt - 1, paused: true }
  }
  return { ...waitingIdle, held: true, resume: { ...state, waiting: false } }
}

/** The bytes and the ticket are gone at the backend: the upload begins with presign, now or when it is retried. */
function forget<Result>(state: UploadState<Result>, ticket: Ticket): Step<Result> {
  const run = 'resume' in state ? state.resume : state
  if (ticketOf(state)?.key !== ticket.key || !('attempt' in run)) return [state]
  const presigning = fresh(run.attempt + 1, run.detours)
  if (state.status === 'error' || state.status === 'idle') return [{ ...state, resume: presigning }]
  if (state.status === 'uploading' && state.paused)
    return [{ ...waitingIdle, held: true, resume: presigning }]
  return [presigning, { type: 'presign' }]
}

/** Another signature may help; the key and the stored parts stay. */
const renewing: readonly UploadErrorCode[] = ['expired', 'clock-skew', 'signature', 'forbidden']
/** What was sent is not there. */
const lost: readonly UploadErrorCode[] = ['gone', 'not-stored', 'mismatch']
/** What was sent is not accepted as it is: begin with another ticket. */
const refused: readonly UploadErrorCode[] = ['rejected', 'too-large', 'wrong-type']
/** What another way round may mend without anybody asking for it. */
const detours: readonly UploadErrorCode[] = ['expired', 'clock-skew', ...lost]
const maxDetours = 2

/** An upload helps itself as long as there is hope; then it is in error, and remembers where it was. */
function fail<Result>(state: UploadState<Result>, error: UploadError, now: number): Step<Result> {
  if (!isBusy(state)) return [state]
  if ('detours' in state && state.detours < maxDetours && detours.includes(error.code)) {
    return resume({ ...state, detours: state.detours + 1 }, error.code, now)
  }
  return [{ status: 'error', error, resume: state }]
}

/** A retry repeats the failed step and not the whole upload: a failed confirm never sends the bytes again. */
function resume(failed: Busy, code: UploadErrorCode, now: number): Step<never> {
  const ticket = ticketOf(failed)
  // Also a renewal for which it is too late.
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
      // The backend knows the upload and misses some of its parts.
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

/** Has a step that can be repeated: not paused, and past what happens before the network is needed. */
function isRunning(state: UploadState<unknown>): state is Exclude<Busy, { step: 'preparing' }> {
  return isBusy(state) && 'waiting' in state && !(state.status === 'uploading' && state.paused)
}

export function isBusy(state: UploadState<unknown>): state is Busy {
  return state.status === 'starting' || state.status === 'uploading' || state.status === 'finishing'
}

/** The ticket that a state holds: what `discard` is told when the item goes before it is done. */
export function ticketOf(state: UploadState<unknown>): Ticket | undefined {
  if (state.status === 'error' || state.status === 'idle') return state.resume && ticketOf(state.resume)
  if (state.status === 'finishing') return state.receipt.ticket
  if (state.status === 'uploading') return state.ticket
  if (state.status !== 'starting' || state.step === 'preparing') return undefined
  return state.step === 'ready' ? state.ticket : state.renews
}

/** The phase that a failure in this state belongs to. */
export function phaseOf(state: UploadState<unknown>): UploadPhase {
  return state.status === 'uploading' || state.status === 'finishing' ? state.status : 'starting'
}

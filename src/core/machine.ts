import type { UploadError, UploadErrorCode, UploadPhase } from '../protocol/errors.ts'
import type { Receipt, Ticket } from '../protocol/ticket.ts'
import { canRecover, lostCodes, refusedCodes, renewableCodes } from './recovery.ts'

/** The state of an upload. There are exactly six statuses; all other data belongs to one of them. */
export type UploadState<Result> =
  | IdleState
  | BusyState
  | { readonly status: 'done'; readonly result: Result }
  | { readonly status: 'error'; readonly error: UploadError; readonly resume: BusyState }

/** Waits in the queue. The queue skips canceled and held uploads. `resume` is the step that the upload starts with. */
export interface IdleState {
  readonly status: 'idle'
  readonly canceled: boolean
  readonly held: boolean
  readonly resume?: Exclude<BusyState, { step: 'preparing' }>
}

/** A busy step waits for exactly one effect or, when paused, for the `resume` event. */
export type BusyState =
  | { readonly status: 'starting'; readonly step: 'preparing' }
  /** `ticketToRenew` keeps its key and its stored parts. */
  | ({ readonly status: 'starting'; readonly step: 'presigning'; readonly ticketToRenew?: Ticket } & Run)
  /** Has a ticket and waits for a connection. */
  | ({ readonly status: 'starting'; readonly step: 'ready'; readonly ticket: Ticket } & Run)
  | ({ readonly status: 'uploading'; readonly ticket: Ticket; readonly paused: boolean } & Run)
  | ({
      readonly status: 'finishing'
      readonly step: 'assembling' | 'confirming'
      readonly receipt: Receipt
      /** Paused: the step continues, but bytes that turn out to be lost are not sent again before `resume`. */
      readonly held?: boolean
    } & Run)

/** Data that is carried from step to step. */
interface Run {
  /** Attempts to send the bytes, including the current one. Counts from 1. */
  readonly attempt: number
  /** Fraction 0 to 1 of the bytes. Never decreases when bytes are sent again, only when stored bytes were lost. */
  readonly progress: number
  /** Number of automatic recoveries from errors since the last progress. */
  readonly recoveries: number
  /** `recoveries` at the last restart. Re-sending lost bytes is not progress, so the budget never resets below this. */
  readonly recoveriesAtRestart: number
  /** Expiry of the ticket, in epoch milliseconds by this browser's clock. */
  readonly expiresAt: number
  /** Whether the step failed and waits for its automatic retry. */
  readonly retrying: boolean
}

export type UploadEvent<Result> =
  | { readonly type: 'start' }
  | { readonly type: 'prepared' }
  | { readonly type: 'presigned'; readonly ticket: Ticket; readonly expiresAt: number }
  | { readonly type: 'connected'; readonly now: number }
  | { readonly type: 'progressed'; readonly progress: number }
  | { readonly type: 'retryScheduled'; readonly error: UploadError }
  | { readonly type: 'retried' }
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
  /** `ticketToDiscard`: a ticket that must not be used again, because storage lost or refused the bytes sent with it. */
  | { readonly type: 'presign'; readonly ticketToRenew?: Ticket; readonly ticketToDiscard?: Ticket }
  | { readonly type: 'acquire' }
  | { readonly type: 'send'; readonly ticket: Ticket; readonly expiresAt: number; readonly resumed: boolean }
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
  if (event.type === 'deleted') return restartAfterDeletion(state, event.ticket)
  if (event.type === 'retryScheduled')
    return [usesNetwork(state) && !state.retrying ? { ...state, retrying: true } : state]
  if (event.type === 'retried' && usesNetwork(state)) {
    const attempt = state.attempt + (state.status === 'uploading' ? 1 : 0)
    return [{ ...state, retrying: false, attempt }]
  }

  switch (state.status) {
    case 'idle':
      if (event.type === 'start' && !state.canceled && !state.held)
        return begin(state.resume ?? { status: 'starting', step: 'preparing' })
      if (event.type === 'retry' && state.canceled) return [queuedState]
      if (event.type === 'pause' && !state.canceled && !state.held) return [{ ...state, held: true }]
      if (event.type === 'resume' && state.held) return [{ ...state, held: false }]
      break

    case 'starting':
      if (event.type === 'pause') return [pauseBeforeSend(state)]
      if (state.step === 'preparing' && event.type === 'prepared') return begin(newPresigning(1, 0))
      if (state.step === 'presigning' && event.type === 'presigned') {
        const { ticket, expiresAt } = event
        return begin({ ...runOf(state), status: 'starting', step: 'ready', ticket, expiresAt })
      }
      if (state.step === 'ready' && event.type === 'connected') {
        // The ticket expired while the upload waited for a connection.
        if (state.expiresAt <= event.now) return begin(renewalState(state, state.ticket))
        return begin({ ...runOf(state), status: 'uploading', ticket: state.ticket, paused: false })
      }
      break

    case 'uploading':
      if (event.type === 'pause' && !state.paused) return [{ ...state, paused: true, retrying: false }]
      if (event.type === 'resume' && state.paused) {
        const resumed = { ...state, paused: false, attempt: state.attempt + 1 }
        return begin(state.expiresAt <= event.now ? renewalState(resumed, state.ticket) : resumed)
      }
      if (state.paused) break
      if (event.type === 'progressed' && event.progress > state.progress) {
        // Progress means the recovery worked; reset the budget.
        const { recoveriesAtRestart: recoveries } = state
        return [{ ...state, progress: event.progress, recoveries, retrying: false }]
      }
      if (event.type === 'sent') {
        const step = state.ticket.kind === 'multipart' ? 'assembling' : 'confirming'
        return begin({ ...runOf(state), status: 'finishing', step, receipt: event.receipt })
      }
      break

    case 'finishing':
      if (event.type === (state.held ? 'resume' : 'pause')) return [{ ...state, held: !state.held }]
      if (state.step === 'assembling' && event.type === 'assembled')
        return begin({ ...state, step: 'confirming' })
      if (state.step === 'confirming' && event.type === 'confirmed')
        return [{ status: 'done', result: event.result }]
      break

    case 'error':
      // A manual retry resets the recovery budget.
      if (event.type === 'retry') {
        const step = state.resume
        const failed = 'attempt' in step ? { ...step, recoveries: 0, recoveriesAtRestart: 0 } : step
        return resume(failed, state.error.code, event.now)
      }
      break

    case 'done':
      break
  }
  return [state]
}

/** Enters a busy step with the one effect that it waits for. */
function begin(state: BusyState): Step<never> {
  switch (state.status) {
    case 'starting':
      if (state.step === 'preparing') return [state, { type: 'prepare' }]
      if (state.step === 'presigning') {
        const { ticketToRenew } = state
        return [state, { type: 'presign', ...(ticketToRenew && { ticketToRenew }) }]
      }
      return [state, { type: 'acquire' }]
    case 'uploading': {
      const { ticket, expiresAt, attempt } = state
      return [state, { type: 'send', ticket, expiresAt, resumed: attempt > 1 }]
    }
    case 'finishing':
      return [state, { type: state.step === 'assembling' ? 'assemble' : 'confirm', receipt: state.receipt }]
  }
}

const queuedState: IdleState = { status: 'idle', canceled: false, held: false }

function cancel<Result>(state: UploadState<Result>): Step<Result> {
  if (!isBusy(state) && !(state.status === 'idle' && !state.canceled)) return [state]
  const ticket = ticketOf(state)
  const idle = { ...queuedState, canceled: true }
  return ticket ? [idle, { type: 'discard', ticket }] : [idle]
}

/** Pauses a step that sends no bytes. An upload with progress stays `uploading`, to keep showing it. */
function pauseBeforeSend(state: Extract<BusyState, { status: 'starting' }>): UploadState<never> {
  if (state.step === 'preparing') return { ...queuedState, held: true }
  const ticket = ticketOf(state)
  const expiresAt = state.step === 'ready' ? state.expiresAt : 0 // a ticket in renewal counts as expired
  if (ticket && state.progress > 0) {
    const attempt = state.attempt - 1
    return { ...runOf(state), status: 'uploading', ticket, expiresAt, attempt, paused: true }
  }
  return { ...queuedState, held: true, resume: { ...state, retrying: false } }
}

/** Holds the restart of an upload that was paused while it finished. */
function holdRestart(from: UploadState<unknown>, next: Step<never>): Step<never> {
  const [state, effect] = next
  if (from.status !== 'finishing' || !from.held || state.status !== 'starting') return next
  const ticket = effect?.type === 'presign' && effect.ticketToDiscard
  return ticket ? [pauseBeforeSend(state), { type: 'discard', ticket }] : [pauseBeforeSend(state)]
}

/** Restarts from presign, now or on the next retry, because the backend has deleted the bytes and the ticket. */
function restartAfterDeletion<Result>(state: UploadState<Result>, ticket: Ticket): Step<Result> {
  const run = 'resume' in state ? state.resume : state
  if (ticketOf(state)?.key !== ticket.key || !('attempt' in run)) return [state]
  const presigning = newPresigning(run.attempt + 1, run.recoveries)
  if (state.status === 'error' || state.status === 'idle') return [{ ...state, resume: presigning }]
  if (state.status === 'uploading' && state.paused)
    return [{ ...queuedState, held: true, resume: presigning }]
  return holdRestart(state, [presigning, { type: 'presign' }])
}

/** Recovers automatically a few times, then fails and keeps the step to resume. */
function fail<Result>(state: UploadState<Result>, error: UploadError, now: number): Step<Result> {
  if (!isBusy(state)) return [state]
  if ('attempt' in state && canRecover(error.code, state.recoveries))
    return holdRestart(state, resume({ ...state, recoveries: state.recoveries + 1 }, error.code, now))
  return [
    { status: 'error', error, resume: state.status === 'finishing' ? { ...state, held: false } : state },
  ]
}

/** Runs the failed step again and not the whole upload: a failed confirm never sends the bytes again. */
function resume(failed: BusyState, code: UploadErrorCode, now: number): Step<never> {
  const ticket = ticketOf(failed)
  // Restarts, too, when the ticket can no longer be renewed.
  const mustRestart =
    lostCodes.includes(code) ||
    (failed.status === 'uploading' ? refusedCodes.includes(code) : code === 'expired')
  switch (failed.status) {
    case 'starting':
      return ticket && mustRestart && failed.step === 'presigning' ? restart(failed, ticket) : begin(failed)
    case 'uploading':
      if (mustRestart) return restart(failed, failed.ticket)
      if (renewableCodes.includes(code) || failed.expiresAt <= now) {
        return begin(renewalState({ ...failed, attempt: failed.attempt + 1 }, failed.ticket))
      }
      return begin(readyState(failed, failed.ticket))
    case 'finishing': {
      const { receipt, step } = failed
      // The backend knows the upload, but some of its parts are missing.
      if (step === 'assembling' && (code === 'not-stored' || code === 'mismatch'))
        return begin(readyState(failed, receipt.ticket))
      return mustRestart ? restart(failed, receipt.ticket) : begin(failed) // the bytes are stored
    }
  }
}

function readyState(run: Run, ticket: Ticket): BusyState {
  return { ...runOf(run), status: 'starting', step: 'ready', ticket, attempt: run.attempt + 1 }
}

function renewalState(run: Run, ticketToRenew: Ticket): BusyState {
  return { ...runOf(run), status: 'starting', step: 'presigning', ticketToRenew }
}

function restart(run: Run, ticketToDiscard: Ticket): Step<never> {
  return [newPresigning(run.attempt + 1, run.recoveries), { type: 'presign', ticketToDiscard }]
}

function newPresigning(attempt: number, recoveries: number) {
  const run = { attempt, progress: 0, recoveries, recoveriesAtRestart: recoveries, expiresAt: Infinity }
  return { ...run, retrying: false, status: 'starting', step: 'presigning' } as const
}

function runOf({ attempt, progress, recoveries, recoveriesAtRestart, expiresAt }: Run): Run {
  return { attempt, progress, recoveries, recoveriesAtRestart, expiresAt, retrying: false }
}

/** Whether the current step uses the network, so that a failure can be retried: not while paused, and not `preparing`. */
function usesNetwork(state: UploadState<unknown>): state is Exclude<BusyState, { step: 'preparing' }> {
  return isBusy(state) && 'attempt' in state && !(state.status === 'uploading' && state.paused)
}

export function isBusy(state: UploadState<unknown>): state is BusyState {
  return state.status === 'starting' || state.status === 'uploading' || state.status === 'finishing'
}

/** Returns the ticket of a state, to pass to `discard` when the item is removed before it is done. */
export function ticketOf(state: UploadState<unknown>): Ticket | undefined {
  if (state.status === 'error' || state.status === 'idle') return state.resume && ticketOf(state.resume)
  if (state.status === 'finishing') return state.receipt.ticket
  if (state.status === 'uploading') return state.ticket
  if (state.status !== 'starting' || state.step === 'preparing') return undefined
  return state.step === 'ready' ? state.ticket : state.ticketToRenew
}

export function phaseOf(state: UploadState<unknown>): UploadPhase {
  return state.status === 'uploading' || state.status === 'finishing' ? state.status : 'starting'
}

import type { UploadError, UploadErrorCode } from '../../protocol/errors.ts'
import type { Ticket } from '../../protocol/ticket.ts'
import { isBeforePresign, transitionBeforePresign } from './before-presign.ts'
import { canRecover, lostCodes, refusedCodes, renewableCodes } from './recovery.ts'
import { isBusy, queuedState, ticketOf } from './state.ts'
import type { IdleState, Run, RunningState, Step, UploadEffect, UploadEvent, UploadState } from './state.ts'

/**
 * Computes the next state and the effect that it needs. A late or impossible event returns the same object, so that
 * listeners are not called and nothing renders. The code that runs the effects must abort an effect when its step ends.
 */
export function transition<Result>(state: UploadState<Result>, event: UploadEvent<Result>): Step<Result> {
  if (event.type === 'prepared' && state.status === 'starting' && state.step === 'preparing')
    return begin(newPresigning(1, 0))
  if (isBeforePresign(state)) return transitionBeforePresign(state, event)
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
      // Without a step to resume it is before presign.
      if (event.type === 'start' && !state.held && state.resume) return begin(state.resume)
      if (event.type === 'pause' && !state.held) return [hold(state)]
      if (event.type === 'resume' && state.held) return [{ ...state, held: false }]
      break

    case 'starting':
      if (state.step === 'preparing') break
      if (event.type === 'pause') return [pauseBeforeSend(state)]
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
        const isExpired = state.expiresAt <= event.now
        if (event.queued)
          return [enqueue(isExpired ? renewalState(resumed, state.ticket) : readyState(state, state.ticket))]
        return begin(isExpired ? renewalState(resumed, state.ticket) : resumed)
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
      if (event.type === 'retry' && 'attempt' in state.resume) {
        const failed = { ...state.resume, recoveries: 0, recoveriesAtRestart: 0 }
        const next = resume(failed, state.error.code, event.now)
        return event.queued ? postpone(next, enqueue(next[0])) : next
      }
      break

    case 'done':
      break
  }
  return [state]
}

type RunningStep = readonly [state: RunningState, effect: UploadEffect]

/** Enters a busy step with the one effect that it waits for. */
function begin(state: RunningState): RunningStep {
  switch (state.status) {
    case 'starting':
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

function cancel<Result>(state: UploadState<Result>): Step<Result> {
  if (!isBusy(state) && !(state.status === 'idle' && !state.canceled)) return [state]
  const ticket = ticketOf(state)
  const idle = { ...queuedState, canceled: true }
  return ticket ? [idle, { type: 'discard', ticket }] : [idle]
}

/** Pauses a step that sends no bytes. An upload with progress stays `uploading`, to keep showing it. */
function pauseBeforeSend(state: Extract<RunningState, { status: 'starting' }>): UploadState<never> {
  const ticket = ticketOf(state)
  const expiresAt = state.step === 'ready' ? state.expiresAt : 0 // a ticket in renewal counts as expired
  if (ticket && state.progress > 0) {
    const attempt = state.attempt - 1
    return { ...runOf(state), status: 'uploading', ticket, expiresAt, attempt, paused: true }
  }
  return { ...queuedState, held: true, resume: { ...state, retrying: false } }
}

/** Pauses an upload in the queue. */
function hold(state: IdleState): UploadState<never> {
  return state.resume?.status === 'starting' ? pauseBeforeSend(state.resume) : { ...state, held: true }
}

/** Holds the restart of an upload that was paused while it finished. */
function holdRestart(from: UploadState<unknown>, next: RunningStep): Step<never> {
  const [state] = next
  if (from.status !== 'finishing' || !from.held || state.status !== 'starting') return next
  return postpone(next, pauseBeforeSend(state))
}

function enqueue(step: RunningState): IdleState {
  return { ...queuedState, resume: step }
}

/** Replaces a step by a state that waits. A ticket that the step would discard is discarded now. */
function postpone([, effect]: RunningStep, waiting: UploadState<never>): Step<never> {
  const ticket = effect?.type === 'presign' && effect.ticketToDiscard
  return ticket ? [waiting, { type: 'discard', ticket }] : [waiting]
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
  if (!isRunning(state)) return [state]
  if (canRecover(error.code, state.recoveries))
    return holdRestart(state, resume({ ...state, recoveries: state.recoveries + 1 }, error.code, now))
  return [
    { status: 'error', error, resume: state.status === 'finishing' ? { ...state, held: false } : state },
  ]
}

/** Runs the failed step again and not the whole upload: a failed confirm never sends the bytes again. */
function resume(failed: RunningState, code: UploadErrorCode, now: number): RunningStep {
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

function readyState(run: Run, ticket: Ticket): RunningState {
  return { ...runOf(run), status: 'starting', step: 'ready', ticket, attempt: run.attempt + 1 }
}

function renewalState(run: Run, ticketToRenew: Ticket): RunningState {
  return { ...runOf(run), status: 'starting', step: 'presigning', ticketToRenew }
}

function restart(run: Run, ticketToDiscard: Ticket): RunningStep {
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
function usesNetwork(state: UploadState<unknown>): state is RunningState {
  return isRunning(state) && !(state.status === 'uploading' && state.paused)
}

function isRunning(state: UploadState<unknown>): state is RunningState {
  return isBusy(state) && 'attempt' in state
}

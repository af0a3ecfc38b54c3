import type { UploadError, UploadErrorCode } from '../../protocol/errors.ts'
import type { Ticket } from '../../protocol/ticket.ts'
import { isBeforePresign, transitionBeforePresign } from './before-presign.ts'
import { canRecover, lostBytesCodes, refusedBytesCodes, renewableCodes } from './recovery.ts'
import { isBusy, queuedState, ticketOf } from './state.ts'
import type {
  IdleState,
  RunningStateBase,
  RunningState,
  Transition,
  UploadEffect,
  UploadEvent,
  UploadState,
} from './state.ts'

/**
 * Computes the next state and the effect that it needs. A late or impossible event returns the same object, so that
 * listeners are not called and nothing renders. The code that runs the effects must abort an effect when its step ends.
 */
export function transition<Result>(
  state: UploadState<Result>,
  event: UploadEvent<Result>,
): Transition<Result> {
  if (event.type === 'prepared' && state.status === 'starting' && state.step === 'preparing')
    return begin(newPresigningState(1, 0))
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
      // Starts only uploads that have a step to resume. An upload without one was never presigned, so
      // `transitionBeforePresign` starts it.
      if (event.type === 'start' && !state.held && state.resume) return begin(state.resume)
      if (event.type === 'pause' && !state.held) return [holdInQueue(state)]
      if (event.type === 'resume' && state.held) return [{ ...state, held: false }]
      break

    case 'starting':
      if (state.step === 'preparing') break
      if (event.type === 'pause') return [pauseBeforeSend(state)]
      if (state.step === 'presigning' && event.type === 'presigned') {
        const { ticket, expiresAt } = event
        return begin({ ...baseFieldsOf(state), status: 'starting', step: 'ready', ticket, expiresAt })
      }
      if (state.step === 'ready' && event.type === 'connected') {
        // The ticket expired while the upload waited for a connection.
        if (state.expiresAt <= event.now) return begin(renewalState(state, state.ticket))
        return begin({ ...baseFieldsOf(state), status: 'uploading', ticket: state.ticket, paused: false })
      }
      break

    case 'uploading':
      if (event.type === 'pause' && !state.paused) return [{ ...state, paused: true, retrying: false }]
      if (event.type === 'resume' && state.paused) {
        const resumedState = { ...state, paused: false, attempt: state.attempt + 1 }
        const isExpired = state.expiresAt <= event.now
        if (event.queued)
          return [
            enqueue(isExpired ? renewalState(resumedState, state.ticket) : readyState(state, state.ticket)),
          ]
        return begin(isExpired ? renewalState(resumedState, state.ticket) : resumedState)
      }
      if (state.paused) break
      if (event.type === 'progressed' && event.progress > state.progress) {
        // Progress shows that the recovery worked, so the recovery budget is reset.
        const { recoveriesAtRestart: recoveries } = state
        return [{ ...state, progress: event.progress, recoveries, retrying: false }]
      }
      if (event.type === 'sent') {
        const step = state.ticket.kind === 'multipart' ? 'assembling' : 'confirming'
        return begin({ ...baseFieldsOf(state), status: 'finishing', step, receipt: event.receipt })
      }
      break

    case 'finishing':
      if (event.type === (state.held ? 'resume' : 'pause')) return [{ ...state, held: !state.held }]
      if (state.step === 'assembling' && event.type === 'assembled')
        return begin({ ...state, step: 'confirming' })
      if (state.step === 'assembling') break
      if (event.type === 'confirmed') return [{ status: 'done', result: event.result }]
      if (event.type === 'checkPending') {
        const { receipt } = state
        return [
          { ...state, step: 'checking', retrying: false },
          { type: 'confirm', receipt, delayMs: event.retryAfter },
        ]
      }
      break

    case 'error':
      // A manual retry resets the recovery budget.
      if (event.type === 'retry' && 'attempt' in state.resume) {
        const failedState = { ...state.resume, recoveries: 0, recoveriesAtRestart: 0 }
        const nextTransition = resume(failedState, state.error.code, event.now)
        return event.queued ? postpone(nextTransition, enqueue(nextTransition[0])) : nextTransition
      }
      break

    case 'done':
      break
  }
  return [state]
}

type RunningTransition = readonly [state: RunningState, effect: UploadEffect]

/** Returns a busy step and the one effect that it waits for. */
function begin(state: RunningState): RunningTransition {
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

function cancel<Result>(state: UploadState<Result>): Transition<Result> {
  if (!isBusy(state) && !(state.status === 'idle' && !state.canceled)) return [state]
  const ticket = ticketOf(state)
  const canceledState = { ...queuedState, canceled: true }
  return ticket ? [canceledState, { type: 'discard', ticket }] : [canceledState]
}

/**
 * Pauses a step that sends no bytes. An upload with progress becomes `uploading` and `paused`, so that its progress
 * stays visible.
 */
function pauseBeforeSend(state: Extract<RunningState, { status: 'starting' }>): UploadState<never> {
  const ticket = ticketOf(state)
  const expiresAt = state.step === 'ready' ? state.expiresAt : 0 // a ticket in renewal counts as expired
  if (ticket && state.progress > 0) {
    const attempt = state.attempt - 1
    return { ...baseFieldsOf(state), status: 'uploading', ticket, expiresAt, attempt, paused: true }
  }
  return { ...queuedState, held: true, resume: { ...state, retrying: false } }
}

/** Pauses an upload in the queue. */
function holdInQueue(state: IdleState): UploadState<never> {
  return state.resume?.status === 'starting' ? pauseBeforeSend(state.resume) : { ...state, held: true }
}

/** Restarts an upload. If it was paused while it was `finishing`, the restart waits for the `resume` event. */
function holdRestart(
  previousState: UploadState<unknown>,
  restartTransition: RunningTransition,
): Transition<never> {
  const [state] = restartTransition
  if (previousState.status !== 'finishing' || !previousState.held || state.status !== 'starting')
    return restartTransition
  return postpone(restartTransition, pauseBeforeSend(state))
}

function enqueue(step: RunningState): IdleState {
  return { ...queuedState, resume: step }
}

/**
 * Returns `waitingState` instead of a step that would start now. If the step would discard a ticket, the returned
 * effect discards it.
 */
function postpone([, effect]: RunningTransition, waitingState: UploadState<never>): Transition<never> {
  const ticket = effect?.type === 'presign' && effect.ticketToDiscard
  return ticket ? [waitingState, { type: 'discard', ticket }] : [waitingState]
}

/** Restarts from presign, now or on the next retry, because the backend has deleted the bytes and the ticket. */
function restartAfterDeletion<Result>(state: UploadState<Result>, ticket: Ticket): Transition<Result> {
  const runningState = 'resume' in state ? state.resume : state
  if (ticketOf(state)?.key !== ticket.key || !('attempt' in runningState)) return [state]
  const presigningState = newPresigningState(runningState.attempt + 1, runningState.recoveries)
  if (state.status === 'error' || state.status === 'idle') return [{ ...state, resume: presigningState }]
  if (state.status === 'uploading' && state.paused)
    return [{ ...queuedState, held: true, resume: presigningState }]
  return holdRestart(state, [presigningState, { type: 'presign' }])
}

/** Recovers automatically at most twice without progress, then fails and keeps the step to resume. */
function fail<Result>(state: UploadState<Result>, error: UploadError, now: number): Transition<Result> {
  if (!isRunning(state)) return [state]
  if (canRecover(error.code, state.recoveries))
    return holdRestart(state, resume({ ...state, recoveries: state.recoveries + 1 }, error.code, now))
  return [
    { status: 'error', error, resume: state.status === 'finishing' ? { ...state, held: false } : state },
  ]
}

/**
 * Runs only the failed step again, not the whole upload. For example, the retry of a failed confirm does not send the
 * bytes again.
 */
function resume(failedState: RunningState, code: UploadErrorCode, now: number): RunningTransition {
  const ticket = ticketOf(failedState)
  // Outside of `uploading`, the code `expired` means that the backend can no longer renew the ticket.
  const mustRestart =
    lostBytesCodes.includes(code) ||
    (failedState.status === 'uploading' ? refusedBytesCodes.includes(code) : code === 'expired')
  switch (failedState.status) {
    case 'starting':
      return ticket && mustRestart && failedState.step === 'presigning'
        ? restart(failedState, ticket)
        : begin(failedState)
    case 'uploading':
      if (mustRestart) return restart(failedState, failedState.ticket)
      if (renewableCodes.includes(code) || failedState.expiresAt <= now) {
        return begin(renewalState({ ...failedState, attempt: failedState.attempt + 1 }, failedState.ticket))
      }
      return begin(readyState(failedState, failedState.ticket))
    case 'finishing': {
      const { receipt, step } = failedState
      // The backend knows the upload, but some of its parts are missing.
      if (step === 'assembling' && (code === 'not-stored' || code === 'mismatch'))
        return begin(readyState(failedState, receipt.ticket))
      return mustRestart ? restart(failedState, receipt.ticket) : begin(failedState) // the bytes stay stored
    }
  }
}

function readyState(baseFields: RunningStateBase, ticket: Ticket): RunningState {
  return {
    ...baseFieldsOf(baseFields),
    status: 'starting',
    step: 'ready',
    ticket,
    attempt: baseFields.attempt + 1,
  }
}

function renewalState(baseFields: RunningStateBase, ticketToRenew: Ticket): RunningState {
  return { ...baseFieldsOf(baseFields), status: 'starting', step: 'presigning', ticketToRenew }
}

function restart(baseFields: RunningStateBase, ticketToDiscard: Ticket): RunningTransition {
  return [
    newPresigningState(baseFields.attempt + 1, baseFields.recoveries),
    { type: 'presign', ticketToDiscard },
  ]
}

function newPresigningState(attempt: number, recoveries: number) {
  const baseFields = {
    attempt,
    progress: 0,
    recoveries,
    recoveriesAtRestart: recoveries,
    expiresAt: Infinity,
  }
  return { ...baseFields, retrying: false, status: 'starting', step: 'presigning' } as const
}

function baseFieldsOf({
  attempt,
  progress,
  recoveries,
  recoveriesAtRestart,
  expiresAt,
}: RunningStateBase): RunningStateBase {
  return { attempt, progress, recoveries, recoveriesAtRestart, expiresAt, retrying: false }
}

/**
 * Whether the current step uses the network, so that its failure can be retried. False while paused and while
 * `preparing`.
 */
function usesNetwork(state: UploadState<unknown>): state is RunningState {
  return isRunning(state) && !(state.status === 'uploading' && state.paused)
}

function isRunning(state: UploadState<unknown>): state is RunningState {
  return isBusy(state) && 'attempt' in state
}

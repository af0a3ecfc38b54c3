import type { UploadError, UploadPhase } from '../../protocol/errors.ts'
import type { Receipt, Ticket } from '../../protocol/ticket.ts'

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
  readonly resume?: RunningState
}

/** A busy step waits for exactly one effect or, when paused, for the `resume` event. */
export type BusyState = { readonly status: 'starting'; readonly step: 'preparing' } | RunningState

/** A busy step after `preparing`: the upload has been presigned or is being presigned. */
export type RunningState =
  /** A renewed ticket (`ticketToRenew`) keeps its key and its stored parts. */
  | ({
      readonly status: 'starting'
      readonly step: 'presigning'
      readonly ticketToRenew?: Ticket
    } & RunningStateBase)
  /** Has a ticket and waits for a connection. */
  | ({ readonly status: 'starting'; readonly step: 'ready'; readonly ticket: Ticket } & RunningStateBase)
  | ({ readonly status: 'uploading'; readonly ticket: Ticket; readonly paused: boolean } & RunningStateBase)
  | ({
      readonly status: 'finishing'
      readonly step: FinishingStep
      readonly receipt: Receipt
      /**
       * Paused by the user. The step continues. But if storage has lost the bytes, they are not sent again before
       * `resume`.
       */
      readonly held?: boolean
    } & RunningStateBase)

/**
 * A step after the bytes are stored. `checking`: the backend answered that it still checks the file, and is asked again
 * later.
 */
export type FinishingStep = 'assembling' | 'confirming' | 'checking'

/** Data of an upload that each step passes to the next one. */
export interface RunningStateBase {
  /** Attempts to send the bytes, including the current one. Counts from 1. */
  readonly attempt: number
  /** Fraction 0 to 1 of the bytes. Never decreases when bytes are sent again, only when stored bytes were lost. */
  readonly progress: number
  /** Number of automatic recoveries from errors since the last progress. */
  readonly recoveries: number
  /**
   * Value of `recoveries` at the last restart. Bytes that are sent again are not progress, so `recoveries` never
   * resets below this value.
   */
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
  /** The backend still checks the file, and wants to be asked again after `retryAfter` milliseconds. */
  | { readonly type: 'checkPending'; readonly retryAfter: number }
  | { readonly type: 'failed'; readonly error: UploadError; readonly now: number }
  | { readonly type: 'pause' }
  | { readonly type: 'resume'; readonly now: number; readonly queued?: boolean }
  /** The backend has deleted the stored bytes and no longer knows this ticket. */
  | { readonly type: 'deleted'; readonly ticket: Ticket }
  | { readonly type: 'cancel' }
  /**
   * `now` (also in the events above) is the current time in epoch milliseconds. It shows whether the ticket has
   * expired and must be renewed first. If `queued`, the step must wait in the queue, because the list already runs
   * its maximum number of uploads.
   */
  | { readonly type: 'retry'; readonly now: number; readonly queued?: boolean }

/** Work outside of the state machine. The machine only describes it, and the uploader runs it. */
export type UploadEffect =
  | { readonly type: 'prepare' }
  /** `ticketToDiscard` must not be used again, because storage lost or refused the bytes that were sent with it. */
  | { readonly type: 'presign'; readonly ticketToRenew?: Ticket; readonly ticketToDiscard?: Ticket }
  | { readonly type: 'acquire' }
  | { readonly type: 'send'; readonly ticket: Ticket; readonly expiresAt: number; readonly resumed: boolean }
  | { readonly type: 'assemble'; readonly receipt: Receipt }
  /** `delayMs`: time to wait before the request. */
  | { readonly type: 'confirm'; readonly receipt: Receipt; readonly delayMs?: number }
  | { readonly type: 'discard'; readonly ticket: Ticket }

export type Transition<Result> = readonly [state: UploadState<Result>, effect?: UploadEffect]

export const queuedState: IdleState = { status: 'idle', canceled: false, held: false }

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

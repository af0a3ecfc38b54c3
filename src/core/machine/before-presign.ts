import { queuedState } from './state.ts'
import type { BusyState, Transition, UploadEvent, UploadState } from './state.ts'

const preparingState = { status: 'starting', step: 'preparing' } as const

/** Whether an upload has made no request yet. Such an upload has no ticket, and no progress that must be kept. */
export function isBeforePresign(state: UploadState<unknown>): boolean {
  if (state.status === 'idle') return !state.resume
  const currentStep: UploadState<unknown> = state.status === 'error' ? state.resume : state
  return currentStep.status === 'starting' && currentStep.step === 'preparing'
}

/**
 * Does what `transition` does, but only for uploads that were not presigned. This function has a separate module,
 * because a page loads the module before the engine. Until the engine has loaded, an upload has no other states and no
 * `prepared` event.
 */
export function transitionBeforePresign<Result>(
  state: UploadState<Result>,
  event: UploadEvent<Result>,
): Transition<Result> {
  const { type } = event
  if (state.status === 'idle' && !state.canceled) {
    if (type === 'cancel') return [{ ...queuedState, canceled: true }]
    if (state.held) return [type === 'resume' ? queuedState : state]
    if (type === 'start') return prepare()
    if (type === 'pause') return [{ ...queuedState, held: true }]
  } else if (state.status === 'starting') {
    if (type === 'cancel') return [{ ...queuedState, canceled: true }]
    if (type === 'pause') return [{ ...queuedState, held: true }]
    if (type === 'failed') return [{ status: 'error', error: event.error, resume: preparingState }]
  } else if (type === 'retry') {
    return state.status === 'error' && !event.queued ? prepare() : [queuedState]
  }
  return [state]
}

const prepare = (): readonly [BusyState, { readonly type: 'prepare' }] => [
  preparingState,
  { type: 'prepare' },
]

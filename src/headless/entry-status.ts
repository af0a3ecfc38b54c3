import type { ItemStatus } from '../core/item.ts'
import type { EntryStatus } from './context.ts'

/**
 * Returns the status that a row shows. `canceled` and `held` are kinds of `idle`, and `paused` is a kind of `uploading`.
 * They have values of their own, because they look different. `error` also means that a removal failed.
 */
export function displayStatusOf(status: EntryStatus) {
  if ('removeError' in status && status.removeError) return 'error'
  if (status.status === 'idle' && (status.canceled || status.held))
    return status.canceled ? 'canceled' : 'held'
  return status.status === 'uploading' && status.paused ? 'paused' : status.status
}

/** Whether a retry is scheduled. False for a paused upload, because it waits for the user. */
export function isRetrying(status: EntryStatus): boolean {
  return 'retrying' in status && status.retrying && !('paused' in status && status.paused)
}

/** Returns the `data-*` attributes of a status for CSS. */
export function statusAttributes(displayStatus: ReturnType<typeof displayStatusOf>, retrying: boolean) {
  return {
    'data-status':
      displayStatus === 'canceled' || displayStatus === 'held'
        ? 'idle'
        : displayStatus === 'paused'
          ? 'uploading'
          : displayStatus,
    'data-canceled': displayStatus === 'canceled' || undefined,
    'data-paused': displayStatus === 'paused' || displayStatus === 'held' || undefined,
    'data-waiting': retrying || undefined,
  }
}

/** State of an action button. */
export interface ActionState {
  /** The name of the file. */
  readonly name: string
}

/**
 * Returns which of the buttons Start, Pause and Resume a file can have. A held file has Start if the uploader has
 * `start: 'manual'`, else Resume.
 */
export function availableControlOf(
  status: ItemStatus<unknown>,
  isManualStart: boolean,
): 'start' | 'pause' | 'resume' | 'none' {
  if (status.status === 'idle' && status.canceled) return 'none'
  if (status.status === 'idle' && status.held) return isManualStart ? 'start' : 'resume'
  if (status.status === 'uploading') return status.paused ? 'resume' : 'pause'
  return status.status === 'idle' || status.status === 'starting' ? 'pause' : 'none'
}

/**
 * Returns which of the buttons Cancel and Retry a file can have. A held file has neither, because it has no request
 * that could be canceled.
 */
export function availableActionOf(status: EntryStatus): 'cancel' | 'retry' | 'none' {
  switch (status.status) {
    case 'idle':
      return status.canceled ? 'retry' : status.held ? 'none' : 'cancel'
    case 'error':
      return status.error.retryable ? 'retry' : 'none'
    case 'done':
    case 'stored':
      return 'none'
    default:
      return 'cancel'
  }
}

import type { ItemStatus } from '../core/item.ts'
import type { EntryStatus } from './context.ts'

/**
 * Returns the status, or `canceled`, `held` or `paused`, which look different: CSS changes only when this value does. `error`
 * also if a removal failed.
 */
export function displayStatusOf(status: EntryStatus) {
  if ('removeError' in status && status.removeError) return 'error'
  if (status.status === 'idle' && (status.canceled || status.held))
    return status.canceled ? 'canceled' : 'held'
  return status.status === 'uploading' && status.paused ? 'paused' : status.status
}

/** Whether a retry is scheduled. A paused upload waits for the user instead. */
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
  readonly name: string
}

/**
 * Returns the action that a button other than Cancel and Retry can do: start a held file, pause a running one, resume a
 * paused one.
 */
export function availableControlOf(
  status: ItemStatus<unknown>,
  isManual: boolean,
): 'start' | 'pause' | 'resume' | 'none' {
  if (status.status === 'idle' && status.canceled) return 'none'
  if (status.status === 'idle' && status.held) return isManual ? 'start' : 'resume'
  if (status.status === 'uploading') return status.paused ? 'resume' : 'pause'
  return status.status === 'idle' || status.status === 'starting' ? 'pause' : 'none'
}

/**
 * Returns the available action: `cancel` while that is possible, `retry` where it may help. A held file has no
 * request that could be canceled.
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

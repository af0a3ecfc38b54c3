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

import type { Now } from './parts/scope.ts'
import { errorText } from './texts.tsx'
import type { Texts } from './texts.tsx'

/** Returns the text of a status: one word, or a sentence for an error. Empty for a stored image. */
export function statusText(now: Now, texts: Texts): string {
  const { messages, numbers } = texts
  if (isWaiting(now)) return navigator.onLine ? messages.reconnecting : messages.offline
  switch (now.status) {
    case 'idle':
      return now.canceled ? messages.canceled : now.held ? messages.paused : messages.waiting
    case 'starting':
      return now.step === 'preparing' ? messages.preparing : messages.starting
    case 'uploading':
      return now.paused ? messages.paused : numbers.percent(now.progress)
    case 'finishing':
      return messages.finishing
    case 'done':
      return messages.done
    case 'error':
      return errorText(now.error, texts)
    case 'stored':
      return ''
  }
  return now satisfies never
}

/** Returns the status including its visible variants: CSS changes only when this does. */
export function stageOf(now: Now) {
  if (now.status === 'idle' && (now.canceled || now.held)) return now.canceled ? 'canceled' : 'held'
  return now.status === 'uploading' && now.paused ? 'paused' : now.status
}

/** Whether a retry is scheduled. A paused upload waits for the user instead. */
export function isWaiting(now: Now): boolean {
  return 'waiting' in now && now.waiting && !('paused' in now && now.paused)
}

/** Returns the `data-*` attributes of a status for CSS. */
export function statusAttributes(stage: ReturnType<typeof stageOf>, waiting: boolean) {
  return {
    'data-status':
      stage === 'canceled' || stage === 'held' ? 'idle' : stage === 'paused' ? 'uploading' : stage,
    'data-canceled': stage === 'canceled' || undefined,
    'data-paused': stage === 'paused' || stage === 'held' || undefined,
    'data-waiting': waiting || undefined,
  }
}

/** Returns the available action: cancel while that is possible, retry where it may help. */
export function actionOf(now: Now): 'cancel' | 'retry' | 'none' {
  switch (now.status) {
    case 'idle':
      return now.canceled ? 'retry' : 'cancel'
    case 'error':
      return now.error.retryable ? 'retry' : 'none'
    case 'done':
    case 'stored':
      return 'none'
    default:
      return 'cancel'
  }
}

import type { Now } from './parts/scope.ts'
import { errorText } from './texts.tsx'
import type { Texts } from './texts.tsx'

/** What a status is called, in a word or, where it failed, a sentence. Of a stored image there is nothing to say. */
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

/** A status with the details that look different, in one word: what CSS sees changes only when this does. */
export function stageOf(now: Now) {
  if (now.status === 'idle' && (now.canceled || now.held)) return now.canceled ? 'canceled' : 'held'
  return now.status === 'uploading' && now.paused ? 'paused' : now.status
}

/** Whether it waits to be tried again. What is paused waits for people. */
export function isWaiting(now: Now): boolean {
  return 'waiting' in now && now.waiting && !('paused' in now && now.paused)
}

/** What of an upload CSS sees: its status, and the details that look different. */
export function statusAttributes(stage: ReturnType<typeof stageOf>, waiting: boolean) {
  return {
    'data-status':
      stage === 'canceled' || stage === 'held' ? 'idle' : stage === 'paused' ? 'uploading' : stage,
    'data-canceled': stage === 'canceled' || undefined,
    'data-paused': stage === 'paused' || stage === 'held' || undefined,
    'data-waiting': waiting || undefined,
  }
}

/** What an upload offers now: cancel while it may still be stopped, retry where that may help. */
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

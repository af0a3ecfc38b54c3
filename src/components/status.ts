import type { ItemStatus } from '../core/item.ts'
import { messages } from './messages.ts'

/** What a status is called, in a word or, where it failed, a sentence. */
export function statusText(item: ItemStatus<unknown>): string {
  switch (item.status) {
    case 'idle':
      return item.canceled ? messages.canceled : messages.waiting
    case 'starting':
      return item.step === 'preparing' ? messages.preparing : messages.starting
    case 'uploading':
      return item.paused ? messages.paused : messages.percent(wholePercent(item.progress) / 100)
    case 'finishing':
      return messages.finishing
    case 'done':
      return messages.done
    case 'error':
      return item.error.text
  }
  return item satisfies never
}

/** Whole percents, 0 to 100: what is not a number is 0, and only 1 is 100. */
export function wholePercent(fraction: number): number {
  return Math.floor(Math.min(1, Math.max(0, fraction || 0)) * 100 + 1e-9)
}

/** What of an item CSS sees: its status, and the two details that look different. */
export function statusAttributes(item: ItemStatus<unknown>) {
  return {
    'data-status': item.status,
    'data-canceled': (item.status === 'idle' && item.canceled) || undefined,
    'data-paused': (item.status === 'uploading' && item.paused) || undefined,
  }
}

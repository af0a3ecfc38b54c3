import type { ItemStatus } from './item.ts'
import { quickSizes } from './size.ts'

/**
 * The fraction 0 to 1 of a file that storage may have. At most 0.99: the browser counts bytes that it has only handed
 * to the socket (https://github.com/whatwg/xhr/issues/127), and only an answer is proof.
 */
export function sentFraction(bytes: number, size: number): number {
  return size > 0 ? Math.min(0.99, bytes / size) : 0
}

/** The fraction 0 to 1 of an item that is behind it, for a bar: 1 from the moment that storage has answered. */
export function itemProgress(item: ItemStatus<unknown>): number {
  if (item.status === 'uploading') return item.progress
  return item.status === 'finishing' || item.status === 'done' ? 1 : 0
}

/** What a file weighs beside its bytes, so that a thousand tiny files move the bar too: about a round trip's worth. */
export const fileWeight = 20_000

/**
 * The fraction 0 to 1 of a whole list, by bytes. Items in error or canceled count as not sent. 0 for an empty list. In the
 * first moments of a large drop a file whose size nobody knows yet counts as the average.
 */
export function totalProgress(items: readonly ({ readonly file: Blob } & ItemStatus<unknown>)[]): number {
  const quickSizeOf = quickSizes()
  let weight = 0
  let behind = 0
  for (const item of items) {
    const own = quickSizeOf(item.file) + fileWeight
    weight += own
    behind += own * itemProgress(item)
  }
  return weight > 0 ? behind / weight : 0
}

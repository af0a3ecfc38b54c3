import type { ItemStatus } from './item.ts'
import { createSizeEstimator } from './files/file-size.ts'

/**
 * Returns the fraction of a file that was sent, from 0 to 0.99. It stays below 1, because the browser also counts
 * bytes in the socket's buffer (https://github.com/whatwg/xhr/issues/127), and only a response of storage proves that
 * they arrived.
 */
export function sentFraction(bytes: number, size: number): number {
  return size > 0 ? Math.min(0.99, bytes / size) : 0
}

/** Implements `itemProgress`. */
export function progressOfItem(item: ItemStatus<unknown>): number {
  if (item.status === 'uploading') return item.progress
  return item.status === 'finishing' || item.status === 'done' ? 1 : 0
}

/** Bytes added to every file for its round trips, so that a thousand tiny files move the progress bar too. */
export const fileOverheadBytes = 20_000

/** Implements `totalProgress`. */
export function progressOfItems(items: readonly ({ readonly file: Blob } & ItemStatus<unknown>)[]): number {
  const estimateSize = createSizeEstimator()
  let totalWeight = 0
  let sentWeight = 0
  for (const item of items) {
    const itemWeight = estimateSize(item.file) + fileOverheadBytes
    totalWeight += itemWeight
    sentWeight += itemWeight * progressOfItem(item)
  }
  return totalWeight > 0 ? sentWeight / totalWeight : 0
}

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

/** Returns the progress of an item as a fraction 0 to 1, for a progress bar. It is 1 once storage has answered. */
export function itemProgress(item: ItemStatus<unknown>): number {
  if (item.status === 'uploading') return item.progress
  return item.status === 'finishing' || item.status === 'done' ? 1 : 0
}

/** Bytes added to every file for its round trips, so that a thousand tiny files move the progress bar too. */
export const fileOverheadBytes = 20_000

/**
 * Returns the progress of a list as a fraction 0 to 1, weighted by bytes. Failed and canceled items count as not sent.
 * 0 for an empty list. A file whose size is not read yet counts with the average size.
 */
export function totalProgress(items: readonly ({ readonly file: Blob } & ItemStatus<unknown>)[]): number {
  const estimateSize = createSizeEstimator()
  let totalWeight = 0
  let sentWeight = 0
  for (const item of items) {
    const itemWeight = estimateSize(item.file) + fileOverheadBytes
    totalWeight += itemWeight
    sentWeight += itemWeight * itemProgress(item)
  }
  return totalWeight > 0 ? sentWeight / totalWeight : 0
}

import type { ItemStatus } from './item.ts'
import { cleanedPathOf } from './files/file-path.ts'
import { progressOfItem, progressOfItems } from './progress.ts'

// The entry exports these functions. They only call functions that lazy chunks use too, because esbuild loads each module
// at once that the entry exports and a lazy chunk imports, also in an app that uses no function of it. So no lazy chunk
// may import this module.

/**
 * Returns the cleaned path of a file that was dropped, pasted or chosen with its folder: `album/2026/beach.jpg`.
 * Undefined for a file without a folder.
 */
export function pathOf(file: File): string | undefined {
  return cleanedPathOf(file)
}

/** Returns the progress of an item as a fraction 0 to 1, for a progress bar. It is 1 once storage has answered. */
export function itemProgress(item: ItemStatus<unknown>): number {
  return progressOfItem(item)
}

/**
 * Returns the progress of a list as a fraction 0 to 1, weighted by bytes. Failed and canceled items count as not sent. 0
 * for an empty list. Files of a large drop whose size is not read yet count as the average.
 */
export function totalProgress(items: readonly ({ readonly file: Blob } & ItemStatus<unknown>)[]): number {
  return progressOfItems(items)
}

import type { ItemStatus } from './item.ts'
import { pathOf } from './files/file-path.ts'
import { itemProgress, totalProgress } from './progress.ts'

// The entry exports these functions, and lazy chunks use them too. esbuild loads each module at once that the entry
// exports and a lazy chunk imports, also in an app that uses neither. No lazy chunk imports this module.

/**
 * Returns the cleaned path of a file that was dropped, pasted or chosen with its folder: `album/2026/beach.jpg`.
 * Undefined for a file without a folder.
 */
function exportedPathOf(file: File): string | undefined {
  return pathOf(file)
}

/** Returns the progress of an item as a fraction 0 to 1, for a progress bar. It is 1 once storage has answered. */
function exportedItemProgress(item: ItemStatus<unknown>): number {
  return itemProgress(item)
}

/**
 * Returns the progress of a list as a fraction 0 to 1, weighted by bytes. Failed and canceled items count as not sent. 0
 * for an empty list. Files of a large drop whose size is not read yet count as the average.
 */
function exportedTotalProgress(items: readonly ({ readonly file: Blob } & ItemStatus<unknown>)[]): number {
  return totalProgress(items)
}

export {
  exportedItemProgress as itemProgress,
  exportedPathOf as pathOf,
  exportedTotalProgress as totalProgress,
}

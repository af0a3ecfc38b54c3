import type { ItemStatus } from './item.ts'
import { cleanedPathOf } from './files/file-path.ts'
import { progressOfItem, progressOfItems } from './progress.ts'

// The public entry exports these functions, and no lazy chunk may import this module. If a lazy chunk imports a module
// that the entry exports too, esbuild puts the module into the first chunk, even in an app that does not use it.

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
 * for an empty list. A file whose size is not read yet counts with the average size.
 */
export function totalProgress(items: readonly ({ readonly file: Blob } & ItemStatus<unknown>)[]): number {
  return progressOfItems(items)
}

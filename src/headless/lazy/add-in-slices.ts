import { maxReadsAtOnce, sizeOf } from '../../core/files/file-size.ts'
import { isHeld } from '../../core/item.ts'
import type { UploadItem } from '../../core/item.ts'
import type { UploaderLike } from '../context.ts'
import type { Addition } from '../drop/add-files.ts'

/** Number of files that are added without a pause. */
const filesPerSlice = 500

/**
 * Adds files in slices, with a pause before each. The result is the same as that of one call of `add`: the order of the
 * files, the rules, and the rejections, which stay until the next addition. "Pause all" and "Start all" also apply to the
 * files that are not added yet. Ends early when all files are canceled or removed: by "Cancel all", by "Remove all", or
 * because the list was unmounted. `addFiles` may append additions while this runs.
 */
export async function addInSlices(additions: readonly Addition[]): Promise<void> {
  let lastItem: UploadItem | undefined
  for (const { uploader, files } of additions) {
    for (let index = 0; index < files.length; index += filesPerSlice) {
      const slice = files.slice(index, index + filesPerSlice)
      // oxlint-disable-next-line no-await-in-loop -- one slice after the other
      await readSizes(hasTotalLimit(uploader) ? slice : slice.slice(0, maxReadsAtOnce))
      // The last file has not started yet. The user cannot have canceled, paused or started only this one.
      const last = lastItem?.store.getState()
      if (last?.status === 'idle' && last.canceled) return
      const newItems = uploader.add(slice, { keepRejections: index > 0 })
      for (const item of newItems) {
        if (!last || isHeld(last) === isHeld(item)) continue
        if (isHeld(last)) uploader.pause(item)
        else uploader.start(item)
      }
      lastItem = newItems.at(-1) ?? lastItem
    }
  }
}

/** Whether `add` needs the sizes of all files at once. See `chooseFiles`. */
function hasTotalLimit({ options }: UploaderLike): boolean {
  const { maxFiles, maxTotalSize } = options()
  return maxFiles !== undefined || maxTotalSize !== undefined
}

/**
 * Reads sizes before `add` and the first rows need them, because a read of a file on disk takes 0.1 to 0.3 ms. Pauses at
 * least once.
 */
async function readSizes(files: readonly File[]) {
  for (let index = 0; index < files.length; index += maxReadsAtOnce) {
    files.slice(index, index + maxReadsAtOnce).forEach((file) => sizeOf(file))
    // oxlint-disable-next-line no-await-in-loop -- one slice after the other
    await new Promise((resolve) => setTimeout(resolve))
  }
}

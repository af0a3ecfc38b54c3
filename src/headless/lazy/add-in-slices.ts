import { maxReadsAtOnce, sizeOf } from '../../core/files/file-size.ts'
import type { UploadItem } from '../../core/item.ts'
import type { UploaderLike } from '../context.ts'
import type { Addition } from '../drop/add-files.ts'

/** Number of files that are added without a pause. */
const filesPerSlice = 500

/**
 * Adds files in slices, with a pause before each. The result is the same as that of one call of `add`: the order of the
 * files, the rules, and the rejections, which stay until the next addition. Ends early when all files are canceled or
 * removed: by "Cancel all", by "Remove all", or because the list was unmounted. `addFiles` may append additions while
 * this runs.
 */
export async function addInSlices(additions: readonly Addition[]): Promise<void> {
  let lastItem: UploadItem | undefined
  for (const { uploader, files } of additions) {
    for (let index = 0; index < files.length; index += filesPerSlice) {
      const slice = files.slice(index, index + filesPerSlice)
      // oxlint-disable-next-line no-await-in-loop -- one slice after the other
      await readSizes(hasTotalLimit(uploader) ? slice : slice.slice(0, maxReadsAtOnce))
      // The last file has not started yet. The user cannot have canceled only this one.
      const status = lastItem?.store.getState()
      if (status?.status === 'idle' && status.canceled) return
      lastItem = uploader.add(slice, { keepRejections: index > 0 }).at(-1) ?? lastItem
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

import { maxReadsAtOnce, sizeOf } from '../../core/files/file-size.ts'
import type { UploadItem } from '../../core/item.ts'
import type { UploaderLike } from '../context.ts'

/** Number of files that are added without a pause. */
const filesPerSlice = 500

interface Addition {
  readonly uploader: UploaderLike
  readonly files: readonly File[]
}

/** Additions that are running or waiting, by the store of their uploader. */
const additionsByStore = new WeakMap<object, Addition[]>()

/**
 * Adds files in slices, with a pause before each. The result is the same as that of one call of `add`: the order of the
 * files, the rules, and the rejections, which stay until the next addition. Files that are added by another call in the
 * meantime follow. Ends early when all files are canceled or removed: by "Cancel all", by "Remove all", or because the
 * list was unmounted.
 */
export async function addInSlices(uploader: UploaderLike, files: readonly File[]): Promise<void> {
  const { store } = uploader
  const runningAdditions = additionsByStore.get(store)
  if (runningAdditions) return void runningAdditions.push({ uploader, files })
  const additions: Addition[] = [{ uploader, files }]
  additionsByStore.set(store, additions)
  try {
    let lastItem: UploadItem | undefined
    // The loop also reads the additions that other calls append.
    for (const addition of additions) {
      for (let index = 0; index < addition.files.length; index += filesPerSlice) {
        const slice = addition.files.slice(index, index + filesPerSlice)
        // oxlint-disable-next-line no-await-in-loop -- one slice after the other
        await readSizes(hasTotalLimit(addition.uploader) ? slice : slice.slice(0, maxReadsAtOnce))
        // The last file has not started yet. The user cannot have canceled only this one.
        const status = lastItem?.store.getState()
        if (status?.status === 'idle' && status.canceled) return
        lastItem = addition.uploader.add(slice, { keepRejections: index > 0 }).at(-1) ?? lastItem
      }
    }
  } finally {
    additionsByStore.delete(store)
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

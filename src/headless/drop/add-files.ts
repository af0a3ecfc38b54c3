import type { UploaderLike } from '../context.ts'
import { loadPageCode } from '../lazy/load-page-code.ts'

/** Files that a list is about to get. */
export interface Addition {
  readonly uploader: UploaderLike
  readonly files: readonly File[]
}

/** Additions in slices that are running or waiting, by the store of their uploader. */
const additionsByStore = new WeakMap<object, Addition[]>()
/** Maximum number of files that are added without a pause. */
const maxFilesAtOnce = 500

/**
 * Adds files that the user chose, dropped or pasted. Adds many files in slices, because ten thousand files in one piece
 * block the page for about 200 ms. Files that are added in the meantime follow after them.
 */
export function addFiles(uploader: UploaderLike, files: Iterable<File>): void {
  const { store } = uploader
  const addition = { uploader, files: [...files] }
  const runningAdditions = additionsByStore.get(store)
  if (runningAdditions) return void runningAdditions.push(addition)
  if (addition.files.length <= maxFilesAtOnce || uploader.options().multiple === false)
    return addAtOnce(addition)
  const additions = [addition]
  additionsByStore.set(store, additions)
  void loadPageCode()
    .then(
      ({ addInSlices }) => addInSlices(additions),
      () => additions.forEach(addAtOnce),
    )
    .finally(() => additionsByStore.delete(store))
}

const addAtOnce = ({ uploader, files }: Addition) => void uploader.add(files)

import { sanitizePath } from '../../protocol/file-path.ts'
import { setPath, createUnreadableFile } from '../../core/files/file-path.ts'

/**
 * Maximum number of files that are opened at the same time. To open them one after the other is slow, and to open all
 * at once blocks the page.
 */
const maxOpenFiles = 50
/** Time between two reports of progress, in ms. A folder that is read faster shows no progress. */
const reportIntervalMs = 150

/** Names of files that operating systems write into folders. The user did not choose them. */
const systemFileNames = /^(\.ds_store|thumbs\.db|desktop\.ini)$/i

/** Files of folders, in the order of their paths. */
export interface FolderContent {
  readonly files: File[]
  /** Number of files that were left out, because the operating system wrote them. */
  readonly leftOutCount: number
}

export interface FolderReadOptions {
  readonly signal: AbortSignal
  /** Called repeatedly until reading ends, with the number of files that were found so far. */
  readonly onProgress: (count: number) => void
}

/** An entry of a folder, with its path. */
interface FoundEntry {
  readonly path: string
  /** Undefined for a folder that cannot be listed. */
  readonly entry: FileSystemFileEntry | undefined
}

/**
 * Reads the files of dropped or pasted entries at any depth. First reads all names, then opens the files. An entry
 * that cannot be read becomes a file that the rules refuse. Reading then continues, and the rejection has the name of
 * the entry. The result is empty when the signal is aborted.
 */
export async function readEntries(
  entries: readonly FileSystemEntry[],
  { signal, onProgress }: FolderReadOptions,
): Promise<FolderContent> {
  const foundEntries: FoundEntry[] = []
  let leftOutCount = 0
  const progressTimer = setInterval(() => onProgress(foundEntries.length), reportIntervalMs)
  signal.addEventListener('abort', () => clearInterval(progressTimer))

  async function collectEntries(entry: FileSystemEntry, folder: string): Promise<void> {
    if (signal.aborted) return
    const path = folder + entry.name
    if (!entry.isDirectory) {
      if (folder !== '' && systemFileNames.test(entry.name)) leftOutCount += 1
      else foundEntries.push({ path, entry: entry as FileSystemFileEntry }) // every entry that is not a directory is a file
      return
    }
    const children = await listFolder(entry as FileSystemDirectoryEntry) // `isDirectory` is true
    if (!children.isComplete) foundEntries.push({ path, entry: undefined })
    // oxlint-disable-next-line no-await-in-loop -- in order; reading the names of ten thousand files takes a quarter of a second
    for (const child of children.entries) await collectEntries(child, `${path}/`)
  }

  // oxlint-disable-next-line no-await-in-loop -- in order
  for (const entry of entries) await collectEntries(entry, '')

  const files: File[] = []
  for (let index = 0; index < foundEntries.length && !signal.aborted; index += maxOpenFiles) {
    // oxlint-disable-next-line no-await-in-loop -- one batch at a time, to limit the open files
    files.push(...(await Promise.all(foundEntries.slice(index, index + maxOpenFiles).map(openFile))))
  }
  clearInterval(progressTimer)
  return signal.aborted ? { files: [], leftOutCount: 0 } : { files, leftOutCount }
}

/** Returns the files of a chosen folder, without those that the operating system wrote. */
export async function contentOfChosen(chosenFiles: Iterable<File>): Promise<FolderContent> {
  const allFiles = [...chosenFiles]
  const files = allFiles.filter(({ name }) => !systemFileNames.test(name))
  return {
    // Browsers list the files in the order of the disk, which is random.
    files: await sortByPath(files, ({ webkitRelativePath }) => webkitRelativePath),
    leftOutCount: allFiles.length - files.length,
  }
}

/** Lists a folder in the order of names. The order of the disk is random. */
async function listFolder(folder: FileSystemDirectoryEntry) {
  const reader = folder.createReader()
  const entries: FileSystemEntry[] = []
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- Chromium returns a hundred entries at a time
    const batch = await new Promise<FileSystemEntry[] | undefined>((resolve) =>
      reader.readEntries(resolve, () => resolve(undefined)),
    )
    if (!batch || batch.length === 0) {
      return {
        // oxlint-disable-next-line no-await-in-loop -- the loop ends here
        entries: await sortByPath(entries, ({ name }) => name),
        isComplete: batch !== undefined,
      }
    }
    entries.push(...batch)
  }
}

/** Number of paths that are sorted without a pause. One comparison of the collator takes about a microsecond. */
const sliceLength = 1000

/**
 * Returns the items in the order of their paths. Sorts slices first, and pauses after each, because ten thousand paths in
 * one piece would block the page for about 100 ms. Sorted slices need a third of the comparisons.
 */
export async function sortByPath<Item>(
  items: readonly Item[],
  pathOf: (item: Item) => string,
  pause = async () =>
    void (items.length > sliceLength && (await new Promise((resolve) => setTimeout(resolve)))),
): Promise<Item[]> {
  const sorted: Item[] = []
  const sortPart = (part: Item[]) => part.sort((first, second) => comparePaths(pathOf(first), pathOf(second)))
  while (sorted.length < items.length) {
    sorted.push(...sortPart(items.slice(sorted.length, sorted.length + sliceLength)))
    // oxlint-disable-next-line no-await-in-loop -- one slice after the other
    await pause()
  }
  sortPart(sorted)
  await pause()
  return sorted
}

const { compare: comparePaths } = new Intl.Collator(undefined, { numeric: true })

async function openFile({ entry, path }: FoundEntry): Promise<File> {
  const file = await new Promise<File | undefined>((resolve) => {
    if (entry) entry.file(resolve, () => resolve(undefined))
    else resolve(undefined)
  })
  const safePath = sanitizePath(path)
  const name = path.slice(path.lastIndexOf('/') + 1)
  if (!file) return createUnreadableFile(name, safePath)
  setPath(file, safePath)
  return file
}

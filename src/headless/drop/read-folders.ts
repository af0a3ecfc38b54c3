import { cleanPath } from '../../protocol/file-path.ts'
import { setPath, unreadableFile } from '../../core/files/file-path.ts'

/** Files that are opened at the same time: one after the other is slow, and all at once blocks the page. */
const maxOpened = 50
/** Time between two reports in ms. A folder that is read faster shows no progress. */
const reportMs = 150

/** Files that systems write into folders and that nobody chose. */
const junk = /^(\.ds_store|thumbs\.db|desktop\.ini)$/i

/** Files of folders, in the order of their paths. */
export interface FolderContent {
  readonly files: File[]
  /** Number of files that systems wrote: they are left out. */
  readonly leftOut: number
}

export interface FolderReadOptions {
  readonly signal: AbortSignal
  /** Called with the number of files that were found so far, as long as reading takes. */
  readonly onProgress: (count: number) => void
}

/** An entry of a folder, with its path. */
interface FoundEntry {
  readonly path: string
  /** Undefined for a folder that cannot be listed. */
  readonly entry: FileSystemFileEntry | undefined
}

/**
 * Reads the files of dropped or pasted entries at any depth: all names first, then the files. An entry that cannot be read
 * becomes a file that the rules refuse, so that it ends nothing and is named. Empty when the signal is aborted.
 */
export async function readEntries(
  entries: readonly FileSystemEntry[],
  { signal, onProgress }: FolderReadOptions,
): Promise<FolderContent> {
  const found: FoundEntry[] = []
  let leftOut = 0
  const timer = setInterval(() => onProgress(found.length), reportMs)
  signal.addEventListener('abort', () => clearInterval(timer))

  async function visit(entry: FileSystemEntry, folder: string): Promise<void> {
    if (signal.aborted) return
    const path = folder + entry.name
    if (!entry.isDirectory) {
      if (folder !== '' && junk.test(entry.name)) leftOut += 1
      else found.push({ path, entry: entry as FileSystemFileEntry }) // no directory, so a file
      return
    }
    const children = await listFolder(entry as FileSystemDirectoryEntry) // `isDirectory` says so
    if (!children.isComplete) found.push({ path, entry: undefined })
    // oxlint-disable-next-line no-await-in-loop -- in order, and the names of ten thousand files take a quarter second
    for (const child of children.entries) await visit(child, `${path}/`)
  }

  // oxlint-disable-next-line no-await-in-loop -- as above
  for (const entry of entries) await visit(entry, '')

  const files: File[] = []
  for (let index = 0; index < found.length && !signal.aborted; index += maxOpened) {
    // oxlint-disable-next-line no-await-in-loop -- a batch at a time
    files.push(...(await Promise.all(found.slice(index, index + maxOpened).map(open))))
  }
  clearInterval(timer)
  return signal.aborted ? { files: [], leftOut: 0 } : { files, leftOut }
}

/** Leaves out the files that systems wrote into a chosen folder. */
export function contentOfChosen(chosen: Iterable<File>): FolderContent {
  const all = [...chosen]
  const files = all.filter(({ name }) => !junk.test(name))
  // Browsers list a folder in the order of the disk.
  files.sort((one, other) => compare(one.webkitRelativePath, other.webkitRelativePath))
  return { files, leftOut: all.length - files.length }
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
        entries: entries.sort((one, other) => compare(one.name, other.name)),
        isComplete: batch !== undefined,
      }
    }
    entries.push(...batch)
  }
}

const { compare } = new Intl.Collator(undefined, { numeric: true })

async function open({ entry, path }: FoundEntry): Promise<File> {
  const file = await new Promise<File | undefined>((resolve) => {
    if (entry) entry.file(resolve, () => resolve(undefined))
    else resolve(undefined)
  })
  const clean = cleanPath(path)
  const name = path.slice(path.lastIndexOf('/') + 1)
  if (!file) return unreadableFile(name, clean)
  setPath(file, clean)
  return file
}

import { cleanPath } from '../../protocol/file-path.ts'
import { unreadableFiles } from './file-size.ts'

/** Clean paths of files from folders, undefined for others. A File has no place for the path of a dropped one. */
const pathsByFile = new WeakMap<File, string | undefined>()

/** Remembers the clean path of a file from a folder. Undefined if the file is in none. */
export function setPath(file: File, path: string | undefined) {
  pathsByFile.set(file, path)
}

/**
 * Returns the path of a file that was dropped, pasted or chosen with its folder, cleaned: `album/2026/beach.jpg`.
 * Undefined for a file without a folder.
 */
export function pathOf(file: File): string | undefined {
  // Rows read it in every render, and cleaning is slow.
  if (!pathsByFile.has(file) && file.webkitRelativePath) setPath(file, cleanPath(file.webkitRelativePath))
  return pathsByFile.get(file)
}

/** Creates a file without content for an entry of a folder that cannot be read, so that a list can refuse it by name. */
export function unreadableFile(name: string, path: string | undefined): File {
  const file = new File([], name)
  setPath(file, path)
  unreadableFiles.add(file)
  return file
}

import { sanitizePath } from '../../protocol/file-path.ts'
import { unreadableFiles } from './file-size.ts'

/**
 * Cleaned path of each file that came from a folder. Undefined for other files. A map stores the paths, because
 * `webkitRelativePath` of a File is read-only, and empty for a dropped file.
 */
const pathsByFile = new WeakMap<File, string | undefined>()

/** Stores the cleaned path of a file from a folder. `path` is undefined for a file without a folder. */
export function setPath(file: File, path: string | undefined) {
  pathsByFile.set(file, path)
}

/** Implements `pathOf`. */
export function cleanedPathOf(file: File): string | undefined {
  // Cleans a path only once, because that is slow and list rows read the path in every render.
  if (!pathsByFile.has(file) && file.webkitRelativePath) setPath(file, sanitizePath(file.webkitRelativePath))
  return pathsByFile.get(file)
}

/**
 * Creates an empty file for a folder entry that cannot be read. The rules refuse this file, so that the list of
 * rejections shows the entry's name.
 */
export function createUnreadableFile(name: string, path: string | undefined): File {
  const file = new File([], name)
  setPath(file, path)
  unreadableFiles.add(file)
  return file
}

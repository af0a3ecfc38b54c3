import { checkFile } from '../rules.ts'
import type { Rejection, Rules } from '../rules.ts'
import { maxReadsAtOnce, sizeOf } from './file-size.ts'

/** The count and the bytes of earlier files, which reduce the limits `maxFiles` and `maxTotalSize`. */
interface UsedLimits {
  /** The items that are already in the list. */
  readonly listedItems: readonly { readonly file: File }[]
  /** Number of these items and of the stored files outside of the list (`AddOptions.taken`). */
  readonly fileCount: number
  /** Bytes of only the stored files outside of the list (`AddOptions.takenSize`). */
  readonly storedBytes: number
}

/**
 * Divides chosen files into accepted files and rejections. `isMeasured` is false in the result if the sizes are not
 * read yet. The sizes of many files are checked later, because reading each size is slow.
 */
export function chooseFiles(
  files: Iterable<File>,
  rules: Rules & { readonly multiple?: boolean | undefined },
  usedLimits: UsedLimits,
  newId: () => string,
) {
  const chosen = [...files]
  const { maxTotalSize } = rules
  let remainingSlots = rules.multiple === false ? 1 : (rules.maxFiles ?? Infinity) - usedLimits.fileCount
  // A file that is refused for its size does not count towards the maximum number of files or their total size. With
  // one of these limits, all sizes must therefore be known now.
  const isMeasured =
    remainingSlots < Infinity || maxTotalSize !== undefined || chosen.length <= maxReadsAtOnce
  let usedBytes = usedLimits.storedBytes
  if (maxTotalSize !== undefined) for (const { file } of usedLimits.listedItems) usedBytes += sizeOf(file)
  const rejections: Rejection[] = []
  const accepted = chosen.filter((file) => {
    const size = isMeasured ? sizeOf(file) : NaN
    const error = checkFile(file, rules, remainingSlots, size, usedBytes)
    if (error) rejections.push({ id: newId(), file, error })
    else {
      remainingSlots -= 1
      usedBytes += size
    }
    return !error
  })
  return { accepted, rejections, isMeasured }
}

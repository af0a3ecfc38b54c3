import { checkFile } from '../rules.ts'
import type { Rejection, Rules } from '../rules.ts'
import { maxReadsAtOnce, sizeOf } from './file-size.ts'

/** Files that are in a list already, and the number of all with those that are stored, and the bytes of the stored ones. */
interface UsedRoom {
  readonly files: readonly { readonly file: File }[]
  readonly count: number
  readonly size: number
}

/** Divides chosen files by the rules. `isMeasured` is false for a large drop: its sizes are checked later. */
export function chooseFiles(
  files: Iterable<File>,
  rules: Rules & { readonly multiple?: boolean | undefined },
  used: UsedRoom,
  newId: () => string,
) {
  const chosen = [...files]
  const { maxTotalSize } = rules
  let room = rules.multiple === false ? 1 : (rules.maxFiles ?? Infinity) - used.count
  // With these limits the sizes are needed now: a file refused for its size does not count against them.
  const isMeasured = room < Infinity || maxTotalSize !== undefined || chosen.length <= maxReadsAtOnce
  let usedSize = used.size
  if (maxTotalSize !== undefined) for (const { file } of used.files) usedSize += sizeOf(file)
  const rejections: Rejection[] = []
  const accepted = chosen.filter((file) => {
    const size = isMeasured ? sizeOf(file) : NaN
    const error = checkFile(file, rules, room, size, usedSize)
    if (error) rejections.push({ id: newId(), file, error })
    else {
      room -= 1
      usedSize += size
    }
    return !error
  })
  return { accepted, rejections, isMeasured }
}

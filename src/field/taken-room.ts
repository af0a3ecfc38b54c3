import { sizeOf } from '../core/files/file-size.ts'
import type { AddOptions } from '../core/uploader-types.ts'
import type { FieldEntry } from './field-state.ts'

/** Returns the number and the bytes of the stored images of a field, minus the entry that a new file replaces. */
export function measureTakenRoom(
  entries: readonly FieldEntry[],
  replacedId: string | undefined,
): Pick<AddOptions, 'taken' | 'takenSize'> {
  const storedEntries = entries.filter(({ kind }) => kind === 'stored')
  const replacedEntry = entries.find(({ id }) => id === replacedId)
  const size = storedEntries.reduce((sum, entry) => sum + storedSize(entry), 0)
  return {
    taken: storedEntries.length - Number(Boolean(replacedEntry)),
    takenSize: size - storedSize(replacedEntry),
  }
}

function storedSize(entry: FieldEntry | undefined): number {
  return (entry?.kind === 'upload' ? sizeOf(entry.item.file) : entry?.image.size) ?? 0
}

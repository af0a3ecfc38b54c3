import { accepts } from '../../protocol/accept/accept.ts'
import type { UploaderLike } from '../context.ts'

/** State of a drag over a zone: accepted, or the reason why the files are not accepted. */
export type DragState = 'accept' | 'wrong-type' | 'too-many'

/**
 * Returns whether the dragged files may be accepted. Before the drop, browsers tell only the types of the files and not
 * their names. Safari tells neither types nor names. `room` is the number of files that the list can still take.
 */
export function dragStateOf({ options }: UploaderLike, room: number, transfer: DataTransfer): DragState {
  if (room === 0) return 'too-many'
  const { accept } = options()
  const types = [...transfer.items].filter(({ kind }) => kind === 'file').map(({ type }) => type)
  if (accept === undefined || types.length === 0) return 'accept'
  const hasExtensions = String(accept).includes('.')
  const mayAccept = (type: string) => type === '' || hasExtensions || accepts(accept, { name: '', type })
  return types.some(mayAccept) ? 'accept' : 'wrong-type'
}

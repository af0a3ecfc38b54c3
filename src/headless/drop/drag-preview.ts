import { accepts } from '../../protocol/accept/accept.ts'
import type { UploaderLike } from '../context.ts'

/** State of a drag over a zone: accepted, or the reason why not. */
export type DragState = 'accept' | 'wrong-type' | 'too-many'

/**
 * Returns whether a dragged file may be accepted, as far as the browser knows before the drop: types without names, and
 * nothing in Safari. `room` is the number of files that still fit.
 */
export function dragStateOf({ options }: UploaderLike, room: number, dragged: DataTransfer): DragState {
  if (room === 0) return 'too-many'
  const { accept } = options()
  const types = [...dragged.items].filter(({ kind }) => kind === 'file').map(({ type }) => type)
  if (accept === undefined || types.length === 0) return 'accept'
  const hasExtensions = String(accept).includes('.')
  const mayAccept = (type: string) => type === '' || hasExtensions || accepts(accept, { name: '', type })
  return types.some(mayAccept) ? 'accept' : 'wrong-type'
}

import { accepts } from '../../protocol/accept/accept.ts'
import type { UploaderLike } from '../context.ts'

/**
 * Returns why no dragged file can be added, as far as the browser knows before the drop: types without names, and
 * nothing in Safari. Undefined if a file may be accepted. `room` is the number of files that still fit.
 */
export function dragRejectionReason(
  { options }: UploaderLike,
  room: number,
  dragged: DataTransfer,
): 'wrong-type' | 'too-many' | undefined {
  if (room === 0) return 'too-many'
  const { accept } = options()
  const types = [...dragged.items].filter(({ kind }) => kind === 'file').map(({ type }) => type)
  if (accept === undefined || types.length === 0) return undefined
  const hasExtensions = String(accept).includes('.')
  const mayAccept = (type: string) => type === '' || hasExtensions || accepts(accept, { name: '', type })
  return types.some(mayAccept) ? undefined : 'wrong-type'
}

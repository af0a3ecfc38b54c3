import { accepts } from '../protocol/accept.ts'
import type { UploadTarget } from './parts/scope.ts'

/**
 * Why none of the dragged files can be taken, as far as a browser tells before the drop: types without names, and in
 * Safari nothing at all. In doubt they can. `room` is how many more files fit.
 */
export function dragRefusal(
  { options }: UploadTarget,
  room: number,
  dragged: DataTransfer,
): 'wrong-type' | 'too-many' | undefined {
  if (room === 0) return 'too-many'
  const { accept } = options()
  const types = [...dragged.items].filter(({ kind }) => kind === 'file').map(({ type }) => type)
  if (accept === undefined || types.length === 0) return undefined
  const byName = String(accept).includes('.')
  const takes = (type: string) => type === '' || byName || accepts(accept, { name: '', type })
  return types.some(takes) ? undefined : 'wrong-type'
}

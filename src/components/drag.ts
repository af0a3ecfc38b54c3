import type { UploaderOptions } from '../core/options.ts'
import type { Uploader } from '../core/uploader.ts'
import { accepts } from '../protocol/accept.ts'

/** What a dropzone needs of an uploader. `useUpload` and `useMultiUpload` return one, whatever their result is. */
export interface DropTarget extends Pick<Uploader, 'store' | 'add'> {
  readonly options: () => Pick<UploaderOptions<unknown>, 'accept' | 'multiple' | 'maxFiles'>
}

/** How many more files fit; a single upload always has room, since a new file replaces the old one. */
export function roomOf({ store, options }: DropTarget): number {
  const { multiple, maxFiles = Infinity } = options()
  return multiple === false ? 1 : Math.max(0, maxFiles - store.getState().items.length)
}

/**
 * Why none of the dragged files can be taken, as far as a browser tells before the drop: types without names, and in
 * Safari nothing at all. In doubt they can.
 */
export function dragRefusal(
  target: DropTarget,
  dragged: DataTransfer,
): 'wrong-type' | 'too-many' | undefined {
  if (roomOf(target) === 0) return 'too-many'
  const { accept } = target.options()
  const types = [...dragged.items].filter(({ kind }) => kind === 'file').map(({ type }) => type)
  if (accept === undefined || types.length === 0) return undefined
  const byName = String(accept).includes('.')
  const takes = (type: string) => type === '' || byName || accepts(accept, { name: '', type })
  return types.some(takes) ? undefined : 'wrong-type'
}

import { useState } from 'react'
import { useStore } from 'zustand'
import type { UploadItem } from '../core/item.ts'
import type { Uploader, UploaderState } from '../core/uploader.ts'

/**
 * The items of a list as rows: the same array until items come, go or move. What changes inside an item is for its own
 * row, by `useUploadItem`.
 */
export function useItems(store: Uploader['store']): readonly UploadItem[] {
  const [select] = useState(keepSame)
  return useStore(store, select)
}

function keepSame() {
  let last: readonly UploadItem[] = []
  return ({ items }: UploaderState<unknown>) => {
    const same = items.length === last.length && items.every(({ id }, index) => id === last[index]?.id)
    if (!same) last = items
    return last
  }
}

'use client'

import { useStore } from 'zustand'
import type { UploadItem } from '../core/item.ts'

/**
 * Returns one item as it is now, including its progress. With a selector, the component renders only when the
 * selected value changes: `useUploadItem(item, ({ status }) => status)`.
 */
export function useUploadItem<Result>(item: UploadItem<Result>): UploadItem<Result>
export function useUploadItem<Result, Selected>(
  item: UploadItem<Result>,
  selector: (item: UploadItem<Result>) => Selected,
): Selected
export function useUploadItem<Result, Selected>(
  item: UploadItem<Result>,
  selector: (item: UploadItem<Result>) => UploadItem<Result> | Selected = (currentItem) => currentItem,
) {
  return useStore(item.store, selector)
}

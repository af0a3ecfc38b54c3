'use client'

import { useStore } from 'zustand'
import type { UploadItem } from '../core/item.ts'

/**
 * One item as it is now, progress included. With a selector the component renders only when what it selects has
 * changed: `useUploadItem(item, ({ status }) => status)`.
 */
export function useUploadItem<Result>(item: UploadItem<Result>): UploadItem<Result>
export function useUploadItem<Result, Selected>(
  item: UploadItem<Result>,
  selector: (item: UploadItem<Result>) => Selected,
): Selected
export function useUploadItem<Result, Selected>(
  item: UploadItem<Result>,
  selector: (item: UploadItem<Result>) => UploadItem<Result> | Selected = (now) => now,
) {
  return useStore(item.store, selector)
}

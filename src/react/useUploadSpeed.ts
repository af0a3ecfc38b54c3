'use client'

import type { UploadItem } from '../core/item.ts'
import type { UploadSpeed } from '../core/speed.ts'
import type { Uploader } from '../core/uploader.ts'
import { useSpeed } from './useSpeed.ts'

/**
 * Returns the speed of an item or a list in bytes per second, and the seconds left: smoothed, updated once a
 * second. Both are undefined while the upload is paused, offline or idle.
 */
export function useUploadSpeed(source: UploadItem | Pick<Uploader, 'store'>): UploadSpeed {
  // This module stays separate and lazy: esbuild puts a module that the entry exports into the initial bundle.
  return useSpeed(source)
}

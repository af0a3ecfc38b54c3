'use client'

import type { UploadItem } from '../core/item.ts'
import type { UploadSpeed } from '../core/speed.ts'
import type { Uploader } from '../core/uploader-types.ts'
import { useSpeed } from './useSpeed.ts'

/**
 * Returns the speed of an item or a list in bytes per second, and the seconds left. These values are smoothed and
 * updated once a second. They are undefined while the upload is paused, offline or idle.
 */
export function useUploadSpeed(source: UploadItem | Pick<Uploader, 'store'>): UploadSpeed {
  // Calls `useSpeed` of another module, because esbuild puts a module that the entry exports into the initial bundle.
  // Lazy code imports only `useSpeed`, so the code of `useSpeed` stays in a lazy chunk.
  return useSpeed(source)
}

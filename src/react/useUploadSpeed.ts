'use client'

import type { UploadItem } from '../core/item.ts'
import type { UploadSpeed } from '../core/speed.ts'
import type { Uploader } from '../core/uploader-types.ts'
import { useSpeedInLazyCode } from './useSpeedInLazyCode.ts'

/**
 * Returns the speed of an item or a list in bytes per second, and the seconds left. These values are smoothed and
 * updated once a second. They are undefined while the upload is paused, offline or idle.
 */
export function useUploadSpeed(source: UploadItem | Pick<Uploader, 'store'>): UploadSpeed {
  return useSpeedInLazyCode(source)
}

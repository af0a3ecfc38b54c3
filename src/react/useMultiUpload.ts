'use client'

import { useStore } from 'zustand'
import type { Uploader, UploaderState } from '../core/uploader.ts'
import type { UploadOptions } from './context.ts'
import type { FreeOptions, RouteName, RouteOptions, RouteResult } from './register.ts'
import { useUploader } from './useUploader.ts'

/** A list of uploads and what can be done with it. The functions stay the same from render to render. */
export type UseMultiUpload<Result = unknown> = Uploader<Result> & UploaderState<Result>

/**
 * Uploads many files. Renders its component when items come, go, move or change status, and never for progress:
 * `useUploadItem` has that, row by row. Types as in `useUpload`.
 */
export function useMultiUpload<Name extends RouteName>(
  options: RouteOptions<Name>,
): UseMultiUpload<RouteResult<Name>>
export function useMultiUpload<Result = unknown>(options?: FreeOptions<Result>): UseMultiUpload<Result>
export function useMultiUpload<Result>(options: object = {}): UseMultiUpload<Result> {
  // It is one of the two above.
  const { uploader, inForce } = useUploader(options as UploadOptions<Result>, true)
  const state = useStore(uploader.store)
  return { ...uploader, ...state, options: inForce }
}

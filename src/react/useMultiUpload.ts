'use client'

import { useStore } from 'zustand'
import type { Uploader, UploaderState } from '../core/uploader-types.ts'
import type { UploadOptions } from './context.ts'
import type { UnregisteredOptions, RouteName, RouteOptions, RouteResult } from './register.ts'
import { useUploader } from './useUploader.ts'

/** A list of uploads and its actions. The functions stay the same from render to render. */
export type UseMultiUpload<Result = unknown> = Uploader<Result> & UploaderState<Result>

/**
 * Uploads many files. Renders the component when items are added, removed, moved or change status, but never for
 * progress. Read progress per row with `useUploadItem`. The types of `meta` and of the result are as in `useUpload`.
 */
export function useMultiUpload<Name extends RouteName>(
  options: RouteOptions<Name>,
): UseMultiUpload<RouteResult<Name>>
export function useMultiUpload<Result = unknown>(
  options?: UnregisteredOptions<Result>,
): UseMultiUpload<Result>
export function useMultiUpload<Result>(options: object = {}): UseMultiUpload<Result> {
  // The overloads above allow only these options.
  const { uploader, resolveOptions } = useUploader(options as UploadOptions<Result>, true)
  const state = useStore(uploader.store)
  return { ...uploader, ...state, options: resolveOptions }
}

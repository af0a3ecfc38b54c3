import { createContext, useContext } from 'react'
import type { QueryKey } from '@tanstack/react-query'
import type { StoreApi } from 'zustand'
import { copiesProblem } from '../internal/copies.ts'
import type { UploadEndpoints, UploadPorts } from '../core/ports.ts'
import type { UploaderOptions } from '../core/options.ts'
import type { Uploader } from '../core/uploader-types.ts'

/** The backend: a URL that speaks the protocol of `putaway/server`, or functions. */
export type Endpoints<Result = unknown> = string | UploadEndpoints<Result>

/**
 * State that a provider shares with its hooks. The object stays the same for the lifetime of the provider, so read
 * its values when they are needed.
 */
export interface UploadRuntime {
  /** The backend of the provider. */
  endpoints(): Endpoints
  /** Default options, which hooks override. */
  defaults(): UploaderOptions<unknown>
  configure(endpoints: Endpoints, defaults: UploaderOptions<unknown>, connections: number | undefined): void
  /** Ports of every uploader, except its backend. */
  readonly sharedPorts: Omit<UploadPorts<unknown>, 'endpoints'>
  connectEndpoints(endpoints: Endpoints): UploadEndpoints
  /**
   * Called when a render passes new endpoints. If `httpEndpoints` created both with the same URL and options, the new
   * endpoints use the functions of the previous endpoints.
   */
  replaceEndpoints(previousEndpoints: Endpoints | undefined, nextEndpoints: Endpoints | undefined): void
  /** Invalidates queries of the app, once for all uploads that finish within 50 ms. */
  invalidate(keys: readonly QueryKey[]): void
  /** Every uploader that has received files. An uploader without an `id` is removed after its component unmounts. */
  readonly uploaders: StoreApi<readonly Uploader[]>
  /** Uploaders with an `id`, by that id. They continue after their components unmount. */
  readonly retainedUploaders: Map<string, RetainedUploader>
}

/** An uploader and the latest options of the hook that renders it. */
export interface RetainedUploader {
  readonly uploader: Uploader
  options: UploadOptions
  cancelTimer?: ReturnType<typeof setTimeout>
}

export interface UploadOptions<Result = unknown> extends Omit<UploaderOptions<Result>, 'multiple'> {
  /**
   * Keeps the uploader in the provider under this id. The uploader continues after the component unmounts, and the next
   * component with the same id gets the same uploader. Without an id, unmounting cancels the uploads.
   */
  readonly id?: string | undefined
  /** Replaces the backend of `UploadProvider` for these uploads. */
  readonly endpoints?: Endpoints<Result> | undefined
  /** Query keys of the app to invalidate when an upload is done. */
  readonly invalidateQueries?: readonly QueryKey[] | undefined
}

export const UploadContext = createContext<UploadRuntime | undefined>(undefined)

export function useUploadRuntime(): UploadRuntime {
  const runtime = useContext(UploadContext)
  if (runtime) return runtime
  throw new Error(
    `No <UploadProvider> above. Wrap your app: <UploadProvider endpoints="/api/uploads">.${process.env.NODE_ENV === 'production' ? '' : copiesProblem()}`,
  )
}

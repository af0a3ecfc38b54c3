import { createContext, useContext } from 'react'
import type { QueryKey } from '@tanstack/react-query'
import type { StoreApi } from 'zustand'
import type { UploadEndpoints, UploadPorts } from '../core/ports.ts'
import type { UploaderOptions } from '../core/options.ts'
import type { Uploader } from '../core/uploader.ts'

/** The backend: its functions, or the URL of one that speaks our protocol. */
export type Endpoints<Result = unknown> = string | UploadEndpoints<Result>

/** What a provider shares. The same object for its whole life: what changes in it is read when it matters. */
export interface UploadRuntime {
  /** The provider's own backend. */
  endpoints(): Endpoints
  /** What hooks override. */
  defaults(): UploaderOptions<unknown>
  configure(endpoints: Endpoints, defaults: UploaderOptions<unknown>, connections: number | undefined): void
  /** What every uploader shares, and a backend's functions, seen by TanStack Query. */
  readonly shared: Omit<UploadPorts<unknown>, 'endpoints'>
  wire(endpoints: Endpoints): UploadEndpoints
  /** A render gave other endpoints than the one before. Equal ones of `httpEndpoints` go on as the same backend. */
  replace(before: Endpoints | undefined, now: Endpoints | undefined): void
  /** Refreshes the app's queries, once for all that become done together. */
  invalidate(keys: readonly QueryKey[]): void
  /** Every uploader that was given files and is still there, of whatever component. */
  readonly uploaders: StoreApi<readonly Uploader[]>
  /** Uploaders that live here because they were given an `id`. */
  readonly kept: Map<string, KeptUploader>
}

/** An uploader and the options that the hook which renders it gave last. */
export interface KeptUploader {
  readonly uploader: Uploader
  options: UploadOptions
  stopping?: ReturnType<typeof setTimeout>
}

export interface UploadOptions<Result = unknown> extends Omit<UploaderOptions<Result>, 'multiple'> {
  /**
   * With an id the uploader lives in the provider: it goes on when the component goes, and the next component with the
   * same id finds it. Without one it stops with its component.
   */
  readonly id?: string | undefined
  /** Another backend than the provider's. */
  readonly endpoints?: Endpoints<Result> | undefined
  /** Queries of the app to refresh when an upload is done. */
  readonly invalidates?: readonly QueryKey[] | undefined
}

export const UploadContext = createContext<UploadRuntime | undefined>(undefined)

export function useUploadRuntime(): UploadRuntime {
  const runtime = useContext(UploadContext)
  if (runtime) return runtime
  throw new Error('No <UploadProvider> above. Wrap your app: <UploadProvider endpoints="/api/uploads">.')
}

'use client'

import { useContext, useEffect, useInsertionEffect, useState } from 'react'
import type { ReactNode } from 'react'
import { QueryClient, QueryClientContext } from '@tanstack/react-query'
import type { QueryKey } from '@tanstack/react-query'
import { createStore } from 'zustand'
import { createPool } from '../core/pool.ts'
import type { Transport, UploadEndpoints } from '../core/ports.ts'
import type { UploaderOptions } from '../core/options.ts'
import { browserHost, newId } from '../transport/browser.ts'
import { lazyEndpoints } from '../transport/lazy-endpoints.ts'
import { s3Transport } from '../transport/send.ts'
import { UploadContext } from './context.ts'
import { later } from './later.ts'
import type { Endpoints, UploadRuntime } from './context.ts'
import { isObservable, observeWith, observed } from './mutations.ts'

export interface UploadProviderProps {
  /** The backend: the URL of `createUploadHandler`, or your own functions. */
  readonly endpoints: Endpoints
  readonly children?: ReactNode
  /**
   * Shows presign and confirm as mutations. Default: the client of the nearest `QueryClientProvider`, or a new one.
   */
  readonly queryClient?: QueryClient | undefined
  /**
   * Connections to storage that all uploads below share. Default: 6, the number that browsers open to one HTTP/1.1
   * origin.
   */
  readonly connections?: number | undefined
  /** Default options of every hook below. A hook's own options win. */
  readonly defaults?: UploaderOptions<unknown> | undefined
  /** Sends bytes to storage. Default: XMLHttpRequest to S3. Tests pass the fake of `putaway/testing`. */
  readonly transport?: Transport | undefined
  /** Whether the browser asks before it leaves the page while an upload is unfinished. Default: true. */
  readonly warnOnLeave?: boolean | undefined
}

/**
 * Provides the backend to every upload below and shares the connections to storage among them. Reads `queryClient`
 * and `transport` at the first render only; the other props may change at any time.
 */
export function UploadProvider({
  endpoints,
  defaults = noDefaults,
  children,
  warnOnLeave = true,
  ...setup
}: UploadProviderProps) {
  const appClient = useContext(QueryClientContext)
  const [runtime] = useState(() => createRuntime(setup, setup.queryClient ?? appClient, endpoints, defaults))

  useInsertionEffect(() => {
    runtime.configure(endpoints, defaults, setup.connections)
  })
  useEffect(() => {
    for (const { refresh } of runtime.uploaders.getState()) refresh()
  })
  useEffect(() => {
    if (!warnOnLeave) return undefined
    let end: (() => void) | undefined
    const { uploaders } = runtime
    // No file, no upload to lose: the module loads with the first file.
    const watch = () => {
      if (uploaders.getState()[0])
        end ??= later(
          () => import('./leaving.ts'),
          ({ warnOnLeaving }) => warnOnLeaving(uploaders),
        )
    }
    watch()
    const stop = uploaders.subscribe(watch)
    return () => {
      stop()
      end?.()
    }
  }, [runtime, warnOnLeave])
  // React 18.3 cannot render `<UploadContext>` itself.
  return <UploadContext.Provider value={runtime}>{children}</UploadContext.Provider>
}

const noDefaults: UploaderOptions<unknown> = {}

function createRuntime(
  { connections, transport = s3Transport() }: Pick<UploadProviderProps, 'connections' | 'transport'>,
  client: QueryClient = new QueryClient(),
  ...configured: [endpoints: Endpoints, defaults: UploaderOptions<unknown>]
): UploadRuntime {
  let [endpoints, defaults] = configured
  const observe = observeWith(client)
  const byUrl = new Map<string, UploadEndpoints>()
  const byObject = new WeakMap<object, UploadEndpoints>()
  const stale = new Map<string, QueryKey>()
  const pool = createPool(connections)

  function wire(given: Endpoints): UploadEndpoints {
    // Cached by URL or object, so that all hooks share one batcher and one policy cache.
    if (typeof given === 'string') {
      const functions = byUrl.get(given) ?? lazyEndpoints(given, observe)
      byUrl.set(given, functions)
      return functions
    }
    const functions = byObject.get(given) ?? observed(given, observe)
    byObject.set(given, functions)
    return functions
  }

  function replace(before: Endpoints | undefined, now: Endpoints | undefined) {
    if (before === now || typeof before !== 'object' || typeof now !== 'object') return
    if (!isObservable(before) || !isObservable(now) || byObject.has(now)) return
    if (now.replaces(before)) byObject.set(now, wire(before))
  }
  // Starts loading its modules before the first file is added.
  wire(endpoints)

  return {
    endpoints: () => endpoints,
    defaults: () => defaults,
    configure: (...next) => {
      let size
      replace(endpoints, next[0])
      ;[endpoints, defaults, size] = next
      pool.resize(size)
    },
    replace,
    shared: { transport, pool, host: browserHost, newId },
    uploaders: createStore(() => []),
    kept: new Map(),

    wire,

    invalidate: (keys) => {
      if (stale.size === 0) {
        setTimeout(() => {
          for (const queryKey of stale.values()) void client.invalidateQueries({ queryKey })
          stale.clear()
        }, 50)
      }
      for (const key of keys) stale.set(JSON.stringify(key), key)
    },
  }
}

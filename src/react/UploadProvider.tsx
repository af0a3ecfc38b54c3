'use client'

import { useContext, useEffect, useInsertionEffect, useState } from 'react'
import type { ReactNode } from 'react'
import { QueryClient, QueryClientContext } from '@tanstack/react-query'
import type { QueryKey } from '@tanstack/react-query'
import { createStore } from 'zustand'
import { registerCopy } from '../internal/copies.ts'
import { ignoreLoadError, lazyModule, whenLoaded } from '../internal/lazy-module.ts'
import { checkProvider } from '../core/check-options.ts'
import { createConnectionPool } from '../core/connection-pool.ts'
import type { Transport, UploadEndpoints } from '../core/ports.ts'
import type { UploaderOptions } from '../core/options.ts'
import { browserHost, newId } from '../transport/browser-host.ts'
import type { RequestObserver } from '../transport/http/connect-http.ts'
import { lazyHttpCalls, lazyTransport, loadEngine } from '../transport/lazy-engine.ts'
import { UploadContext } from './context.ts'
import type { Endpoints, UploadRuntime } from './context.ts'
import { isObservable, observeEndpoints, originOf } from './observed-endpoints.ts'

export interface UploadProviderProps {
  /** The backend: the URL of `createUploadHandler`, or your own functions. */
  readonly endpoints: Endpoints
  readonly children?: ReactNode
  /**
   * The TanStack Query client in which presign and confirm appear as mutations. Default: the client of the nearest
   * `QueryClientProvider`, or a new one.
   */
  readonly queryClient?: QueryClient | undefined
  /**
   * Connections to storage that all uploads below share. Default: 6, the number that browsers open to one HTTP/1.1
   * origin.
   */
  readonly connections?: number | undefined
  /** Default options of every hook below. A hook's own options override them. */
  readonly defaults?: UploaderOptions<unknown> | undefined
  /** Sends bytes to storage. Default: XMLHttpRequest to S3. Tests pass the fake of `putaway/testing`. */
  readonly transport?: Transport | undefined
  /** Whether the browser asks before it leaves the page while an upload is unfinished. Default: true. */
  readonly warnOnLeave?: boolean | undefined
}

/**
 * Provides the backend to every upload below. All these uploads share the connections to storage. Reads `queryClient`
 * and `transport` at the first render only. The other props may change at any time.
 */
export function UploadProvider({
  endpoints,
  defaults = noDefaults,
  children,
  warnOnLeave = true,
  ...otherProps
}: UploadProviderProps) {
  if (process.env.NODE_ENV !== 'production') {
    checkProvider(endpoints, otherProps.connections, defaults)
    registerCopy()
  }
  const appQueryClient = useContext(QueryClientContext)
  const [runtime] = useState(() =>
    createRuntime(otherProps, otherProps.queryClient ?? appQueryClient, endpoints, defaults),
  )

  useInsertionEffect(() => {
    runtime.configure(endpoints, defaults, otherProps.connections)
  })
  useEffect(() => {
    for (const uploader of runtime.uploaders.getState()) uploader.applyOptions()
  })
  useEffect(
    () =>
      warnOnLeave
        ? whenLoaded(loadProviderCode, ({ warnBeforeUnload }) => warnBeforeUnload(runtime.uploaders))
        : undefined,
    [runtime, warnOnLeave],
  )
  // Uses `.Provider`, because React 18.3 cannot render `<UploadContext>` itself.
  return <UploadContext.Provider value={runtime}>{children}</UploadContext.Provider>
}

const loadProviderCode = /* @__PURE__ */ lazyModule(() => import('./provider-code.ts'))

const noDefaults: UploaderOptions<unknown> = {}

function createRuntime(
  { connections, transport = lazyTransport() }: Pick<UploadProviderProps, 'connections' | 'transport'>,
  client: QueryClient = new QueryClient(),
  ...initialConfig: [endpoints: Endpoints, defaults: UploaderOptions<unknown>]
): UploadRuntime {
  let [endpoints, defaults] = initialConfig
  // If the observer does not load, the request is sent without the observer. The request is then only missing in the
  // devtools of TanStack Query.
  const loadObserver = lazyModule(async () => (await loadProviderCode()).createRequestObserver(client))
  const observe: RequestObserver = async (...args) => {
    const [, , request] = args
    const observer = await loadObserver().catch(ignoreLoadError)
    return observer ? observer(...args) : request()
  }
  const endpointsByUrl = new Map<string, UploadEndpoints>()
  const endpointsByObject = new WeakMap<object, UploadEndpoints>()
  const staleQueryKeys = new Map<string, QueryKey>()
  const pool = createConnectionPool(connections)

  function connectEndpoints(source: Endpoints): UploadEndpoints {
    // Cached by URL or object, so that all hooks share one batcher and one policy cache.
    if (typeof source === 'string') {
      const httpCalls = endpointsByUrl.get(source) ?? lazyHttpCalls(source, observe)
      endpointsByUrl.set(source, httpCalls)
      return httpCalls
    }
    const connectedEndpoints = endpointsByObject.get(source) ?? observeEndpoints(source, observe)
    endpointsByObject.set(source, connectedEndpoints)
    return connectedEndpoints
  }

  function replaceEndpoints(previousEndpoints: Endpoints | undefined, nextEndpoints: Endpoints | undefined) {
    if (
      previousEndpoints === nextEndpoints ||
      typeof previousEndpoints !== 'object' ||
      typeof nextEndpoints !== 'object'
    )
      return
    const [origin, nextOrigin] = [originOf(previousEndpoints), originOf(nextEndpoints)]
    if (!origin || !nextOrigin || endpointsByObject.has(nextEndpoints) || !nextOrigin.shareSource(origin))
      return
    if (isObservable(previousEndpoints) && isObservable(nextEndpoints))
      endpointsByObject.set(nextEndpoints, connectEndpoints(previousEndpoints))
  }
  // Loads the code before the first file is added, because later the network may fail.
  loadEngine().catch(ignoreLoadError)
  loadObserver().catch(ignoreLoadError)

  return {
    endpoints: () => endpoints,
    defaults: () => defaults,
    configure: (...newConfig) => {
      let poolSize
      replaceEndpoints(endpoints, newConfig[0])
      ;[endpoints, defaults, poolSize] = newConfig
      pool.resize(poolSize)
    },
    replaceEndpoints,
    sharedPorts: { transport, pool, host: browserHost, newId },
    uploaders: createStore(() => []),
    retainedUploaders: new Map(),

    connectEndpoints,

    invalidate: (keys) => {
      if (staleQueryKeys.size === 0) {
        setTimeout(() => {
          for (const queryKey of staleQueryKeys.values()) void client.invalidateQueries({ queryKey })
          staleQueryKeys.clear()
        }, 50)
      }
      for (const key of keys) staleQueryKeys.set(JSON.stringify(key), key)
    },
  }
}

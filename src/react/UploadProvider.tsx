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
  /** Where to presign and confirm: a URL that `createUploadHandler` answers, or your own functions. */
  readonly endpoints: Endpoints
  readonly children?: ReactNode
  /** Default: the app's, from the nearest `QueryClientProvider`, and one of its own where there is none. */
  readonly queryClient?: QueryClient | undefined
  /** How many connections to storage all uploads below share. Default: 6, what browsers open to one HTTP/1.1 origin. */
  readonly connections?: number | undefined
  /** Options for every hook below; the hook's own win. */
  readonly defaults?: UploaderOptions<unknown> | undefined
  /** How bytes reach storage. Default: XMLHttpRequest to S3. Tests pass the fake of `putaway/testing`. */
  readonly transport?: Transport | undefined
  /** Whether the browser asks before it leaves the page while something is on its way. Default: true. */
  readonly warnOnLeave?: boolean | undefined
}

/**
 * Tells every upload below it where to presign and confirm, and shares the connections to storage among them.
 * `queryClient` and `transport` are taken at the first render; the rest may change at any time.
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
    // Before the first file there is nothing to lose.
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
  // React 18.3 knows a context only by its Provider.
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
    // Once for each, so that the calls of all hooks travel together, and what a backend gave for later is kept.
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
  // What is loaded for it is there before the first file is.
  wire(endpoints)

  return {
    endpoints: () => endpoints,
    defaults: () => defaults,
    configure: (...next) => {
      replace(endpoints, next[0])
      let size
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

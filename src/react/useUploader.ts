'use client'

import { useEffect, useInsertionEffect, useState } from 'react'
import { checkOptions } from '../core/check-options.ts'
import { createLazyUploader } from '../core/uploader.ts'
import type { UploaderOptions } from '../core/options.ts'
import type { Uploader } from '../core/uploader-types.ts'
import { loadEngine } from '../transport/lazy-engine.ts'
import { useUploadRuntime } from './context.ts'
import type { RetainedUploader, UploadOptions, UploadRuntime } from './context.ts'

/**
 * Returns an uploader: the provider's uploader with the given `id`, or the component's own uploader. Also returns a
 * function that resolves the options of this render. The uploader itself uses these options only after the commit.
 */
export function useUploader<Result>(
  appOptions: UploadOptions<Result>,
  multiple: boolean,
): { uploader: Uploader<Result>; resolveOptions: () => UploaderOptions<Result> } {
  const runtime = useUploadRuntime()
  if (process.env.NODE_ENV !== 'production') checkOptions(appOptions)
  // `Result` is the app's assertion about its backend. Internally it is unknown.
  const options = appOptions as UploadOptions
  const { id } = options
  const [ownUploader] = useState(() => createRetainedUploader(runtime, options, multiple))
  const retainedUploader = id === undefined ? ownUploader : (runtime.retainedUploaders.get(id) ?? ownUploader)
  if (id !== undefined) runtime.retainedUploaders.set(id, retainedUploader)

  // Sets the options in an insertion effect, because it runs before other effects can call the uploader, and because
  // <Activity> does not clean it up while it hides a tree.
  useInsertionEffect(() => {
    runtime.replaceEndpoints(retainedUploader.options.endpoints, options.endpoints)
    retainedUploader.options = options
  })
  useInsertionEffect(() => {
    if (id !== undefined) return
    clearTimeout(retainedUploader.cancelTimer)
    return () => {
      // Cancels in a timer, so that StrictMode or fast refresh can mount the component again before the timer fires.
      retainedUploader.cancelTimer = setTimeout(() => {
        retainedUploader.uploader.cancel()
        runtime.uploaders.setState(
          (allUploaders) =>
            allUploaders.filter((otherUploader) => otherUploader !== retainedUploader.uploader),
          true,
        )
      })
    }
  }, [retainedUploader, id, runtime])

  // Runs after the commit, because starting files changes the state of components.
  useEffect(() => retainedUploader.uploader.applyOptions())

  return {
    uploader: retainedUploader.uploader as Uploader<Result>, // `Result` is asserted above
    resolveOptions: () => resolveOptions(runtime, options, multiple),
  }
}

function createRetainedUploader(
  runtime: UploadRuntime,
  options: UploadOptions,
  multiple: boolean,
): RetainedUploader {
  const ports = {
    ...runtime.sharedPorts,
    get endpoints() {
      return runtime.connectEndpoints(retainedUploader.options.endpoints ?? runtime.endpoints())
    },
    // Called for each file. The first call registers the uploader in the provider.
    newId: () => {
      const { uploader } = retainedUploader
      runtime.uploaders.setState(
        (allUploaders) => (allUploaders.includes(uploader) ? allUploaders : [...allUploaders, uploader]),
        true,
      )
      return runtime.sharedPorts.newId()
    },
  }
  const retainedUploader: RetainedUploader = {
    options,
    uploader: createLazyUploader(loadEngine, ports, () =>
      resolveOptions(runtime, retainedUploader.options, multiple),
    ),
  }
  return retainedUploader
}

/** Merges the hook's options over the provider's defaults. Ignores undefined values. */
function resolveOptions(
  runtime: UploadRuntime,
  options: UploadOptions,
  multiple: boolean,
): UploaderOptions<unknown> {
  const definedOptions = Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  )
  const defaults = runtime.defaults()
  const { invalidateQueries } = options
  return {
    ...defaults,
    ...definedOptions,
    multiple,
    onDone: (result, item) => {
      if (invalidateQueries) runtime.invalidate(invalidateQueries)
      const onDone = options.onDone ?? defaults.onDone
      onDone?.(result, item)
    },
  }
}

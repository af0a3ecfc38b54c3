'use client'

import { useEffect, useInsertionEffect, useState } from 'react'
import { createUploader } from '../core/uploader.ts'
import type { UploaderOptions } from '../core/options.ts'
import type { Uploader } from '../core/uploader.ts'
import { useUploadRuntime } from './context.ts'
import type { KeptUploader, UploadOptions, UploadRuntime } from './context.ts'

/**
 * Returns the component's own uploader, or the provider's uploader with the given `id`, and a function that
 * resolves the options of this render. The uploader itself uses them after the commit.
 */
export function useUploader<Result>(
  given: UploadOptions<Result>,
  multiple: boolean,
): { uploader: Uploader<Result>; inForce: () => UploaderOptions<Result> } {
  const runtime = useUploadRuntime()
  // `Result` is the app's assertion about its backend (design.md 7). Internally it is unknown.
  const options = given as UploadOptions
  const { id } = options
  const [own] = useState(() => keep(runtime, options, multiple))
  const kept = id === undefined ? own : (runtime.kept.get(id) ?? own)
  if (id !== undefined) runtime.kept.set(id, kept)

  // Before other effects can call the uploader. Insertion effects also stay while <Activity> hides a tree.
  useInsertionEffect(() => {
    runtime.replace(kept.options.endpoints, options.endpoints)
    kept.options = options
  })
  useInsertionEffect(() => {
    if (id !== undefined) return
    clearTimeout(kept.stopping)
    return () => {
      // Delayed: StrictMode and fast refresh remount immediately.
      kept.stopping = setTimeout(() => {
        kept.uploader.cancel()
        runtime.uploaders.setState((all) => all.filter((each) => each !== kept.uploader), true)
      })
    }
  }, [kept, id, runtime])

  // After the commit: starting files changes the state of components.
  useEffect(() => kept.uploader.refresh())

  return {
    uploader: kept.uploader as Uploader<Result>, // as asserted above
    inForce: () => inForce(runtime, options, multiple),
  }
}

function keep(runtime: UploadRuntime, options: UploadOptions, multiple: boolean): KeptUploader {
  const ports = {
    ...runtime.shared,
    get endpoints() {
      return runtime.wire(kept.options.endpoints ?? runtime.endpoints())
    },
    // Called for each file: the first one registers the uploader in the provider.
    newId: () => {
      const { uploader } = kept
      runtime.uploaders.setState((all) => (all.includes(uploader) ? all : [...all, uploader]), true)
      return runtime.shared.newId()
    },
  }
  const kept: KeptUploader = {
    options,
    uploader: createUploader(ports, () => inForce(runtime, kept.options, multiple)),
  }
  return kept
}

/** Merges the hook's options over the provider's defaults. Ignores undefined values. */
function inForce(
  runtime: UploadRuntime,
  options: UploadOptions,
  multiple: boolean,
): UploaderOptions<unknown> {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  const defaults = runtime.defaults()
  const { invalidates } = options
  return {
    ...defaults,
    ...given,
    multiple,
    onDone: (result, item) => {
      if (invalidates) runtime.invalidate(invalidates)
      const onDone = options.onDone ?? defaults.onDone
      onDone?.(result, item)
    },
  }
}

'use client'

import { useEffect, useInsertionEffect, useState } from 'react'
import { createUploader } from '../core/uploader.ts'
import type { UploaderOptions } from '../core/options.ts'
import type { Uploader } from '../core/uploader.ts'
import { useUploadRuntime } from './context.ts'
import type { KeptUploader, UploadOptions, UploadRuntime } from './context.ts'

/**
 * One uploader for as long as the component lives, or, with an `id`, the provider's uploader of that id; and the
 * options of this very render, which the uploader itself has only when the render is committed.
 */
export function useUploader<Result>(
  given: UploadOptions<Result>,
  multiple: boolean,
): { uploader: Uploader<Result>; inForce: () => UploaderOptions<Result> } {
  const runtime = useUploadRuntime()
  // What T asserts is the app's word for what its backend answers (design.md 7); inside it is unknown.
  const options = given as UploadOptions
  const { id } = options
  const [own] = useState(() => keep(runtime, options, multiple))
  const kept = id === undefined ? own : (runtime.kept.get(id) ?? own)
  if (id !== undefined) runtime.kept.set(id, kept)

  // Before anyone can call; and unlike other effects these stay while <Activity> hides a tree.
  useInsertionEffect(() => {
    runtime.replace(kept.options.endpoints, options.endpoints)
    kept.options = options
  })
  useInsertionEffect(() => {
    if (id !== undefined) return
    clearTimeout(kept.stopping)
    return () => {
      // Not at once: StrictMode and fast refresh come straight back.
      kept.stopping = setTimeout(() => {
        kept.uploader.cancel()
        runtime.uploaders.setState((all) => all.filter((each) => each !== kept.uploader), true)
      })
    }
  }, [kept, id, runtime])

  // Starting files changes what components show, so it comes after the commit.
  useEffect(() => kept.uploader.refresh())

  return {
    uploader: kept.uploader as Uploader<Result>, // see above
    inForce: () => inForce(runtime, options, multiple),
  }
}

function keep(runtime: UploadRuntime, options: UploadOptions, multiple: boolean): KeptUploader {
  const ports = {
    ...runtime.shared,
    get endpoints() {
      return runtime.wire(kept.options.endpoints ?? runtime.endpoints())
    },
    // Asked for each file: from the first one on, the provider knows of this uploader.
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

/** The hook's options over the provider's. What is undefined was not given. */
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

/** Loads a module at the first call. Later calls get the same module. */
export interface LazyModule<Module> {
  (): Promise<Module>
  /** The module, once it has loaded. */
  loaded?: Module
}

/** First delay before a failed import is retried. Doubles with each retry. */
const firstRetryDelayMs = 2000

/**
 * Caches a dynamic `import()`, because each call costs time: bundled code searches the page for the chunk, and Node
 * searches the disk. A failed import is tried again on the next call.
 */
export function lazyModule<Module>(load: () => Promise<Module>): LazyModule<Module> {
  let modulePromise: Promise<Module> | undefined
  const loadOnce: LazyModule<Module> = () =>
    (modulePromise ??= load().then(
      (module) => (loadOnce.loaded = module),
      (thrown: unknown) => {
        modulePromise = undefined
        throw thrown
      },
    ))
  return loadOnce
}

/**
 * Loads a module and passes it to `onLoad`. A failed import is retried with back-off until it succeeds, because the
 * network may be offline. `onLoad` may return a cleanup function. Returns a function that stops the retries and calls
 * that cleanup function.
 */
export function whenLoaded<Module>(
  load: LazyModule<Module>,
  onLoad: (module: Module) => (() => void) | void,
): () => void {
  let isCanceled = false
  let retryDelayMs = firstRetryDelayMs
  let retryTimer: ReturnType<typeof setTimeout> | undefined
  let cleanUp: (() => void) | void
  function tryLoad() {
    load().then(
      (module) => {
        if (!isCanceled) cleanUp = onLoad(module)
      },
      () => {
        if (!isCanceled) retryTimer = setTimeout(tryLoad, retryDelayMs)
        retryDelayMs *= 2
      },
    )
  }
  tryLoad()
  return () => {
    isCanceled = true
    clearTimeout(retryTimer)
    cleanUp?.()
  }
}

/** Ignores a failed import, because the next call imports again. */
export const ignoreLoadError = () => {}

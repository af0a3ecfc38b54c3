/** First delay before an import is retried. Doubles with each retry. */
const firstRetryDelayMs = 2000

/**
 * Imports a module and passes it to `use`. A failed import is retried with back-off until it succeeds, since the
 * network may be offline. Returns a cleanup function, which also calls what `use` returned.
 */
export function loadModule<Module>(
  load: () => Promise<Module>,
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

/** Ignores a failed import: the next press of the button imports again. */
export const ignoreLoadError = () => {}

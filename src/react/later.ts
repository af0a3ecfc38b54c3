/** First delay before an import is retried. Doubles with each retry. */
const patience = 2000

/**
 * Imports a module and passes it to `use`. A failed import is retried with back-off until it succeeds, since the
 * network may be offline. Returns a cleanup function, which also calls what `use` returned.
 */
export function later<Code>(load: () => Promise<Code>, use: (code: Code) => (() => void) | void): () => void {
  let left = false
  let wait = patience
  let timer: ReturnType<typeof setTimeout> | undefined
  let end: (() => void) | void
  function attempt() {
    load().then(
      (code) => {
        if (!left) end = use(code)
      },
      () => {
        if (!left) timer = setTimeout(attempt, wait)
        wait *= 2
      },
    )
  }
  attempt()
  return () => {
    left = true
    clearTimeout(timer)
    end?.()
  }
}

/** Ignores a failed import: the next press of the button imports again. */
export const askAgain = () => {}

/** The first wait before code that did not come is asked for again, in milliseconds; each next one is twice as long. */
const patience = 2000

/**
 * Uses code that comes after the page, and goes on asking for it where it does not come: a network that is gone is no
 * reason to do without for good. What `use` returns ends it. Returns what ends it all.
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

/** For code that a press asks for: where it does not come nothing happens, and the next press asks again. */
export const askAgain = () => {}

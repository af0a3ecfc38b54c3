interface Scheduler {
  yield?(): Promise<void>
}

/**
 * Resolves in a new task of the page, so that the browser can draw and react to input before. Uses no timer, because a
 * browser delays timers in a tab in the background.
 */
export async function nextTask(): Promise<void> {
  // Chrome since 129, Firefox since 142, not in Safari: https://developer.mozilla.org/docs/Web/API/Scheduler/yield
  const { scheduler } = globalThis as { scheduler?: Scheduler | null }
  // It rejects if the app started this work in `scheduler.postTask` with a signal, and this signal aborts.
  if (scheduler?.yield) return scheduler.yield().catch(() => {})
  const { port1, port2 } = new MessageChannel()
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(undefined)
  })
}

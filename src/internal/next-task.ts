/**
 * Resolves in a new task of the page, so that the browser can draw and react to input before. Uses no timer, because a
 * browser delays timers of a hidden page to one second: https://developer.chrome.com/blog/timer-throttling-in-chrome-88
 */
export function nextTask(): Promise<void> {
  // Jest has no channel in its environments for jsdom and happy-dom.
  if (typeof MessageChannel === 'undefined') return new Promise((resolve) => setTimeout(resolve))
  const { port1, port2 } = new MessageChannel()
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(undefined)
  })
}

/** Not in Safari, and in Firefox since 142. https://developer.mozilla.org/docs/Web/API/Scheduler/yield */
declare const scheduler: { yield?(): Promise<void> } | undefined

/**
 * Resolves in a new task of the page, so that the browser can draw and react to input before. Unlike a timer,
 * `scheduler.yield` is not delayed in a tab in the background.
 */
export async function nextTask(): Promise<void> {
  if (typeof scheduler === 'object' && scheduler.yield) await scheduler.yield()
  else await new Promise((resolve) => setTimeout(resolve))
}

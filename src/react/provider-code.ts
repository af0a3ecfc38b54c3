/** Code that a provider needs once the page is interactive, in one chunk. */
export { warnBeforeUnload } from './before-unload.ts'
export { createRequestObserver } from './tanstack-mutations.ts'

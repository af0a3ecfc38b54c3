import { lazyModule } from '../internal/lazy-module.ts'

/**
 * Loads `list-code.ts`. All of its code is in one chunk, because each chunk costs a request and small ones compress
 * badly.
 */
export const loadListCode = /* @__PURE__ */ lazyModule(() => import('./list-code.ts'))

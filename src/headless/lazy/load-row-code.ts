import { lazyModule } from '../../internal/lazy-module.ts'

/**
 * Loads `row-code.ts`. All of its code is in one chunk, because each chunk costs a request and small ones compress
 * badly.
 */
export const loadRowCode = /* @__PURE__ */ lazyModule(() => import('./row-code.ts'))

import { lazyModule } from '../../internal/lazy-module.ts'

/**
 * Loads `page-code.ts`. All of its code is in one chunk, because each chunk costs a request and small ones compress
 * badly.
 */
export const loadPageCode = /* @__PURE__ */ lazyModule(() => import('./page-code.ts'))

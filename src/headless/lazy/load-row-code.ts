import { lazyModule } from '../../internal/lazy-module.ts'

/** Few chunks: each costs a request, and small ones compress badly. */
export const loadRowCode = /* @__PURE__ */ lazyModule(() => import('./row-code.ts'))

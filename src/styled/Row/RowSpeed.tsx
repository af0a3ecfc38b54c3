'use client'

import { loadPageCode } from '../../headless/lazy/load-page-code.ts'
import { lazyComponent } from '../../react/lazy-component.ts'
import { useStyling } from '../styling.ts'

const LazySpeed = /* @__PURE__ */ lazyComponent(loadPageCode, ({ Speed }) => Speed)

/** Shows the speed if `showSpeed` is set. */
export function RowSpeed() {
  return useStyling().showSpeed && <LazySpeed className="putaway-speed" />
}

import { lazyComponent } from '../react/lazy-component.ts'
import { FileName } from './FileName.tsx'
import { loadListCode } from './load-list-code.ts'

/** Parts of rows and lists that are needed only while there are items. Server-rendered markup has none of them. */
export const LazyActions = /* @__PURE__ */ lazyComponent(loadListCode, ({ Actions }) => Actions)
export const LazyCancel = /* @__PURE__ */ lazyComponent(loadListCode, ({ Cancel }) => Cancel)
export const LazyEmptyActions = /* @__PURE__ */ lazyComponent(
  loadListCode,
  ({ EmptyActions }) => EmptyActions,
)
export const LazyListActions = /* @__PURE__ */ lazyComponent(loadListCode, ({ ListActions }) => ListActions)
/** The name as text, and as a link once the code has loaded. */
export const LazyNameLink = /* @__PURE__ */ lazyComponent(loadListCode, ({ NameLink }) => NameLink, FileName)
export const LazyPreviewTrigger = /* @__PURE__ */ lazyComponent(
  loadListCode,
  ({ PreviewTrigger }) => PreviewTrigger,
)
export const LazyRemove = /* @__PURE__ */ lazyComponent(loadListCode, ({ Remove }) => Remove)
export const LazyRetry = /* @__PURE__ */ lazyComponent(loadListCode, ({ Retry }) => Retry)
export const LazyRowStatus = /* @__PURE__ */ lazyComponent(loadListCode, ({ RowStatus }) => RowStatus)
export const LazyUploadOverlay = /* @__PURE__ */ lazyComponent(
  loadListCode,
  ({ UploadOverlay }) => UploadOverlay,
)

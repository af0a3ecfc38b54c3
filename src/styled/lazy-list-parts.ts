import { lazyComponent } from '../react/lazy-component.ts'
import { FileName } from './Row/FileName.tsx'
import { loadListCode } from './load-list-code.ts'

/** Parts of rows and lists that are needed only while there are items. Server-rendered markup has none of them. */
export const LazyActions = /* @__PURE__ */ lazyComponent(loadListCode, ({ Actions }) => Actions)
export const LazyCardActions = /* @__PURE__ */ lazyComponent(loadListCode, ({ CardActions }) => CardActions)
export const LazyListActions = /* @__PURE__ */ lazyComponent(loadListCode, ({ ListActions }) => ListActions)
/** The name as text, and as a link once the code has loaded. */
export const LazyNameLink = /* @__PURE__ */ lazyComponent(loadListCode, ({ NameLink }) => NameLink, FileName)
export const LazyPreviewTrigger = /* @__PURE__ */ lazyComponent(
  loadListCode,
  ({ PreviewTrigger }) => PreviewTrigger,
)
export const LazyCardRetry = /* @__PURE__ */ lazyComponent(loadListCode, ({ CardRetry }) => CardRetry)
export const LazyRowStatus = /* @__PURE__ */ lazyComponent(loadListCode, ({ RowStatus }) => RowStatus)
export const LazyUploadOverlay = /* @__PURE__ */ lazyComponent(
  loadListCode,
  ({ UploadOverlay }) => UploadOverlay,
)

import { ignoreLoadError, lazyModule } from '../../internal/lazy-module.ts'
import type { CompleteTexts } from '../../i18n/complete-texts.ts'
import type { Texts } from '../../i18n/texts.tsx'
import type { UploadRuntime } from '../../react/context.ts'

/**
 * Loads `page-code.ts`. All of its code is in one chunk, because each chunk costs a request and small ones compress
 * badly.
 */
export const loadPageCode = /* @__PURE__ */ lazyModule(() => import('./page-code.ts'))

/** Announces a text and resolves with it, or with undefined if the code of announcements cannot load. */
export const announce = (
  runtime: UploadRuntime,
  texts: Texts,
  select: (messages: CompleteTexts['messages']) => string,
) =>
  loadPageCode().then(({ announceText, withLazyMessages }) => {
    const text = select(withLazyMessages(texts).messages)
    announceText(runtime, text)
    return text
  }, ignoreLoadError)

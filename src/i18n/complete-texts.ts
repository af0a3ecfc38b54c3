import { lazyEnglish } from './en.ts'
import type { Messages } from './en.ts'
import { useTexts } from './UploadI18nProvider.tsx'
import type { Texts } from './UploadI18nProvider.tsx'

/** Texts including those of code that loads later. */
export interface CompleteTexts extends Texts {
  readonly messages: Messages
}

/** Completes the current texts with those that load later. */
export const withLazyMessages = (texts: Texts): CompleteTexts => ({
  ...texts,
  messages: { ...lazyEnglish, ...texts.messages },
})

export const useCompleteTexts = () => withLazyMessages(useTexts())

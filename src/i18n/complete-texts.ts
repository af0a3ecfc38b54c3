import { lazyEnglish } from './lazy-en.ts'
import { useTexts } from './texts.tsx'
import type { Texts } from './texts.tsx'

/** Texts including those of code that loads later. */
export interface CompleteTexts extends Texts {
  readonly messages: Texts['messages'] & typeof lazyEnglish
}

/** Completes the current texts with those that load later. */
export const withLazyMessages = (texts: Texts): CompleteTexts => ({
  ...texts,
  messages: { ...lazyEnglish, ...texts.messages },
})

export const useCompleteTexts = () => withLazyMessages(useTexts())

import { lazyEnglish } from './lazy-en.ts'
import { useTexts } from './texts.tsx'
import type { Texts } from './texts.tsx'

/** Texts including those of code that loads later. */
export interface CompleteTexts extends Texts {
  readonly messages: Texts['messages'] & typeof lazyEnglish
}

const completedTexts = new WeakMap<Texts, CompleteTexts>()

/**
 * Completes the current texts with those that load later. The result is cached, because every row needs it in each
 * render.
 */
export function withLazyMessages(texts: Texts): CompleteTexts {
  let completed = completedTexts.get(texts)
  if (!completed) {
    completed = { ...texts, messages: { ...lazyEnglish, ...texts.messages } }
    completedTexts.set(texts, completed)
  }
  return completed
}

export const useCompleteTexts = () => withLazyMessages(useTexts())

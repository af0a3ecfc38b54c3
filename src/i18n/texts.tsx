'use client'

import { createContext, useContext } from 'react'
import { defaultText } from '../protocol/errors.ts'
import type { UploadError } from '../protocol/errors.ts'
import type { cropEnglish } from './crop-en.ts'
import type { lazyEnglish } from './lazy-en.ts'
import { initialEnglish } from './messages.ts'
import type { pageDropEnglish } from './page-drop-en.ts'
import { numberFormattersOf } from './number-format.ts'
import type { NumberFormatters } from './number-format.ts'

/**
 * The current texts and number formatters. Most texts load later with the code that shows them, and are here only if
 * the app passed them.
 */
export interface Texts {
  readonly messages: typeof initialEnglish &
    Partial<typeof lazyEnglish & typeof cropEnglish & typeof pageDropEnglish>
  readonly formatters: NumberFormatters
  readonly dir: 'ltr' | 'rtl' | undefined
}

export const TextsContext = createContext<Texts>({
  messages: initialEnglish,
  formatters: numberFormattersOf(initialEnglish.locale),
  dir: undefined,
})

export const useTexts = () => useContext(TextsContext)

/** Returns the sentence that users see for an error. A text that the app or its backend wrote takes precedence. */
export function errorText(error: UploadError, { messages, formatters }: Texts): string {
  const { code, details, text } = error
  const override = messages.errors[code]
  if (override === undefined || text !== defaultText(code, details)) return text
  return typeof override === 'string' ? override : override(error, formatters)
}

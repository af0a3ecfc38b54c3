'use client'

import { createContext, useContext, useMemo } from 'react'
import type { ReactNode } from 'react'
import { defaultText } from '../protocol/errors.ts'
import type { UploadError } from '../protocol/errors.ts'
import type { laterEnglish, Messages } from './all-messages.ts'
import { firstEnglish } from './messages.ts'
import { numbersOf } from './numbers.ts'
import type { Numbers } from './numbers.ts'

export interface TextOptions {
  /** Replaces all or some English texts: `messages={ko}`, or `messages={{ chooseImages: 'Add' }}`. */
  readonly messages?: Partial<Messages> | undefined
  /** BCP 47 tag for numbers, sizes and plurals. Default: the locale of the messages. */
  readonly locale?: string | undefined
  /** Text direction. Default: the page's. */
  readonly dir?: 'ltr' | 'rtl' | undefined
}

/**
 * The current texts and number formatters. Texts of code that loads later are included only if the app passed them.
 */
export interface Texts {
  readonly messages: typeof firstEnglish & Partial<typeof laterEnglish>
  readonly numbers: Numbers
  readonly dir: 'ltr' | 'rtl' | undefined
}

const TextsContext = createContext<Texts>({
  messages: firstEnglish,
  numbers: numbersOf(firstEnglish.locale),
  dir: undefined,
})

export const useTexts = () => useContext(TextsContext)

/**
 * Provides texts to every component below. English is the default. Wrap your app in it, next to `<UploadProvider>`.
 */
export function UploadTexts({ children, ...options }: TextOptions & { readonly children?: ReactNode }) {
  return <TextsContext.Provider value={useTextsOver(options)}>{children}</TextsContext.Provider>
}

function useTextsOver({ messages, locale, dir }: TextOptions): Texts {
  const above = useTexts()
  return useMemo(() => {
    if (messages === undefined && locale === undefined && dir === undefined) return above
    return {
      messages: messages
        ? { ...above.messages, ...messages, errors: { ...above.messages.errors, ...messages.errors } }
        : above.messages,
      numbers: numbersOf(locale ?? messages?.locale ?? above.numbers.locale),
      dir: dir ?? above.dir,
    }
  }, [above, messages, locale, dir])
}

/** The sentence that people read of an error. A text that the app or its backend wrote wins. */
export function errorText(error: UploadError, { messages, numbers }: Texts): string {
  const { code, details, text } = error
  const ours = messages.errors[code]
  if (ours === undefined || text !== defaultText(code, details)) return text
  return typeof ours === 'string' ? ours : ours(error, numbers)
}

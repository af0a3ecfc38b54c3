'use client'

import { createContext, useContext, useMemo } from 'react'
import type { ReactNode } from 'react'
import type { Rules } from '../core/rules.ts'
import { UploadError } from '../protocol/errors.ts'
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

/** Returns the text of an error. A backend's own text is not replaced. */
export function errorText(error: UploadError, { messages, numbers }: Texts, rules?: Rules): string {
  const { code, phase, text } = error
  const ours = messages.errors[code]
  if (ours === undefined) return text
  // A backend's own text wins. A text that starts with the default English one is translated.
  if (phase !== 'choosing' && !text.startsWith(new UploadError(code, { phase }).text)) return text
  return typeof ours === 'string' ? ours : ours(error, numbers, rules)
}

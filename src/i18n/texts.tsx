'use client'

import { createContext, useContext, useMemo } from 'react'
import type { ReactNode } from 'react'
import { defaultText } from '../protocol/errors.ts'
import type { UploadError } from '../protocol/errors.ts'
import type { lazyEnglish, Messages } from './en.ts'
import { initialEnglish } from './messages.ts'
import { numberFormattersOf } from './number-format.ts'
import type { NumberFormatters } from './number-format.ts'

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
  readonly messages: typeof initialEnglish & Partial<typeof lazyEnglish>
  readonly formatters: NumberFormatters
  readonly dir: 'ltr' | 'rtl' | undefined
}

const TextsContext = createContext<Texts>({
  messages: initialEnglish,
  formatters: numberFormattersOf(initialEnglish.locale),
  dir: undefined,
})

export const useTexts = () => useContext(TextsContext)

/**
 * Provides texts to every component below. English is the default. Wrap your app in it, next to `<UploadProvider>`.
 */
export function UploadI18nProvider({
  children,
  ...options
}: TextOptions & { readonly children?: ReactNode }) {
  return <TextsContext.Provider value={useMergedTexts(options)}>{children}</TextsContext.Provider>
}

function useMergedTexts({ messages, locale, dir }: TextOptions): Texts {
  const inheritedTexts = useTexts()
  return useMemo(() => {
    if (messages === undefined && locale === undefined && dir === undefined) return inheritedTexts
    return {
      messages: messages
        ? {
            ...inheritedTexts.messages,
            ...messages,
            errors: { ...inheritedTexts.messages.errors, ...messages.errors },
          }
        : inheritedTexts.messages,
      formatters: numberFormattersOf(locale ?? messages?.locale ?? inheritedTexts.formatters.locale),
      dir: dir ?? inheritedTexts.dir,
    }
  }, [inheritedTexts, messages, locale, dir])
}

/** Returns the text of an error for users. A text of the app or its backend replaces the built-in one. */
export function errorText(error: UploadError, { messages, formatters }: Texts): string {
  const { code, details, text } = error
  const override = messages.errors[code]
  if (override === undefined || text !== defaultText(code, details)) return text
  return typeof override === 'string' ? override : override(error, formatters)
}

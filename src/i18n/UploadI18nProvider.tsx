'use client'

import { useMemo } from 'react'
import type { ReactNode } from 'react'
import type { Messages } from './en.ts'
import { numberFormattersOf } from './number-format.ts'
import { TextsContext, useTexts } from './texts.tsx'
import type { Texts } from './texts.tsx'

export interface TextOptions {
  /** Replaces all English texts (`messages={ko}`) or some of them (`messages={{ chooseImages: 'Add' }}`). */
  readonly messages?: Partial<Messages> | undefined
  /** BCP 47 tag for formatters, sizes and plurals. Default: the locale of the messages. */
  readonly locale?: string | undefined
  /** Text direction. Default: the page's. */
  readonly dir?: 'ltr' | 'rtl' | undefined
}

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

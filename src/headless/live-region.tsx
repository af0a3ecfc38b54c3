'use client'

import { useEffect, useRef, useState } from 'react'
import { useUploadRuntime } from '../react/context.ts'
import { whenLoaded } from '../internal/lazy-module.ts'
import { loadPageCode } from './lazy/load-page-code.ts'
import { useTexts } from '../i18n/texts.tsx'
import { createPart, useMergedRefs } from './create-part.tsx'
import type { Part } from './create-part.tsx'
import { useRootContext } from './context.ts'

/**
 * Announces progress to screen readers: start, every quarter, done, failed, rejected. Announcements are polite and at
 * least two seconds apart. One region per provider announces for all lists, and the other regions are hidden. The
 * text is visible unless your CSS hides it.
 */
export const LiveRegion: Part<'div', { readonly text: string }> = /* @__PURE__ */ createPart(
  'live',
  'div',
  (rest, forwardedRef) => {
    const { uploader } = useRootContext()
    const runtime = useUploadRuntime()
    const texts = useTexts()
    const [text, setText] = useState<string>()
    const element = useRef<HTMLDivElement>(null)
    const ref = useMergedRefs(element, forwardedRef)
    const latestProps = useRef({ uploader, texts })
    useEffect(() => {
      latestProps.current = { uploader, texts }
    })
    const { store } = uploader
    useEffect(() => {
      return whenLoaded(loadPageCode, ({ registerLiveRegion }) =>
        registerLiveRegion(runtime, latestProps.current.uploader, {
          setText,
          texts: () => latestProps.current.texts,
          element: () => element.current,
        }),
      )
    }, [runtime, store])
    // Another region announces. This element stays in the page, so that the announcer can check whether a dialog hides
    // it. It has no `aria-live`, because the dialogs of Radix and Base UI do not hide elements with that attribute.
    if (text === undefined)
      return { state: { text: '' }, props: { ...rest, ref, hidden: true }, children: null }
    return { state: { text }, props: { role: 'status', 'aria-live': 'polite', ...rest, ref }, children: text }
  },
)

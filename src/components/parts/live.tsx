'use client'

import { useEffect, useRef, useState } from 'react'
import { useUploadRuntime } from '../../react/context.ts'
import { later } from '../../react/later.ts'
import { useTexts } from '../texts.tsx'
import { part, useBoth } from './part.tsx'
import type { Part } from './part.tsx'
import { useScope } from './scope.ts'

/**
 * Announces progress to screen readers: start, every quarter, done, failed, rejected. Polite, at most every two
 * seconds. One region per provider announces for all lists; the others are hidden. Visible unless your CSS hides
 * it.
 */
export const Live: Part<'div', { readonly text: string }> = /* @__PURE__ */ part(
  'live',
  'div',
  (rest, given) => {
    const { uploader } = useScope()
    const runtime = useUploadRuntime()
    const texts = useTexts()
    const [text, say] = useState<string>()
    const place = useRef<HTMLDivElement>(null)
    const ref = useBoth(place, given)
    const latest = useRef({ uploader, texts })
    useEffect(() => {
      latest.current = { uploader, texts }
    })
    const { store } = uploader
    useEffect(() => {
      return later(
        () => import('../announce.ts'),
        ({ announce }) =>
          announce(runtime, latest.current.uploader, {
            say,
            texts: () => latest.current.texts,
            place: () => place.current,
          }),
      )
    }, [runtime, store])
    // A silent region only marks its position. With `aria-live`, the dialogs of Radix and Base UI exclude it from
    // what they hide.
    if (text === undefined)
      return { state: { text: '' }, props: { ...rest, ref, hidden: true }, children: null }
    return { state: { text }, props: { role: 'status', 'aria-live': 'polite', ...rest, ref }, children: text }
  },
)

'use client'

import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import { lazyModule, whenLoaded } from '../../internal/lazy-module.ts'
import { pageDropEnglish } from '../../i18n/page-drop-en.ts'
import { useTexts } from '../../i18n/texts.tsx'
import { createPart, useMergedRefs } from '../create-part.tsx'
import type { Part } from '../create-part.tsx'
import { useRootContext } from '../context.ts'
import { loadDropCode } from './dropzone.tsx'
import type { DropzoneState } from './dropzone.tsx'
import { usePicker } from './picker.tsx'
import { useDropState } from './useDropState.ts'

const loadPageTargets = /* @__PURE__ */ lazyModule(() => import('./page-targets.ts'))
const loadPageDropCode = () => Promise.all([loadDropCode(), loadPageTargets()])

/** Time in ms for which `problem` is shown. The live region announces the same text. */
const problemMs = 6000

let mountCount = 0

export interface PageDropState extends Pick<DropzoneState, 'drag' | 'reason' | 'problem' | 'reading'> {
  /** Text for a drag: "Drop files to add them to Photos", or the reason why the files would be rejected. */
  readonly text: string
}

interface PageDropOptions {
  /** Name of the place to which the files are added. The text of the overlay contains it. */
  readonly label?: string | undefined
  readonly disabled?: boolean | undefined
}

/**
 * Accepts files that are dropped anywhere on the page, and files that are pasted while no text field has focus, except
 * a text field inside the same `Root`. Is hidden unless files are over the page, a folder is being read, or the last
 * drop had no file. A `Dropzone` under the pointer takes the files instead. An open modal dialog blocks all drops,
 * unless this component is inside the dialog. If several are mounted, the last one takes the files. The browser shows
 * it above everything else (popover). Style it as a layer over the page. Add a `Trigger` and an `Input` for keyboards.
 */
export const PageDrop: Part<'div', PageDropState, PageDropOptions> = /* @__PURE__ */ createPart<
  'div',
  PageDropState,
  PageDropOptions
>('page-drop', 'div', ({ label, disabled: partDisabled, style, ...rest }, forwardedRef) => {
  const { uploader } = useRootContext()
  const texts = useTexts()
  const { messages, formatters } = texts
  const { disabled, multiple, room, preload } = usePicker(partDisabled)
  const element = useRef<HTMLDivElement>(null)
  const { dragState, reading, problem, callbacks } = useDropState()
  const { onProblem, onHover } = callbacks
  const [code, setCode] = useState<Awaited<ReturnType<typeof loadPageDropCode>>>()
  const mountOrder = useRef(0)
  useEffect(() => {
    mountOrder.current = mountCount += 1
    return whenLoaded(loadPageDropCode, setCode)
  }, [])
  const [[zoneCode, pageCode] = [], pageTargets] = code ?? []
  const { maxFiles = 1 } = uploader.options()
  const drag = !dragState || disabled ? 'none' : dragState === 'accept' ? dragState : 'reject'
  const isDragging = drag !== 'none'
  const reason = dragState === 'too-many' ? messages.full(maxFiles, formatters) : messages.wrongType
  const text =
    drag === 'reject' ? reason : (messages.dropOnPage ?? pageDropEnglish.dropOnPage)(multiple, label)
  const isShown = isDragging || reading !== undefined || problem !== undefined
  useLayoutEffect(() => (isShown ? showInTopLayer(element.current) : undefined), [isShown])
  useEffect(() => {
    if (problem === undefined) return undefined
    const timer = setTimeout(() => onProblem(undefined), problemMs)
    return () => clearTimeout(timer)
    // oxlint-disable-next-line react/exhaustive-deps -- the function changes with each render and does the same
  }, [problem])
  return {
    state: {
      drag,
      text,
      reason: drag === 'reject' ? reason : undefined,
      problem: isDragging ? undefined : problem,
      reading: isDragging ? undefined : reading,
    },
    props: {
      ...rest,
      ref: useMergedRefs(element, forwardedRef),
      hidden: !isShown,
      // The overlay is decoration while files are dragged. The zones below it must receive the events.
      'aria-hidden': isDragging || undefined,
      style: isDragging ? { ...style, pointerEvents: 'none' } : style,
      'data-drag': drag,
    },
    children: isDragging
      ? text
      : (problem ??
        (reading && pageCode?.withLazyMessages(texts).messages.reading(reading.count, formatters))),
    sibling: zoneCode && pageCode && pageTargets && (
      <zoneCode.DropHandler
        {...{ pageCode, element, room }}
        {...callbacks}
        // oxlint-disable-next-line react/refs -- the order is set before the code loads, and does not change
        pageTarget={{ createTargets: pageTargets.createPageTargets, mountOrder: mountOrder.current }}
        isEnabled={() => !disabled}
        onHover={(newState) => {
          onHover(newState)
          if (newState) preload()
        }}
      />
    ),
  }
})

/** Shows the overlay above dialogs. Without popovers, the styles of the app place the overlay. */
function showInTopLayer(overlay: HTMLElement | null) {
  if (!overlay || typeof overlay.showPopover !== 'function') return undefined
  overlay.setAttribute('popover', 'manual')
  overlay.showPopover()
  return () => {
    if (overlay.isConnected && typeof overlay.hidePopover === 'function') overlay.hidePopover()
    overlay.removeAttribute('popover')
  }
}

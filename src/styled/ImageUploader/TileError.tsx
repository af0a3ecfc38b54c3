'use client'

import { useCallback, useEffect, useRef, useState } from 'react'
import type { RefObject } from 'react'
import { useEntry, useEntryStatus, nameOf } from '../../headless/context.ts'
import { loadRowCode } from '../../headless/lazy/load-row-code.ts'
import { useCompleteTexts } from '../../i18n/complete-texts.ts'
import { errorText } from '../../i18n/texts.tsx'
import { ignoreLoadError } from '../../internal/lazy-module.ts'

/**
 * Shows the reason of a failure in a few words, because a tile has no room for a sentence. The file name and the whole
 * reason appear beside the tile while it has focus or the pointer, or after a press on the short reason. Screen readers
 * read `Upload.Status` and not this text.
 */
export function TileError() {
  const entry = useEntry()
  const texts = useCompleteTexts()
  const error = useEntryStatus(entry, (status) => (status.status === 'error' ? status.error : undefined))
  const reasonElement = useRef<HTMLSpanElement>(null)
  const isShown = useIsDetailShown(reasonElement)
  const showBeside = useCallback((detail: HTMLElement | null) => {
    const tile = reasonElement.current?.closest<HTMLElement>('[data-row]')
    if (!detail || !tile) return
    loadRowCode().then(({ placeBeside }) => {
      if (!detail.isConnected) return
      if (typeof detail.showPopover === 'function') detail.showPopover()
      placeBeside(detail, tile)
    }, ignoreLoadError)
  }, [])
  if (!error) return null
  const { failedShort, shortReasons } = texts.messages
  return (
    <>
      <span ref={reasonElement} className="putaway-veil-text putaway-short-reason" aria-hidden="true">
        {shortReasons[error.code] ?? failedShort}
      </span>
      {isShown && (
        <span ref={showBeside} popover="manual" className="putaway-detail" aria-hidden="true">
          <bdi>{nameOf(entry)}</bdi>
          <span>{errorText(error, texts)}</span>
        </span>
      )}
    </>
  )
}

/** How long the detail stays after the pointer left its tile, in ms. It can then be moved onto the detail. */
const hoverEndMs = 150

/** Whether the row of an element has visible focus or the pointer, or the element was pressed. Escape makes it false. */
function useIsDetailShown(element: RefObject<HTMLElement | null>): boolean {
  const [reason, setReason] = useState<'focus' | 'press' | 'hover'>()
  useEffect(() => {
    const { current } = element
    const row = current?.closest<HTMLElement>('[data-row]')
    if (!current || !row) return undefined
    let hoverTimer: ReturnType<typeof setTimeout> | undefined
    // Not removed by a signal: Jest's environment jest-fixed-jsdom has Node's AbortController, and its nodes throw.
    const listeners: readonly [Node, string, (event: Event) => void][] = [
      [
        row,
        'pointerenter',
        (event) => {
          clearTimeout(hoverTimer)
          // A finger only touches a tile, so a press shows the detail.
          if ((event as PointerEvent).pointerType === 'mouse') setReason((before) => before ?? 'hover') // its type says that it is a pointer event
        },
      ],
      [
        row,
        'pointerleave',
        () => {
          hoverTimer = setTimeout(
            () => setReason((before) => (before === 'hover' ? undefined : before)),
            hoverEndMs,
          )
        },
      ],
      [
        row,
        'focusin',
        ({ target }) => target instanceof Element && target.matches(':focus-visible') && setReason('focus'),
      ],
      [row, 'focusout', () => setReason(undefined)],
      [
        current,
        'click',
        (event) => {
          event.stopPropagation()
          setReason((before) => (before === 'press' ? undefined : 'press'))
        },
      ],
      [
        row.getRootNode(),
        'pointerdown',
        ({ target }) => target instanceof Node && !row.contains(target) && setReason(undefined),
      ],
    ]
    for (const [target, type, listener] of listeners) target.addEventListener(type, listener)
    return () => {
      clearTimeout(hoverTimer)
      for (const [target, type, listener] of listeners) target.removeEventListener(type, listener)
    }
  }, [element])
  useEffect(() => {
    if (!reason) return undefined
    function onKey(event: KeyboardEvent) {
      if (event.key !== 'Escape') return
      // Without this, Escape would also close a dialog around the list.
      event.preventDefault()
      event.stopImmediatePropagation()
      setReason(undefined)
    }
    window.addEventListener('keydown', onKey, true)
    return () => window.removeEventListener('keydown', onKey, true)
  }, [reason])
  return reason !== undefined
}

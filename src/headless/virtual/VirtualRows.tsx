'use client'

import { Fragment, useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { ReactNode } from 'react'
import { loadRowCode } from '../lazy/load-row-code.ts'
import type { RowPosition, RowWatcher, VirtualView } from './virtual-window.ts'

/** Up to this number all rows are rendered: the cost is low, and the browser's find-in-page sees every row. */
const maxUnvirtualizedRows = 100
/** Rows in the first render and on the server, before the windowing code loads. */
const initialRows = 30

interface VirtualRowsProps<Item> {
  readonly items: readonly Item[]
  /** Renders one child of the list: a `<li>` that spreads `place`. */
  readonly children: (item: Item, place: RowPosition) => ReactNode
}

/**
 * Renders the rows of a long list or grid: beyond 100, only those near the viewport and the focused one. Must be
 * the child of a `<ul>` or `<ol>`. Works in any scroll container and with rows of different heights.
 *
 * ```tsx
 * <ul>
 *   <VirtualRows items={items}>{(item, place) => <Row item={item} {...place} />}</VirtualRows>
 * </ul>
 * ```
 */
export function VirtualRows<Item extends { readonly id: string }>({
  items,
  children: row,
}: VirtualRowsProps<Item>): ReactNode {
  const { length } = items
  const isVirtualized = length > maxUnvirtualizedRows
  const [view, setView] = useState<VirtualView>()
  // Rows stay rendered until the visible range is measured.
  const [renderedCount, setRenderedCount] = useState(initialRows)
  if (!isVirtualized && length > renderedCount) setRenderedCount(length)
  const end = useRef<HTMLLIElement>(null)
  const count = useRef(length)
  const watcher = useRef<RowWatcher>(undefined)

  useBrowserLayoutEffect(() => {
    count.current = length
    watcher.current?.update()
  }, [length, view])

  useEffect(() => {
    const list = end.current?.parentElement
    if (!isVirtualized || !list) return undefined
    let isUnmounted = false
    loadRowCode().then(
      ({ watchVisibleRows }) => {
        if (!isUnmounted) watcher.current = watchVisibleRows(list, () => count.current, setView)
      },
      () => setView(completeView),
    )
    return () => {
      isUnmounted = true
      watcher.current?.stop()
      watcher.current = undefined
    }
  }, [isVirtualized])

  const { ranges, after } =
    isVirtualized && view
      ? view
      : {
          ranges: [{ from: 0, to: isVirtualized ? renderedCount : maxUnvirtualizedRows, before: 0 }],
          after: 0,
        }
  // A flat list with keys: a row keeps its state when its range changes.
  return [
    ...ranges.flatMap(({ from, to, before }) => [
      <Spacer key={`before ${from}`} height={before} />,
      ...items
        .slice(from, to)
        .map((item, index) => (
          <Fragment key={item.id}>
            {row(item, isVirtualized ? { 'aria-setsize': length, 'aria-posinset': from + index + 1 } : {})}
          </Fragment>
        )),
    ]),
    <Spacer key="after" height={after} />,
    isVirtualized && <li key="end" ref={end} hidden />,
  ]
}

/** Fills the height of rows that are not rendered. */
function Spacer({ height }: { readonly height: number }) {
  if (height <= 0) return null
  return (
    <li aria-hidden="true" data-space="" style={{ height, gridColumn: '1 / -1', overflowAnchor: 'none' }} />
  )
}

const completeView: VirtualView = { ranges: [{ from: 0, to: Infinity, before: 0 }], after: 0 }

/** React 18 warns about layout effects on the server. */
const useBrowserLayoutEffect = typeof document === 'undefined' ? useEffect : useLayoutEffect

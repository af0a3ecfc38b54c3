'use client'

import { Fragment, useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { ReactNode } from 'react'
import { loadRowCode } from '../lazy/load-row-code.ts'
import type { RowPosition, RowWatcher, VirtualView } from './virtual-window.ts'

/**
 * Maximum number of rows for which all rows are rendered. The cost is then low, and the browser's find-in-page finds
 * every row.
 */
const maxUnvirtualizedRows = 100
/**
 * Rows in the first render and on the server, before the windowing code loads. They fill most screens, and 30 of them
 * block the page for about 100 ms when ten thousand files are chosen.
 */
const initialRows = 15

interface VirtualRowsProps<Item> {
  readonly items: readonly Item[]
  /** Renders one child of the list: a `<li>` that spreads `rowPosition`. */
  readonly children: (item: Item, rowPosition: RowPosition) => ReactNode
}

/**
 * Renders the rows of a list or grid. If there are more than 100, renders only the rows near the viewport and near the
 * focused row. Must be the child of a `<ul>` or `<ol>`. Works in any scroll container and with rows of different
 * heights.
 *
 * ```tsx
 * <ul>
 *   <VirtualRows items={items}>{(item, rowPosition) => <Row item={item} {...rowPosition} />}</VirtualRows>
 * </ul>
 * ```
 */
export function VirtualRows<Item extends { readonly id: string }>({
  items,
  children: renderRow,
}: VirtualRowsProps<Item>): ReactNode {
  const { length } = items
  const isVirtualized = length > maxUnvirtualizedRows
  const [view, setView] = useState<VirtualView>()
  // If a list becomes longer than 100 rows, its rows stay rendered until the visible range is measured.
  const [renderedCount, setRenderedCount] = useState(initialRows)
  if (!isVirtualized && length > renderedCount) setRenderedCount(length)
  const endMarker = useRef<HTMLLIElement>(null)
  const latestLength = useRef(length)
  const watcher = useRef<RowWatcher>(undefined)

  useBrowserLayoutEffect(() => {
    latestLength.current = length
    watcher.current?.update()
  }, [length, view])

  useEffect(() => {
    const list = endMarker.current?.parentElement
    if (!isVirtualized || !list) return undefined
    let isUnmounted = false
    loadRowCode().then(
      ({ watchVisibleRows }) => {
        if (!isUnmounted) watcher.current = watchVisibleRows(list, () => latestLength.current, setView)
      },
      () => setView(completeView),
    )
    return () => {
      isUnmounted = true
      watcher.current?.stop()
      watcher.current = undefined
    }
  }, [isVirtualized])

  const { ranges, spaceAfter } =
    isVirtualized && view
      ? view
      : {
          ranges: [
            { startIndex: 0, endIndex: isVirtualized ? renderedCount : maxUnvirtualizedRows, spaceBefore: 0 },
          ],
          spaceAfter: 0,
        }
  // All rows are in one flat list with keys, so that a row keeps its state when its range changes.
  return [
    ...ranges.flatMap(({ startIndex, endIndex, spaceBefore }) => [
      <Spacer key={`before ${startIndex}`} height={spaceBefore} />,
      ...items
        .slice(startIndex, endIndex)
        .map((item, index) => (
          <Fragment key={item.id}>
            {renderRow(
              item,
              isVirtualized ? { 'aria-setsize': length, 'aria-posinset': startIndex + index + 1 } : {},
            )}
          </Fragment>
        )),
    ]),
    <Spacer key="after" height={spaceAfter} />,
    isVirtualized && <li key="end" ref={endMarker} hidden />,
  ]
}

/** Fills the height of rows that are not rendered. */
function Spacer({ height }: { readonly height: number }) {
  if (height <= 0) return null
  return (
    <li aria-hidden="true" data-space="" style={{ height, gridColumn: '1 / -1', overflowAnchor: 'none' }} />
  )
}

const completeView: VirtualView = {
  ranges: [{ startIndex: 0, endIndex: Infinity, spaceBefore: 0 }],
  spaceAfter: 0,
}

/** React 18 warns about layout effects on the server. */
const useBrowserLayoutEffect = typeof document === 'undefined' ? useEffect : useLayoutEffect

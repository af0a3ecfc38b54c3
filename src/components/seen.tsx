'use client'

import { Fragment, useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { ReactNode } from 'react'
import type { RowWatch, View } from './seen-rows.ts'

/** Up to this many rows are all rendered: that costs little, and the browser's own search finds every one. */
const few = 100
/** So many are there at once, and on the server; the rest when the code has come that knows where they are seen. */
const first = 30

/** Where a row stands in the whole list, for screen readers: spread it on the row. Empty where all rows are there. */
export interface Place {
  readonly 'aria-setsize'?: number
  readonly 'aria-posinset'?: number
}

interface SeenProps<Item> {
  readonly items: readonly Item[]
  /** Makes one child of the list: a `<li>` that spreads `place`. */
  readonly children: (item: Item, place: Place) => ReactNode
}

/**
 * The rows of a list or grid that may be long: beyond 100 only those near what is seen are rendered, and the one with
 * focus. To be the child of a `<ul>` or `<ol>`, in whatever scrolls; the rows may differ in height.
 *
 * ```tsx
 * <ul>
 *   <Seen items={items}>{(item, place) => <Row item={item} {...place} />}</Seen>
 * </ul>
 * ```
 */
export function Seen<Item extends { readonly id: string }>({
  items,
  children: row,
}: SeenProps<Item>): ReactNode {
  const { length } = items
  const long = length > few
  const [view, setView] = useState<View>()
  // What was rendered stays until it is known what is seen.
  const [kept, setKept] = useState(first)
  if (!long && length > kept) setKept(length)
  const end = useRef<HTMLLIElement>(null)
  const count = useRef(length)
  const watch = useRef<RowWatch>(undefined)

  useBeforePaint(() => {
    count.current = length
    watch.current?.look()
  }, [length, view])

  useEffect(() => {
    const list = end.current?.parentElement
    if (!long || !list) return undefined
    let left = false
    import('./seen-rows.ts').then(
      ({ watchRows }) => {
        if (!left) watch.current = watchRows(list, () => count.current, setView)
      },
      () => setView(wholeView),
    )
    return () => {
      left = true
      watch.current?.stop()
      watch.current = undefined
    }
  }, [long])

  const { stretches, after } =
    long && view ? view : { stretches: [{ from: 0, to: long ? kept : few, before: 0 }], after: 0 }
  // One flat list of children: a row stays the same row when the stretch that it is in becomes another.
  return [
    ...stretches.flatMap(({ from, to, before }) => [
      <Space key={`before ${from}`} height={before} />,
      ...items
        .slice(from, to)
        .map((item, index) => (
          <Fragment key={item.id}>
            {row(item, long ? { 'aria-setsize': length, 'aria-posinset': from + index + 1 } : {})}
          </Fragment>
        )),
    ]),
    <Space key="after" height={after} />,
    long && <li key="end" ref={end} hidden />,
  ]
}

/** Stands for rows that are not rendered. */
function Space({ height }: { readonly height: number }) {
  if (height <= 0) return null
  return (
    <li aria-hidden="true" data-space="" style={{ height, gridColumn: '1 / -1', overflowAnchor: 'none' }} />
  )
}

const wholeView: View = { stretches: [{ from: 0, to: Infinity, before: 0 }], after: 0 }

/** React 18 complains of layout effects on the server, where none runs. */
const useBeforePaint = typeof document === 'undefined' ? useEffect : useLayoutEffect

'use client'

import { memo, useMemo } from 'react'
import type { ComponentPropsWithoutRef, ReactElement, ReactNode } from 'react'
import type { FieldEntry } from '../field/field-state.ts'
import { VirtualRows } from './virtual/VirtualRows.tsx'
import type { RowPosition } from './virtual/virtual-window.ts'
import { useTexts } from '../i18n/texts.tsx'
import { RowContext, useEntries } from './context.ts'
import type { RowContextValue } from './context.ts'

interface ListOptions {
  /** Content of a row: an `Item` with other headless components in it, or a function that gets the entry. */
  readonly children: ReactElement | ((entry: FieldEntry) => ReactNode)
  /** A custom last row, for example a tile to add more: an `<li>`. */
  readonly last?: ReactNode
}

/**
 * A list of stored images and uploads. Each row renders separately. The list renders only when rows are added,
 * removed or moved. Renders nothing while it is empty and has no `last`.
 */
export function List({
  last,
  children,
  ...rest
}: ListOptions & Omit<ComponentPropsWithoutRef<'ul'>, 'children'>) {
  const { messages } = useTexts()
  const entries = useEntries()
  if (entries.length === 0 && last === undefined) return null
  const count = entries.length
  return (
    <ul aria-label={messages.uploads} data-part="list" data-empty={count === 0 || undefined} {...rest}>
      <VirtualRows items={entries}>
        {(entry, rowPosition) => (
          <ListRow entry={entry} size={rowPosition['aria-setsize']} index={rowPosition['aria-posinset']}>
            {children}
          </ListRow>
        )}
      </VirtualRows>
      {last}
    </ul>
  )
}

interface ListRowProps extends Pick<ListOptions, 'children'> {
  readonly entry: FieldEntry
  readonly size: RowPosition['aria-setsize']
  readonly index: RowPosition['aria-posinset']
}

const ListRow = /* @__PURE__ */ memo(function ListRow({ entry, size, index, children }: ListRowProps) {
  const rowContext = useMemo(
    (): RowContextValue =>
      size === undefined || index === undefined
        ? { entry }
        : { entry, rowPosition: { 'aria-setsize': size, 'aria-posinset': index } },
    [entry, size, index],
  )
  return (
    <RowContext.Provider value={rowContext}>
      {typeof children === 'function' ? children(entry) : children}
    </RowContext.Provider>
  )
})

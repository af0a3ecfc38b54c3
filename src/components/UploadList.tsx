'use client'

import { memo, useEffect, useRef } from 'react'
import type { ComponentPropsWithoutRef } from 'react'
import type { UploadItem } from '../core/item.ts'
import { isPending } from '../core/item.ts'
import type { Uploader } from '../core/uploader.ts'
import { useUploadItem } from '../react/useUploadItem.ts'
import { FileName } from './FileName.tsx'
import { keepFocus } from './focus.ts'
import { ItemActions } from './ItemActions.tsx'
import type { ItemCalls } from './ItemActions.tsx'
import { LiveRegion } from './LiveRegion.tsx'
import { messages } from './messages.ts'
import { ProgressBar } from './ProgressBar.tsx'
import { statusAttributes, statusText } from './status.ts'
import { Thumbnail } from './Thumbnail.tsx'
import { useItems } from './useItems.ts'

export interface UploadListProps extends Omit<ComponentPropsWithoutRef<'div'>, 'children'> {
  /** The list to show: the result of `useMultiUpload` or `useUpload`. */
  readonly uploader: Pick<Uploader, 'store'> & ItemCalls
  /** The list's name for screen readers. Default: "Uploads". */
  readonly label?: string | undefined
}

/**
 * A row for every file: picture, name, size, progress, and buttons to cancel, retry and remove. Each row renders by
 * itself; the list renders only when items come, go or move. Shows nothing while there are no items.
 */
export function UploadList({ uploader, label = messages.uploads, className, ...rest }: UploadListProps) {
  const { store, cancel, retry, remove } = uploader
  const items = useItems(store)
  const root = useRef<HTMLDivElement>(null)
  useEffect(() => (root.current ? keepFocus(root.current, store) : undefined), [store])
  return (
    <div
      {...rest}
      ref={root}
      data-putaway="list"
      className={className ? `putaway-uploads ${className}` : 'putaway-uploads'}
    >
      {items.length > 0 && (
        <ul className="putaway-list" aria-label={label}>
          {items.map((item) => (
            <Row key={item.id} {...{ item, cancel, retry, remove }} />
          ))}
        </ul>
      )}
      <LiveRegion store={store} />
    </div>
  )
}

const Row = memo(function Row({ item, ...calls }: { readonly item: UploadItem } & ItemCalls) {
  const { file } = item
  return (
    <li className="putaway-row" data-row="">
      <Thumbnail file={file} />
      <div className="putaway-row-text">
        <div className="putaway-row-title">
          <FileName name={file.name} />
          <span className="putaway-size">{messages.size(file.size)}</span>
        </div>
        <RowStatus item={item} />
      </div>
      <ItemActions item={item} {...calls} />
    </li>
  )
})

function RowStatus({ item }: { readonly item: UploadItem }) {
  const now = useUploadItem(item)
  return (
    <div className="putaway-status" {...statusAttributes(now)}>
      {isPending(now) && <ProgressBar item={item} />}
      <span className="putaway-status-text">{statusText(now)}</span>
    </div>
  )
}

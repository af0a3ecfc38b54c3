'use client'

import { memo } from 'react'
import type { UploadItem } from '../core/item.ts'
import { isPending } from '../core/item.ts'
import { useUploadItem } from '../react/useUploadItem.ts'
import { Dropzone } from './Dropzone.tsx'
import { Icon } from './icons.tsx'
import type { LayoutProps } from './ImageUploader.tsx'
import { ItemActions } from './ItemActions.tsx'
import type { ItemCalls } from './ItemActions.tsx'
import { messages } from './messages.ts'
import { ProgressBar } from './ProgressBar.tsx'
import { statusAttributes, statusText } from './status.ts'
import { Thumbnail } from './Thumbnail.tsx'
import { useItems } from './useItems.ts'

/** Many images as square tiles, with a tile to add more while there is room. Files can be dropped anywhere on it. */
export function ImageGrid({ uploader, label, description, disabled, labelId, descriptionId }: LayoutProps) {
  const { store, options, cancel, retry, remove } = uploader
  const items = useItems(store)
  const { maxFiles } = options()
  return (
    <>
      <div className="putaway-head">
        <span id={labelId} className="putaway-label">
          {label}
        </span>
        {(items.length > 0 || maxFiles !== undefined) && (
          <span className="putaway-count">{messages.count(items.length, maxFiles)}</span>
        )}
      </div>
      {description !== undefined && (
        <div id={descriptionId} className="putaway-description">
          {description}
        </div>
      )}
      <Dropzone
        uploader={uploader}
        label={messages.chooseImages}
        disabled={disabled}
        className="putaway-grid-zone"
      >
        {({ drag, reason, full, buttonProps }) => (
          <>
            <ul
              className="putaway-grid"
              aria-labelledby={labelId}
              data-empty={items.length === 0 || undefined}
            >
              {items.map((item) => (
                <Tile key={item.id} {...{ item, disabled, cancel, retry, remove }} />
              ))}
              {!full && (
                <li className="putaway-add">
                  <button {...buttonProps} className="putaway-add-button">
                    <span className="putaway-emblem">
                      <Icon name={items.length === 0 ? 'image' : 'add'} />
                    </span>
                    <span className="putaway-add-label">{messages.chooseImages}</span>
                    {items.length === 0 && <span className="putaway-hint">{messages.dropFiles}</span>}
                  </button>
                </li>
              )}
            </ul>
            {drag !== 'none' && (
              <div className="putaway-drop-note">
                <Icon name={drag === 'reject' ? 'alert' : 'upload'} />
                {reason ?? messages.dropNow}
              </div>
            )}
          </>
        )}
      </Dropzone>
    </>
  )
}

interface TileProps extends ItemCalls {
  readonly item: UploadItem
  readonly disabled: boolean
}

const Tile = memo(function Tile({ item, disabled, ...calls }: TileProps) {
  return (
    <li className="putaway-tile" data-row="">
      <Thumbnail file={item.file} alt={item.file.name} />
      <TileStatus item={item} />
      <ItemActions item={item} disabled={disabled} {...calls} />
    </li>
  )
})

interface TileStatusProps {
  readonly item: UploadItem
  /** False where the words stand elsewhere. */
  readonly words?: boolean
}

/** What lies over a picture: how far it is, or what went wrong; a small mark once it is done. */
export function TileStatus({ item, words = true }: TileStatusProps) {
  const now = useUploadItem(item)
  const text = statusText(now)
  return (
    <div className="putaway-veil" {...statusAttributes(now)}>
      {now.status === 'done' && (
        <span className="putaway-done">
          <Icon name="check" />
        </span>
      )}
      {words && (
        <span
          className={now.status === 'done' ? 'putaway-live' : 'putaway-veil-text'}
          title={now.status === 'error' ? text : undefined}
        >
          {text}
        </span>
      )}
      {isPending(now) && <ProgressBar item={item} />}
    </div>
  )
}

'use client'

import { useUploadItem } from '../react/useUploadItem.ts'
import type { UploadItem } from '../core/item.ts'
import { Dropzone } from './Dropzone.tsx'
import { FileName } from './FileName.tsx'
import { Icon } from './icons.tsx'
import { TileStatus } from './ImageGrid.tsx'
import type { LayoutProps } from './ImageUploader.tsx'
import { actionOf } from './ItemActions.tsx'
import type { ItemCalls } from './ItemActions.tsx'
import { messages } from './messages.ts'
import { statusAttributes, statusText } from './status.ts'
import { Thumbnail } from './Thumbnail.tsx'
import { useItems } from './useItems.ts'

/** One image: its picture in a square, and beside it what it is, where it stands and what can be done. */
export function ImageCard({ uploader, label, description, disabled, labelId, descriptionId }: LayoutProps) {
  const { store, cancel, retry, remove } = uploader
  const [item] = useItems(store)
  return (
    <Dropzone uploader={uploader} label={messages.chooseImage} disabled={disabled} className="putaway-card">
      {({ drag, reason, buttonProps }) => (
        <>
          <span className="putaway-tile" data-empty={!item || undefined}>
            {item ? (
              <>
                <Thumbnail key={item.id} file={item.file} alt={item.file.name} />
                <TileStatus item={item} words={false} />
              </>
            ) : (
              <Icon name={drag === 'reject' ? 'alert' : drag === 'accept' ? 'upload' : 'image'} />
            )}
          </span>
          <div className="putaway-card-text" data-row="">
            <span id={labelId} className="putaway-label">
              {label}
            </span>
            <div className="putaway-card-lines">
              {drag === 'none' && item ? (
                <CardStatus item={item} />
              ) : (
                <span id={descriptionId} className="putaway-description">
                  {drag === 'none' ? description : (reason ?? messages.dropNow)}
                </span>
              )}
            </div>
            <div className="putaway-buttons">
              <button {...buttonProps} className="putaway-button">
                {item ? messages.replace : messages.chooseImage}
              </button>
              {!item && <span className="putaway-hint">{messages.dropFile}</span>}
              {item && <CardButtons key={item.id} {...{ item, disabled, cancel, retry, remove }} />}
            </div>
          </div>
        </>
      )}
    </Dropzone>
  )
}

function CardStatus({ item }: { readonly item: UploadItem }) {
  const now = useUploadItem(item)
  return (
    <>
      <div className="putaway-row-title">
        <FileName name={item.file.name} />
        <span className="putaway-size">{messages.size(item.file.size)}</span>
      </div>
      <div className="putaway-status" {...statusAttributes(now)}>
        <span className="putaway-status-text">{statusText(now)}</span>
      </div>
    </>
  )
}

function CardButtons({ item, disabled, ...calls }: ItemCalls & { item: UploadItem; disabled: boolean }) {
  const action = useUploadItem(item, actionOf)
  const { name } = item.file
  return (
    <>
      {action !== 'none' && (
        <button
          type="button"
          className="putaway-button"
          data-action={action}
          aria-label={action === 'cancel' ? messages.cancelOf(name) : messages.retryOf(name)}
          disabled={disabled && action === 'retry'}
          onClick={() => calls[action](item)}
        >
          {messages[action]}
        </button>
      )}
      <button
        type="button"
        className="putaway-button"
        data-action="remove"
        data-quiet=""
        aria-label={messages.removeOf(name)}
        disabled={disabled}
        onClick={() => calls.remove(item)}
      >
        {messages.remove}
      </button>
    </>
  )
}

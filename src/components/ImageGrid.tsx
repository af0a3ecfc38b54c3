'use client'

import { useStore } from 'zustand'
import { DropArea, DropProblem } from './Dropzone.tsx'
import { Icon } from './icons.tsx'
import type { LayoutProps } from './ImageUploader.tsx'
import { useClassNames, useSlots } from './styling.ts'
import { Item, Status } from './parts/item.tsx'
import { List, Undo } from './parts/list.tsx'
import { Trigger } from './parts/dropzone.tsx'
import { useEntries, useEntry, useEntryStatus, useScope } from './parts/scope.ts'
import { RowProgress } from './ProgressBar.tsx'
import { Actions, OpenablePreview, RowSpeed } from './Row.tsx'
import { isRetrying, displayStatusOf, statusAttributes } from './entry-status.ts'
import { useTexts } from './texts.tsx'
import { Rows } from './UploadList.tsx'

/**
 * Layout for many images: square tiles, and a tile to add more while there is room. Accepts drops anywhere on the
 * grid.
 */
export function ImageGrid({ labelId, capture, ...headProps }: LayoutProps) {
  const { messages } = useTexts()
  const classNameOf = useClassNames()
  const isEmpty = useEntries().length === 0
  return (
    <>
      <Head {...{ labelId, ...headProps }} />
      <DropArea multiple label={messages.chooseImages} capture={capture} className="putaway-grid-zone">
        {({ drag, reason, problem, full }) => (
          <>
            <List
              className={classNameOf('list', 'putaway-grid')}
              aria-label={undefined}
              aria-labelledby={labelId}
              last={!full && <AddTile isEmpty={isEmpty} />}
            >
              {tile}
            </List>
            <DropProblem problem={problem} />
            {drag !== 'none' && (
              <div className="putaway-drop-note">
                <Icon name={drag === 'reject' ? 'alert' : 'upload'} />
                {reason ?? messages.dropNow}
              </div>
            )}
          </>
        )}
      </DropArea>
    </>
  )
}

/** Layout for many images: rows below a dropzone. */
export function ImageRows({ label, capture, description, ...headProps }: LayoutProps) {
  const { messages } = useTexts()
  const { readOnly } = useScope()
  return (
    <>
      <Head {...{ label, ...headProps }} description={readOnly ? description : undefined} />
      {!readOnly && (
        <DropArea
          multiple
          label={messages.chooseImages}
          className="putaway-rows-zone"
          {...{ capture, description, descriptionId: headProps.descriptionId }}
        />
      )}
      <Rows label={label} openable />
    </>
  )
}

function Head({ label, description, labelId, descriptionId }: Omit<LayoutProps, 'capture'>) {
  const { uploader } = useScope()
  const { messages, formatters } = useTexts()
  const classNameOf = useClassNames()
  const count = useEntries().length
  const { maxFiles } = uploader.options()
  return (
    <>
      <div className="putaway-head">
        <span id={labelId} className={classNameOf('label', 'putaway-label')}>
          {label}
        </span>
        <span className="putaway-head-end">
          <RetryAll />
          <Undo className="putaway-button putaway-undo" data-quiet="" />
          {(count > 0 || maxFiles !== undefined) && (
            <span className="putaway-count">{messages.count(count, maxFiles, formatters)}</span>
          )}
        </span>
      </div>
      {description !== undefined && (
        <div id={descriptionId} className={classNameOf('description', 'putaway-description')}>
          {description}
        </div>
      )}
    </>
  )
}

/** Shown from two failed uploads on: retrying each one would be tedious. */
function RetryAll() {
  const { uploader, disabled } = useScope()
  const { messages } = useTexts()
  const failed = useStore(
    uploader.store,
    ({ items }) => items.filter((item) => item.status === 'error' && item.error.retryable).length,
  )
  if (failed < 2) return null
  return (
    <button
      type="button"
      className="putaway-button putaway-undo"
      data-quiet=""
      disabled={disabled}
      onClick={() => uploader.retry()}
    >
      {messages.retryAll}
    </button>
  )
}

function AddTile({ isEmpty: empty }: { readonly isEmpty: boolean }) {
  const { readOnly } = useScope()
  const { messages } = useTexts()
  const classNameOf = useClassNames()
  if (readOnly) return null
  return (
    <li className="putaway-add">
      <Trigger className={classNameOf('trigger', 'putaway-add-button')}>
        <span className="putaway-emblem">
          <Icon name={empty ? 'image' : 'add'} />
        </span>
        <span className="putaway-add-label">{messages.chooseImages}</span>
        {empty && <span className="putaway-hint">{messages.dropFiles}</span>}
      </Trigger>
    </li>
  )
}

function Tile() {
  const classNameOf = useClassNames()
  const { item: CustomComponent } = useSlots()
  const entry = useEntry()
  return (
    <Item className={classNameOf('item', 'putaway-tile')}>
      {CustomComponent ? (
        <CustomComponent entry={entry} />
      ) : (
        <>
          <OpenablePreview openable />
          <UploadOverlay />
          <Actions />
        </>
      )}
    </Item>
  )
}

// A constant element: React skips tiles that did not change.
const tile = <Tile />

/** Shows progress or an error over an image, and a check mark when it is done. */
export function UploadOverlay({
  showText = true,
}: {
  /** False if the text is shown elsewhere. */ readonly showText?: boolean
}) {
  const entry = useEntry()
  const displayStatus = useEntryStatus(entry, displayStatusOf)
  const retrying = useEntryStatus(entry, isRetrying)
  const classNameOf = useClassNames()
  if (displayStatus === 'stored') return null
  const isDone = displayStatus === 'done'
  return (
    <div className="putaway-veil" {...statusAttributes(displayStatus, retrying)}>
      {isDone && (
        <span className="putaway-done">
          <Icon name="check" />
        </span>
      )}
      {showText && (
        <Status className={classNameOf('status', isDone ? 'putaway-live' : 'putaway-veil-text')} />
      )}
      {showText && <RowSpeed />}
      <RowProgress />
    </div>
  )
}

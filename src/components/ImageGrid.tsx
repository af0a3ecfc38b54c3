'use client'

import { useStore } from 'zustand'
import { DropArea, DropProblem } from './Dropzone.tsx'
import { Icon } from './icons.tsx'
import type { LayoutProps } from './ImageUploader.tsx'
import { useLook, useSlots } from './look.ts'
import { Item, Status } from './parts/item.tsx'
import { List, Undo } from './parts/list.tsx'
import { Trigger } from './parts/dropzone.tsx'
import { useEntries, useEntry, useNow, useScope } from './parts/scope.ts'
import { RowProgress } from './ProgressBar.tsx'
import { Actions, Picture, RowSpeed } from './Row.tsx'
import { isWaiting, stageOf, statusAttributes } from './status.ts'
import { useTexts } from './texts.tsx'
import { Rows } from './UploadList.tsx'

/** Many images as square tiles, with a tile to add more while there is room. Files can be dropped anywhere on it. */
export function ImageGrid({ labelId, capture, ...head }: LayoutProps) {
  const { messages } = useTexts()
  const look = useLook()
  const empty = useEntries().length === 0
  return (
    <>
      <Head {...{ labelId, ...head }} />
      <DropArea multiple label={messages.chooseImages} capture={capture} className="putaway-grid-zone">
        {({ drag, reason, problem, full }) => (
          <>
            <List
              className={look('list', 'putaway-grid')}
              aria-label={undefined}
              aria-labelledby={labelId}
              last={!full && <AddTile empty={empty} />}
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

/** Images as rows, below a place to drop them. */
export function ImageRows({ label, capture, description, ...head }: LayoutProps) {
  const { messages } = useTexts()
  const { readOnly } = useScope()
  return (
    <>
      <Head {...{ label, ...head }} description={readOnly ? description : undefined} />
      {!readOnly && (
        <DropArea
          multiple
          label={messages.chooseImages}
          className="putaway-rows-zone"
          {...{ capture, description, descriptionId: head.descriptionId }}
        />
      )}
      <Rows label={label} openable />
    </>
  )
}

function Head({ label, description, labelId, descriptionId }: Omit<LayoutProps, 'capture'>) {
  const { uploader } = useScope()
  const { messages, numbers } = useTexts()
  const look = useLook()
  const count = useEntries().length
  const { maxFiles } = uploader.options()
  return (
    <>
      <div className="putaway-head">
        <span id={labelId} className={look('label', 'putaway-label')}>
          {label}
        </span>
        <span className="putaway-head-end">
          <RetryAll />
          <Undo className="putaway-button putaway-undo" data-quiet="" />
          {(count > 0 || maxFiles !== undefined) && (
            <span className="putaway-count">{messages.count(count, maxFiles, numbers)}</span>
          )}
        </span>
      </div>
      {description !== undefined && (
        <div id={descriptionId} className={look('description', 'putaway-description')}>
          {description}
        </div>
      )}
    </>
  )
}

/** Where several have failed, one by one would be tedious. */
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

function AddTile({ empty }: { readonly empty: boolean }) {
  const { readOnly } = useScope()
  const { messages } = useTexts()
  const look = useLook()
  if (readOnly) return null
  return (
    <li className="putaway-add">
      <Trigger className={look('trigger', 'putaway-add-button')}>
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
  const look = useLook()
  const { item: Own } = useSlots()
  const entry = useEntry()
  return (
    <Item className={look('item', 'putaway-tile')}>
      {Own ? (
        <Own entry={entry} />
      ) : (
        <>
          <Picture openable />
          <Veil />
          <Actions />
        </>
      )}
    </Item>
  )
}

// The same element on every render: what did not change is not rendered.
const tile = <Tile />

/** What lies over a picture: how far it is, or what went wrong; a small mark once it is done. */
export function Veil({
  words = true,
}: {
  /** False where the words stand elsewhere. */ readonly words?: boolean
}) {
  const entry = useEntry()
  const stage = useNow(entry, stageOf)
  const waiting = useNow(entry, isWaiting)
  const look = useLook()
  if (stage === 'stored') return null
  const done = stage === 'done'
  return (
    <div className="putaway-veil" {...statusAttributes(stage, waiting)}>
      {done && (
        <span className="putaway-done">
          <Icon name="check" />
        </span>
      )}
      {words && <Status className={look('status', done ? 'putaway-live' : 'putaway-veil-text')} />}
      {words && <RowSpeed />}
      <RowProgress />
    </div>
  )
}

'use client'

import { DropArea, DropNotes, FolderButton } from '../Dropzone/Dropzone.tsx'
import { Icon } from '../icons.tsx'
import { Head } from '../UploaderField/Head.tsx'
import type { LayoutProps } from '../UploaderField/layout-props.ts'
import { useClassNames, useSlots } from '../styling.ts'
import { Item } from '../../headless/item.tsx'
import { List } from '../../headless/list.tsx'
import { Trigger } from '../../headless/drop/picker.tsx'
import { useEntries, useEntry, useRootContext } from '../../headless/context.ts'
import { LazyActions, LazyUploadOverlay } from '../lazy-list-parts.ts'
import { OpenablePreview } from '../Row/Row.tsx'
import { useTexts } from '../../i18n/texts.tsx'

/**
 * Layout for many images: square tiles, and a tile to add more while there is room. Accepts drops anywhere on the
 * grid.
 */
export function ImageGrid({ labelId, capture, directory, ...headProps }: LayoutProps) {
  const { messages } = useTexts()
  const classNameOf = useClassNames()
  const { readOnly } = useRootContext()
  const isEmpty = useEntries().length === 0
  return (
    <>
      <Head {...{ labelId, ...headProps }} action={!readOnly && <FolderButton directory={directory} />} />
      <DropArea multiple label={messages.chooseImages} capture={capture} className="putaway-grid-zone">
        {({ drag, reason, full, ...notes }) => (
          <>
            <List
              className={classNameOf('list', 'putaway-grid')}
              aria-label={undefined}
              aria-labelledby={labelId}
              last={!full && <AddTile isEmpty={isEmpty} />}
            >
              {tileElement}
            </List>
            <DropNotes {...notes} />
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

function AddTile({ isEmpty }: { readonly isEmpty: boolean }) {
  const { readOnly } = useRootContext()
  const { messages } = useTexts()
  const classNameOf = useClassNames()
  if (readOnly) return null
  return (
    <li className="putaway-add">
      <Trigger className={classNameOf('trigger', 'putaway-add-button')}>
        <span className="putaway-emblem">
          <Icon name={isEmpty ? 'image' : 'add'} />
        </span>
        <span className="putaway-add-label">{messages.chooseImages}</span>
        {isEmpty && <span className="putaway-hint">{messages.dropFiles}</span>}
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
          <LazyUploadOverlay />
          <LazyActions />
        </>
      )}
    </Item>
  )
}

// A constant element, so that React skips tiles that did not change.
const tileElement = <Tile />

'use client'

import { DropArea, DropNotes } from '../Dropzone/Dropzone.tsx'
import { Icon } from '../icons.tsx'
import type { LayoutProps } from '../UploaderField/layout-props.ts'
import { useClassNames } from '../styling.ts'
import { Trigger } from '../../headless/drop/picker.tsx'
import { EntryProvider } from '../../headless/item.tsx'
import { useEntries, useRootContext } from '../../headless/context.ts'
import { LazyCardActions, LazyCardRetry, LazyRowStatus, LazyUploadOverlay } from '../lazy-list-parts.ts'
import { OpenablePreview, RowTitle } from '../Row/Row.tsx'
import { useTexts } from '../../i18n/texts.tsx'

interface SingleImageLayoutProps extends LayoutProps {
  /** Renders a circle without a frame, as for an avatar. */
  readonly round?: boolean
}

/** Layout for a profile picture. */
export function Avatar(props: LayoutProps) {
  return <SingleImage {...props} round />
}

/** Layout for one image: a square or round preview, and beside it the name, status and actions. */
export function SingleImage({
  label,
  description,
  labelId,
  descriptionId,
  capture,
  round = false,
}: SingleImageLayoutProps) {
  const { readOnly } = useRootContext()
  const { messages } = useTexts()
  const classNameOf = useClassNames()
  const [entry] = useEntries()
  return (
    <DropArea
      multiple={false}
      label={messages.chooseImage}
      capture={capture}
      className={round ? 'putaway-card putaway-avatar' : 'putaway-card'}
    >
      {({ drag, reason, ...notes }) => (
        <EntryProvider entry={entry}>
          <span className="putaway-tile" data-empty={!entry || undefined}>
            {entry ? (
              <>
                <OpenablePreview key={entry.id} openable />
                <LazyUploadOverlay showText={false} />
              </>
            ) : (
              <Icon
                name={drag === 'reject' ? 'alert' : drag === 'accept' ? 'upload' : round ? 'person' : 'image'}
              />
            )}
          </span>
          {/* Marked as a row, so that focus stays in it when its buttons change. */}
          <div className="putaway-card-text" data-row="">
            <span id={labelId} className={classNameOf('label', 'putaway-label')}>
              {label}
            </span>
            <div className="putaway-card-lines">
              {drag === 'none' && entry && (
                <>
                  <RowTitle />
                  <LazyRowStatus showProgress={false} />
                </>
              )}
              {/* Stays in the page while it is hidden, because `aria-describedby` of the group refers to it. */}
              <span
                id={descriptionId}
                className={classNameOf('description', 'putaway-description')}
                hidden={drag === 'none' && Boolean(entry)}
              >
                {drag === 'none' ? description : (reason ?? messages.dropNow)}
              </span>
            </div>
            <div className="putaway-buttons">
              {entry && <LazyCardRetry />}
              {!readOnly && (
                <Trigger className={classNameOf('trigger', 'putaway-button')}>
                  {entry ? messages.replace : messages.chooseImage}
                </Trigger>
              )}
              <LazyCardActions isEmpty={!entry} />
              {!entry && !readOnly && <span className="putaway-hint">{messages.dropFile}</span>}
            </div>
          </div>
          <DropNotes {...notes} />
        </EntryProvider>
      )}
    </DropArea>
  )
}

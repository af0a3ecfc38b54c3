'use client'

import { FileName } from './FileName.tsx'
import { iconButtonProps } from './icons.tsx'
import { loadPageCode } from '../headless/lazy/load-page-code.ts'
import { lazyComponent } from '../react/lazy-component.ts'
import { useStyling, useClassNames, useSlots } from './styling.ts'
import { Cancel, DragHandle, PreviewTrigger, Remove, Retry } from '../headless/actions.tsx'
import { Item, Name, Preview, Size, Status } from '../headless/item.tsx'
import { isImageEntry, useEntry } from '../headless/context.ts'
import { RowSpeed } from './RowSpeed.tsx'
import { RowProgress } from './ProgressBar/RowProgress.tsx'
import { useTexts } from '../i18n/texts.tsx'

/** One row of a list: preview, name, size, progress and actions. */
export function Row({ openable = false }: { readonly openable?: boolean }) {
  const classNameOf = useClassNames()
  const { item: CustomComponent } = useSlots()
  const entry = useEntry()
  return (
    <Item className={classNameOf('item', 'putaway-row')}>
      {CustomComponent ? (
        <CustomComponent entry={entry} />
      ) : (
        <>
          <OpenablePreview openable={openable} />
          <div className="putaway-row-text">
            <RowTitle />
            <RowStatus />
            <RowSpeed />
          </div>
          <Actions />
        </>
      )}
    </Item>
  )
}

/** The preview. If it is `openable`, a click on an image opens the lightbox. */
export function OpenablePreview({ openable }: { readonly openable: boolean }) {
  const classNameOf = useClassNames()
  const { preview: CustomComponent } = useSlots()
  const entry = useEntry()
  const preview = CustomComponent ? (
    <CustomComponent entry={entry} />
  ) : (
    <Preview className={classNameOf('preview', 'putaway-preview')} />
  )
  if (!openable || !isImageEntry(entry)) return preview
  return (
    <span className="putaway-picture">
      {preview}
      <PreviewTrigger className="putaway-open">{null}</PreviewTrigger>
    </span>
  )
}

export function RowTitle() {
  const classNameOf = useClassNames()
  return (
    <div className="putaway-row-title">
      <Name className={classNameOf('name', 'putaway-name')}>{({ name }) => <FileName name={name} />}</Name>
      <Size className={classNameOf('size', 'putaway-size')} />
    </div>
  )
}

function RowStatus() {
  const classNameOf = useClassNames()
  return (
    <div className="putaway-status">
      <RowProgress />
      <Status className={classNameOf('status', 'putaway-status-text')} />
    </div>
  )
}

const LazyReplace = /* @__PURE__ */ lazyComponent(loadPageCode, ({ Replace }) => Replace)

/** Buttons to cancel or retry, to remove, and to move a file. Their names include the file. */
export function Actions({ showHandle = true }: { readonly showHandle?: boolean }) {
  const { messages } = useTexts()
  const classNameOf = useClassNames()
  const { slots: { actions: CustomComponent } = {}, replaceable } = useStyling()
  const entry = useEntry()
  if (CustomComponent) return <CustomComponent entry={entry} />
  return (
    <span className={classNameOf('actions', 'putaway-actions')}>
      <Cancel {...iconButtonProps('close', messages.cancel)} />
      <Retry {...iconButtonProps('retry', messages.retry)} />
      {replaceable && <LazyReplace {...iconButtonProps('swap', messages.replace)} />}
      <Remove {...iconButtonProps('trash', messages.remove)} />
      {showHandle && <DragHandle {...iconButtonProps('grip', messages.moveHint)} />}
    </span>
  )
}

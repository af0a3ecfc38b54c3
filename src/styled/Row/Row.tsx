'use client'

import { LazyActions, LazyNameLink, LazyPreviewTrigger, LazyRowStatus } from '../lazy-list-parts.ts'
import { useClassNames, useSlots } from '../styling.ts'
import { Item, Name, Preview, Size } from '../../headless/item.tsx'
import { isImageEntry, useEntry } from '../../headless/context.ts'

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
            <LazyRowStatus />
          </div>
          <LazyActions />
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
      <LazyPreviewTrigger className="putaway-open">{null}</LazyPreviewTrigger>
    </span>
  )
}

export function RowTitle() {
  const classNameOf = useClassNames()
  return (
    <div className="putaway-row-title">
      <Name className={classNameOf('name', 'putaway-name')}>
        {({ name }) => <LazyNameLink name={name} />}
      </Name>
      <Size className={classNameOf('size', 'putaway-size')} />
    </div>
  )
}

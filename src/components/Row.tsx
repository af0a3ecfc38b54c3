'use client'

import { Suspense } from 'react'
import type { ReactNode } from 'react'
import { FileName } from './FileName.tsx'
import { Icon } from './icons.tsx'
import type { IconName } from './icons.tsx'
import { lazily } from './lazily.ts'
import { useAsked, useLook, useSlots } from './look.ts'
import { Cancel, Handle, Open, Remove, Retry } from './parts/actions.tsx'
import { Item, Name, Preview, Size, Status } from './parts/item.tsx'
import { useEntry } from './parts/scope.ts'
import { RowProgress } from './ProgressBar.tsx'
import { useTexts } from './texts.tsx'

/** One row of a list: preview, name, size, progress and actions. */
export function Row({ openable = false }: { readonly openable?: boolean }) {
  const look = useLook()
  const { item: Own } = useSlots()
  const entry = useEntry()
  return (
    <Item className={look('item', 'putaway-row')}>
      {Own ? (
        <Own entry={entry} />
      ) : (
        <>
          <Picture openable={openable} />
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

/** The preview, which opens the lightbox when pressed. */
export function Picture({ openable }: { readonly openable: boolean }) {
  const look = useLook()
  const { preview: Own } = useSlots()
  const entry = useEntry()
  const picture = Own ? <Own entry={entry} /> : <Preview className={look('preview', 'putaway-preview')} />
  const showable = entry.kind === 'stored' || entry.item.file.type.startsWith('image/')
  if (!openable || !showable) return picture
  return (
    <span className="putaway-picture">
      {picture}
      <Open className="putaway-open">{null}</Open>
    </span>
  )
}

export function RowTitle() {
  const look = useLook()
  return (
    <div className="putaway-row-title">
      <Name className={look('name', 'putaway-name')}>{({ name }) => <FileName name={name} />}</Name>
      <Size className={look('size', 'putaway-size')} />
    </div>
  )
}

function RowStatus() {
  const look = useLook()
  return (
    <div className="putaway-status">
      <RowProgress />
      <Status className={look('status', 'putaway-status-text')} />
    </div>
  )
}

const LazySpeed = /* @__PURE__ */ lazily(() => import('./parts/speed.tsx').then(({ Speed }) => Speed))

/** Shows the speed if `showSpeed` is set. */
export function RowSpeed() {
  return (
    useAsked().showSpeed && (
      <Suspense>
        <LazySpeed className="putaway-speed" />
      </Suspense>
    )
  )
}

const LazyReplace = /* @__PURE__ */ lazily(() => import('./parts/replace.tsx').then(({ Replace }) => Replace))

/** Buttons to cancel or retry, remove and move. Their names include the file. */
export function Actions({ handle = true }: { readonly handle?: boolean }) {
  const { messages } = useTexts()
  const look = useLook()
  const { slots: { actions: Own } = {}, replaceable } = useAsked()
  const entry = useEntry()
  if (Own) return <Own entry={entry} />
  return (
    <span className={look('actions', 'putaway-actions')}>
      <Cancel {...icon('close', messages.cancel)} />
      <Retry {...icon('retry', messages.retry)} />
      {replaceable && (
        <Suspense>
          <LazyReplace {...icon('swap', messages.replace)} />
        </Suspense>
      )}
      <Remove {...icon('trash', messages.remove)} />
      {handle && <Handle {...icon('grip', messages.moveHow)} />}
    </span>
  )
}

export const icon = (
  name: IconName,
  title: string,
): { className: string; title: string; children: ReactNode } => ({
  className: 'putaway-icon-button',
  title,
  children: <Icon name={name} />,
})

'use client'

import { forwardRef, useMemo, useState } from 'react'
import type { CSSProperties, ReactNode } from 'react'
import { itemProgress } from '../../core/progress.ts'
import type { UploadItem } from '../../core/item.ts'
import { sizeOf } from '../../core/size.ts'
import type { FieldEntry } from '../field.ts'
import { wholePercent } from '../numbers.ts'
import { isWaiting, stageOf, statusAttributes, statusText } from '../status.ts'
import { errorText, useTexts } from '../texts.tsx'
import { Icon } from '../icons.tsx'
import { Thumbnail } from '../Thumbnail.tsx'
import { part } from './part.tsx'
import type { Part, PartProps } from './part.tsx'
import { entryOf, nameOf, pending, SlotContext, useEntry, useNow, urlOf, useSlot, whole } from './scope.ts'
import type { Now } from './scope.ts'

export interface ItemState {
  readonly entry: FieldEntry
  /** The status, or `canceled`, `held`, `paused`, or `stored` for an image that was stored before. */
  readonly stage: ReturnType<typeof stageOf>
}

/** The upload to render. Default: the row of the `List` or `Item` around the part. */
interface OfItem {
  readonly item?: UploadItem | undefined
}

export function Entry({ item, children }: OfItem & { readonly children: ReactNode }) {
  const entry = item && entryOf(item)
  const slot = useMemo(() => entry && { entry }, [entry])
  return slot ? <SlotContext.Provider value={slot}>{children}</SlotContext.Provider> : children
}

const Row: Part<'li', ItemState> = /* @__PURE__ */ part('item', 'li', (rest) => {
  const { entry, place } = useSlot()
  const stage = useNow(entry, stageOf)
  const status = statusAttributes(stage, useNow(entry, isWaiting))
  return { state: { entry, stage }, props: { 'data-row': '', ...place, ...rest, ...status } }
})

/** One row. In a `List` it renders that list's row; elsewhere pass `item`. */
export const Item = /* @__PURE__ */ forwardRef<HTMLLIElement, PartProps<'li', ItemState, OfItem>>(
  ({ item, ...rest }, ref) => (
    <Entry item={item}>
      <Row {...rest} ref={ref} />
    </Entry>
  ),
)

/** The image, or an icon if there is none to show. */
export const Preview: Part<'span', FieldEntry> = /* @__PURE__ */ part('preview', 'span', (rest) => {
  const entry = useEntry()
  const name = nameOf(entry)
  const file = entry.kind === 'upload' ? entry.item.file : entry.image.url === undefined && entry.file
  return {
    state: entry,
    props: rest,
    children: file ? (
      <Thumbnail file={file} alt={name} />
    ) : (
      <Stored key={entry.id} url={urlOf(entry)} alt={name} />
    ),
  }
})

function Stored({ url, alt }: { readonly url: string | undefined; readonly alt: string }) {
  const [broken, setBroken] = useState<string>()
  const shown = url !== undefined && url !== broken
  return (
    <span data-part="thumbnail">
      {shown ? (
        <img
          src={url}
          alt={alt}
          decoding="async"
          loading="lazy"
          draggable={false}
          onError={() => setBroken(url)}
        />
      ) : (
        <Icon name="image" />
      )}
    </span>
  )
}

export const Name: Part<'span', { readonly name: string }> = /* @__PURE__ */ part('name', 'span', (rest) => {
  const name = nameOf(useEntry())
  return { state: { name }, props: rest, children: name }
})

/** The file's size. Renders nothing for stored images: their size is unknown. */
export const Size: Part<'span', { readonly bytes: number }> = /* @__PURE__ */ part('size', 'span', (rest) => {
  const entry = useEntry()
  const { numbers } = useTexts()
  if (entry.kind !== 'upload') return undefined
  const size = sizeOf(entry.item.file)
  return { state: { bytes: size }, props: rest, children: numbers.size(size) }
})

export interface ProgressState {
  /** Integer 0 to 100. Undefined while there is nothing to measure. */
  readonly percent: number | undefined
  /** Text of the phase: "Uploading, 42%". */
  readonly text: string
}

interface ProgressOptions {
  /** The bar's accessible name. Default: "Upload of beach.jpg". */
  readonly label?: string | undefined
  /** Renders the bar without an active upload too. Default: false. */
  readonly always?: boolean | undefined
}

/**
 * A progress bar, rendered while the upload is active. CSS gets `--progress`, for example `42%`, and
 * `data-indeterminate`.
 */
export const Progress: Part<'div', ProgressState, ProgressOptions> = /* @__PURE__ */ part(
  'progress',
  'div',
  ({ label, always, ...rest }) => {
    const entry = useEntry()
    const texts = useTexts()
    const now = useNow(entry, whole)
    if (now.status === 'stored' || !(always || pending(now))) return undefined
    const text = statusText(now, texts)
    const { messages } = texts
    return bar(
      { ...statusAttributes(stageOf(now), isWaiting(now)), ...rest },
      now.status === 'starting' || now.status === 'finishing' ? undefined : itemProgress(now),
      now.status === 'uploading' && !now.paused && !now.waiting ? messages.uploading(text) : text,
      label ?? messages.progressOf(nameOf(entry)),
    )
  },
)

/** Makes an element a progress bar with a name, a value and its phase as text. */
export function bar(
  { style, ...rest }: { readonly style?: CSSProperties | undefined },
  fraction: number | undefined,
  text: string,
  label: string,
) {
  const percent = fraction === undefined ? undefined : wholePercent(fraction)
  return {
    state: { percent, text },
    props: {
      'data-indeterminate': percent === undefined || undefined,
      ...rest,
      // `<progress>` cannot be styled consistently across browsers.
      role: 'progressbar',
      'aria-label': label,
      'aria-valuemin': 0,
      'aria-valuemax': 100,
      'aria-valuenow': percent,
      'aria-valuetext': text,
      style: { ...style, '--progress': `${percent ?? 100}%` },
    },
  }
}

/** The status as text: "Waiting", "42%", "Uploaded", or the reason of a failure. */
export const Status: Part<'span', Now> = /* @__PURE__ */ part('status', 'span', (rest) => {
  const now = useNow(useEntry(), whole)
  const texts = useTexts()
  if (now.status === 'stored') return undefined
  return {
    state: now,
    props: { ...statusAttributes(stageOf(now), isWaiting(now)), ...rest },
    children: statusText(now, texts),
  }
})

/** Text that explains why the upload failed. Renders nothing unless it failed. */
export const Failure: Part<'span', { readonly text: string }> = /* @__PURE__ */ part(
  'error',
  'span',
  (rest) => {
    const texts = useTexts()
    const error = useNow(useEntry(), (now) => (now.status === 'error' ? now.error : undefined))
    if (!error) return undefined
    const text = errorText(error, texts)
    return { state: { text }, props: rest, children: text }
  },
)

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
  /** The status, or `canceled`, `held`, `paused`, or `stored` for an image that was there before. */
  readonly stage: ReturnType<typeof stageOf>
}

/** Which upload a part is about. Inside a `List` or an `Item` it knows by itself. */
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

/** One row. In a `List` it is that row's; elsewhere name its `item`. */
export const Item = /* @__PURE__ */ forwardRef<HTMLLIElement, PartProps<'li', ItemState, OfItem>>(
  ({ item, ...rest }, ref) => (
    <Entry item={item}>
      <Row {...rest} ref={ref} />
    </Entry>
  ),
)

/** The picture, or an icon where there is none to show. */
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

/** How large the file is. Nothing for stored images, whose size is not known. */
export const Size: Part<'span', { readonly bytes: number }> = /* @__PURE__ */ part('size', 'span', (rest) => {
  const entry = useEntry()
  const { numbers } = useTexts()
  if (entry.kind !== 'upload') return undefined
  const size = sizeOf(entry.item.file)
  return { state: { bytes: size }, props: rest, children: numbers.size(size) }
})

export interface ProgressState {
  /** Whole percents, 0 to 100; undefined while there is nothing to measure. */
  readonly percent: number | undefined
  /** The phase in words: "Uploading, 42%". */
  readonly text: string
}

interface ProgressOptions {
  /** The bar's name. Default: "Upload of beach.jpg". */
  readonly label?: string | undefined
  /** Also when nothing is on its way. Default: false. */
  readonly always?: boolean | undefined
}

/** A bar while its upload is on its way. CSS has `--progress`, such as `42%`, and `data-indeterminate`. */
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

/** What makes an element a progress bar: a name, a value, its phase in words. */
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
      // A <progress> cannot be styled the same everywhere.
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

/** Where the upload stands, in words: "Waiting", "42%", "Uploaded", the reason of a failure. */
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

/** Why the upload failed, for people; nothing unless it did. */
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

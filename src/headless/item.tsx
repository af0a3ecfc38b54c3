'use client'

import { forwardRef, useContext, useMemo } from 'react'
import type { ChangeEvent, ReactNode } from 'react'
import { useStore } from 'zustand'
import type { UploadItem } from '../core/item.ts'
import { sizeOf } from '../core/files/file-size.ts'
import type { FieldEntry } from '../field/field-state.ts'
import { isRetrying, displayStatusOf, statusAttributes } from './entry-status.ts'
import { errorText, useTexts } from '../i18n/texts.tsx'
import { typesOf } from '../protocol/accept/accept.ts'
import { FileIcon, imageIcon } from './thumbnails/FileIcon.tsx'
import { Picture, Thumbnail } from './thumbnails/Thumbnail.tsx'
import { composeHandlers, createPart } from './create-part.tsx'
import type { Part, PartProps } from './create-part.tsx'
import {
  uploadEntryOf,
  nameOf,
  namedTypeOf,
  isImageEntry,
  RowContext,
  useEntry,
  useEntryStatus,
  useRootContext,
  useRowContext,
} from './context.ts'

export interface ItemState {
  readonly entry: FieldEntry
  /** The upload's status, or `canceled`, `held` or `paused`. `stored` for an image of the initial value. */
  readonly displayStatus: ReturnType<typeof displayStatusOf>
}

/** The upload to render. Default: the entry of the `List` or `Item` that contains the component. */
interface ItemTargetProps {
  readonly item?: UploadItem | undefined
}

interface EntryProviderProps {
  /** The entry to provide. If undefined, the children keep the entry of the row that contains them. */
  readonly entry: FieldEntry | undefined
  readonly children: ReactNode
}

export function EntryProvider({ entry, children }: EntryProviderProps) {
  const parentRowContext = useContext(RowContext)
  const rowContext = useMemo(() => entry && { entry }, [entry])
  return <RowContext.Provider value={rowContext ?? parentRowContext}>{children}</RowContext.Provider>
}

const ItemRow: Part<'li', ItemState> = /* @__PURE__ */ createPart('item', 'li', (rest) => {
  const { entry, rowPosition } = useRowContext()
  const displayStatus = useEntryStatus(entry, displayStatusOf)
  const status = statusAttributes(displayStatus, useEntryStatus(entry, isRetrying))
  return { state: { entry, displayStatus }, props: { 'data-row': '', ...rowPosition, ...rest, ...status } }
})

/** One row. In a `List` it renders the row of that list. Elsewhere, pass `item`. */
export const Item = /* @__PURE__ */ forwardRef<HTMLLIElement, PartProps<'li', ItemState, ItemTargetProps>>(
  ({ item, ...rest }, ref) => (
    <EntryProvider entry={item && uploadEntryOf(item)}>
      <ItemRow {...rest} ref={ref} />
    </EntryProvider>
  ),
)

/** The image, or an icon if there is none to show. */
export const Preview: Part<'span', FieldEntry> = /* @__PURE__ */ createPart('preview', 'span', (rest) => {
  const entry = useEntry()
  const name = nameOf(entry)
  const file = entry.kind === 'upload' ? entry.item.file : entry.image.url === undefined && entry.file
  return {
    state: entry,
    props: rest,
    children: file ? (
      <Thumbnail file={file} alt={name} />
    ) : (
      entry.kind === 'stored' && <StoredPreview key={entry.id} entry={entry} alt={name} />
    ),
  }
})

function StoredPreview({ entry, alt }: { readonly entry: StoredEntry; readonly alt: string }) {
  const isImage = isImageEntry(entry)
  const icon = isImage ? imageIcon : <FileIcon {...namedTypeOf(entry)} />
  const { url, image, crop } = entry.image
  const [storedType = ''] = typesOf(namedTypeOf(entry))
  return (
    <span data-part="thumbnail" data-image={JSON.stringify(image)} data-crop={JSON.stringify(crop)}>
      <Picture url={isImage ? url : undefined} {...{ alt, icon, storedType }} />
    </span>
  )
}

type StoredEntry = Extract<FieldEntry, { readonly kind: 'stored' }>

export const Name: Part<'span', { readonly name: string }> = /* @__PURE__ */ createPart(
  'name',
  'span',
  (rest) => {
    const name = nameOf(useEntry())
    return { state: { name }, props: rest, children: name }
  },
)

/** The file's size. Renders nothing for a stored file whose value has no `size`. */
export const Size: Part<'span', { readonly bytes: number }> = /* @__PURE__ */ createPart(
  'size',
  'span',
  (rest) => {
    const entry = useEntry()
    const { formatters } = useTexts()
    const file = entry.kind === 'upload' ? entry.item.file : entry.file
    const size = file ? sizeOf(file) : entry.kind === 'stored' && entry.image.size
    if (typeof size !== 'number') return undefined
    return { state: { bytes: size }, props: rest, children: formatters.size(size) }
  },
)

interface MetaInputOptions {
  /** Name of the value in the metadata, for example `caption`. */
  readonly metaKey: string
}

/**
 * A text input for one value of the metadata, for example a caption or an alternative text. Text that is typed before
 * the upload starts is sent with presign. The form value always has the newest text. Give the input a name for screen
 * readers: `aria-label`, or a label around it.
 */
export const MetaInput: Part<'input', { readonly value: string }, MetaInputOptions> =
  /* @__PURE__ */ createPart<'input', { readonly value: string }, MetaInputOptions>(
    'meta',
    'input',
    ({ metaKey, onChange, ...rest }) => {
      const { uploader, field, disabled, readOnly } = useRootContext()
      const entry = useEntry()
      const uploadMeta = useStore(
        entry.kind === 'upload' ? entry.item.store : storeWithoutMeta,
        ({ meta }) => meta,
      )
      const meta = entry.kind === 'stored' ? entry.image.meta : uploadMeta
      const value = String(meta?.[metaKey] ?? '')
      return {
        state: { value },
        props: {
          type: 'text',
          disabled,
          readOnly,
          ...rest,
          value,
          onChange: composeHandlers(onChange, ({ target }: ChangeEvent<HTMLInputElement>) =>
            (field ?? uploader).update(entry.id, { meta: { [metaKey]: target.value } }),
          ),
        },
      }
    },
  )

const stateWithoutMeta = { meta: undefined }
/** Placeholder for the store of an upload. A stored image has no store, but hooks must not be called conditionally. */
const storeWithoutMeta = {
  getState: () => stateWithoutMeta,
  getInitialState: () => stateWithoutMeta,
  subscribe: () => () => {},
}

/** Text that explains why the upload failed. Renders nothing unless it failed. */
export const UploadErrorText: Part<'span', { readonly text: string }> = /* @__PURE__ */ createPart(
  'error',
  'span',
  (rest) => {
    const texts = useTexts()
    const error = useEntryStatus(useEntry(), (status) =>
      status.status === 'error' ? status.error : undefined,
    )
    if (!error) return undefined
    const text = errorText(error, texts)
    return { state: { text }, props: rest, children: text }
  },
)

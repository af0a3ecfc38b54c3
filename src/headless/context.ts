import { createContext, useContext } from 'react'
import type { RefObject } from 'react'
import { useStore } from 'zustand'
import type { StoreApi } from 'zustand'
import { octetStream, typesOf } from '../protocol/accept/accept.ts'
import type { NamedType } from '../protocol/accept/accept.ts'
import type { ItemStatus, UploadItem } from '../core/item.ts'
import { copiesProblem } from '../internal/copies.ts'
import type { UploaderOptions } from '../core/options.ts'
import { cleanedPathOf } from '../core/files/file-path.ts'
import { stableRows } from '../core/queue.ts'
import type { UploaderState } from '../core/queue.ts'
import type { AddOptions, Uploader } from '../core/uploader-types.ts'
import type { FieldEntry, UploadField } from '../field/field-state.ts'
import type { RowPosition } from './virtual/virtual-window.ts'

/**
 * The members of an uploader that components use. `useUpload` and `useMultiUpload` return such an uploader, with any
 * type of result.
 */
export interface UploaderLike extends Pick<
  Uploader,
  | 'store'
  | 'start'
  | 'update'
  | 'cancel'
  | 'retry'
  | 'pause'
  | 'resume'
  | 'remove'
  | 'requestRemove'
  | 'move'
  | 'dismiss'
  | 'clear'
> {
  readonly add: (
    files: Iterable<File>,
    addOptions?: Pick<AddOptions, 'taken' | 'takenSize' | 'keepRejections'>,
  ) => UploadItem[]
  /** Called when the user is likely to choose files soon. */
  readonly preload?: Uploader['preload'] | undefined
  readonly options: () => Pick<
    UploaderOptions<unknown>,
    'accept' | 'multiple' | 'maxFiles' | 'maxTotalSize' | 'maxSize' | 'minSize' | 'start'
  >
}

/** The value that `Root` provides, by React context, to the components in it. */
export interface RootContextValue {
  readonly uploader: UploaderLike
  /** Combines stored images and uploads, if the root is a form field. */
  readonly field: UploadField | undefined
  readonly disabled: boolean
  readonly readOnly: boolean
  /** The rendered file input, which opens the picker. */
  readonly picker: RefObject<HTMLInputElement | null>
  /** Number of files of the last added folder that were left out, because the operating system wrote them. */
  readonly leftOutStore: StoreApi<number>
  /** Adds files that the user chose, dropped or pasted. `leftOutCount` is for `leftOutStore`. Default: 0. */
  readonly addFiles: (files: Iterable<File>, leftOutCount?: number) => void
}

export const RootContext = createContext<RootContextValue | undefined>(undefined)

export function useRootContext(): RootContextValue {
  const context = useContext(RootContext)
  if (context) return context
  throw new Error(
    `No <Upload.Root> above. Put the part into <Upload.Root uploader={…}>.${process.env.NODE_ENV === 'production' ? '' : copiesProblem()}`,
  )
}

/** The entry of a row. `rowPosition` is set if the list is long and renders only the rows near the viewport. */
export interface RowContextValue {
  readonly entry: FieldEntry
  readonly rowPosition?: RowPosition
}

export const RowContext = createContext<RowContextValue | undefined>(undefined)

export function useRowContext(): RowContextValue {
  const context = useContext(RowContext)
  if (context) return context
  throw new Error('No <Upload.Item> above. Put the part into <Upload.List>, or into <Upload.Item item={…}>.')
}

export const useEntry = () => useRowContext().entry

/** Returns the entry of the row that contains the calling component, or undefined outside of a row. */
export const useOptionalEntry = () => useContext(RowContext)?.entry

/** Returns stored images and uploads in order. The array stays the same until entries are added, removed or moved. */
export function useEntries(): readonly FieldEntry[] {
  const { uploader, field } = useRootContext()
  const items = useStore(uploader.store, field ? selectNoItems : selectEntries)
  const fieldEntries = useStore(field?.store ?? placeholderFieldStore, ({ entries }) => entries)
  return field ? fieldEntries : items
}

const noEntries: readonly never[] = []
const selectNoItems = () => noEntries
const selectEntries = ({ items }: UploaderState<unknown>) => entriesOf(stableRows(items))
const subscribeToNothing = () => () => {}
const placeholderFieldState = { entries: noEntries, removed: undefined, fieldsetDisabled: false }
/** Placeholder for the store of a field if the root is not a form field, because hooks cannot be conditional. */
export const placeholderFieldStore = {
  getState: () => placeholderFieldState,
  getInitialState: () => placeholderFieldState,
  subscribe: subscribeToNothing,
}

const entriesByItems = new WeakMap<readonly UploadItem[], readonly FieldEntry[]>()

/**
 * Wraps items in entries. The result is cached by the array of items, because all subscribers share that array, and it
 * may be long.
 */
function entriesOf(items: readonly UploadItem[]): readonly FieldEntry[] {
  const itemEntries = entriesByItems.get(items) ?? items.map(uploadEntryOf)
  entriesByItems.set(items, itemEntries)
  return itemEntries
}

const entriesByItemStore = new WeakMap<object, FieldEntry>()

/**
 * Returns the entry of an item. It is the same object for the item's lifetime, so that its row does not render again.
 */
export function uploadEntryOf(item: UploadItem): FieldEntry {
  const entry = entriesByItemStore.get(item.store) ?? { kind: 'upload', id: item.id, item }
  entriesByItemStore.set(item.store, entry)
  return entry
}

/** The status of an upload, or of an image that was stored before. */
export type EntryStatus =
  | (ItemStatus<unknown> & Partial<Pick<UploadItem, 'removing' | 'removeError'>>)
  | typeof storedStatus

const storedStatus = { status: 'stored' } as const
const storedStatusStore = {
  getState: () => storedStatus,
  getInitialState: () => storedStatus,
  subscribe: subscribeToNothing,
}

/** Selects a value from the status of an entry. The component renders again only when this value changes. */
export function useEntryStatus<Selected>(
  entry: FieldEntry,
  select: (status: EntryStatus) => Selected,
): Selected {
  const store = entry.kind === 'upload' ? entry.item.store : storedStatusStore
  return useStore<
    { getState: () => EntryStatus; getInitialState: () => EntryStatus; subscribe: typeof store.subscribe },
    Selected
  >(store, select)
}

/**
 * Returns the path of a file that came from a folder, because two files of a folder can have the same name. Returns
 * the name of any other file.
 */
export function nameOf(entry: FieldEntry): string {
  if (entry.kind === 'stored') return entry.image.path ?? entry.image.name ?? ''
  return cleanedPathOf(entry.item.file) ?? entry.item.file.name
}

/** Returns the file name and the MIME type of an entry. */
export function namedTypeOf(entry: FieldEntry): NamedType {
  if (entry.kind === 'upload') return entry.item.file
  const { name, url = '', type = '' } = entry.image
  return { name: name ?? url.replace(/[?#].*/, ''), type }
}

/**
 * Whether an entry may be shown as a picture. A stored file counts as an image if neither its type nor its extension
 * is known.
 */
export function isImageEntry(entry: FieldEntry): boolean {
  if (entry.kind === 'upload') return entry.item.file.type.startsWith('image/')
  const [type = ''] = typesOf(namedTypeOf(entry))
  return type === octetStream ? !entry.image.type : type.startsWith('image/')
}

/**
 * Removes an entry from the list, unless the app's `onRemove` keeps it. A form field can undo the removal. Resolves with
 * whether the entry was removed.
 */
export const requestRemoval = ({ uploader, field }: RootContextValue, { id }: FieldEntry): Promise<boolean> =>
  (field ?? uploader).requestRemove(id)

export function moveEntry(
  { uploader, field }: RootContextValue,
  { id }: Pick<FieldEntry, 'id'>,
  newIndex: number,
) {
  if (field) field.move(id, newIndex)
  else uploader.move(id, newIndex)
}

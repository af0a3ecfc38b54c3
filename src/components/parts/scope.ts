import { createContext, useContext } from 'react'
import type { RefObject } from 'react'
import { useStore } from 'zustand'
import type { ItemStatus, UploadItem } from '../../core/item.ts'
import { isPending } from '../../core/item.ts'
import type { UploaderOptions } from '../../core/options.ts'
import { rowsOf } from '../../core/list.ts'
import type { UploaderState } from '../../core/list.ts'
import type { Uploader } from '../../core/uploader.ts'
import type { FieldEntry, UploadField } from '../field.ts'
import type { Place } from '../seen.tsx'

/** What components need of an uploader. `useUpload` and `useMultiUpload` return one, whatever their result is. */
export interface UploadTarget extends Pick<
  Uploader,
  'store' | 'add' | 'cancel' | 'retry' | 'remove' | 'move' | 'dismiss' | 'clear'
> {
  /** Called when somebody seems about to choose files. */
  readonly warm?: Uploader['warm'] | undefined
  readonly options: () => Pick<
    UploaderOptions<unknown>,
    'accept' | 'multiple' | 'maxFiles' | 'maxSize' | 'minSize'
  >
}

/** What the parts below a root share. */
export interface Scope {
  readonly uploader: UploadTarget
  /** Joins stored images and uploads, where the root was asked to be a form field. */
  readonly field: UploadField | undefined
  readonly disabled: boolean
  readonly readOnly: boolean
  /** Opens the picker of the input that is there. */
  readonly picker: RefObject<HTMLInputElement | null>
}

export const ScopeContext = createContext<Scope | undefined>(undefined)

export function useScope(): Scope {
  const scope = useContext(ScopeContext)
  if (scope) return scope
  throw new Error('No <Upload.Root> above. Put the part into <Upload.Root uploader={…}>.')
}

/** The image or file that a row is about, and where it stands in a list that is too long to be rendered whole. */
export interface Slot {
  readonly entry: FieldEntry
  readonly place?: Place
}

export const SlotContext = createContext<Slot | undefined>(undefined)

export function useSlot(): Slot {
  const slot = useContext(SlotContext)
  if (slot) return slot
  throw new Error('No <Upload.Item> above. Put the part into <Upload.List>, or into <Upload.Item item={…}>.')
}

export const useEntry = () => useSlot().entry

/** Stored images and uploads in order: the same array until they come, go or move. */
export function useEntries(): readonly FieldEntry[] {
  const { uploader, field } = useScope()
  const items = useStore(uploader.store, field ? noItems : itemsOf)
  const joined = useStore(field?.store ?? noField, ({ entries }) => entries)
  return field ? joined : items
}

const none: readonly never[] = []
const noItems = () => none
const itemsOf = ({ items }: UploaderState<unknown>) => entriesOf(rowsOf(items))
const nothing = () => () => {}
const emptyField = { entries: none, removed: undefined, barred: false }
/** Stands where a root is no field, since hooks are called always. */
export const noField = { getState: () => emptyField, getInitialState: () => emptyField, subscribe: nothing }

const rows = new WeakMap<readonly UploadItem[], readonly FieldEntry[]>()

/** Made once for all who look at a list: it may be long. */
function entriesOf(items: readonly UploadItem[]): readonly FieldEntry[] {
  const all = rows.get(items) ?? items.map(entryOf)
  rows.set(items, all)
  return all
}

const entries = new WeakMap<object, FieldEntry>()

/** An item as an entry: the same object as long as the item lives, so that its row stays as it is. */
export function entryOf(item: UploadItem): FieldEntry {
  const entry = entries.get(item.store) ?? { kind: 'upload', id: item.id, item }
  entries.set(item.store, entry)
  return entry
}

/** What an upload is, or an image that was stored before. */
export type Now = ItemStatus<unknown> | typeof storedNow

const storedNow = { status: 'stored' } as const
const storedStore = { getState: () => storedNow, getInitialState: () => storedNow, subscribe: nothing }

/** Renders when what is selected changes: progress only for those who ask for it. */
export function useNow<Selected>(entry: FieldEntry, select: (now: Now) => Selected): Selected {
  const store = entry.kind === 'upload' ? entry.item.store : storedStore
  return useStore<
    { getState: () => Now; getInitialState: () => Now; subscribe: typeof store.subscribe },
    Selected
  >(store, select)
}

/** The whole of it, for those that show progress. */
export const whole = (now: Now) => now

export const pending = (now: Now) => now.status !== 'stored' && isPending(now)

export function nameOf(entry: FieldEntry): string {
  return entry.kind === 'upload' ? entry.item.file.name : (entry.image.name ?? '')
}

/** Where a stored image can be seen. */
export const urlOf = (entry: FieldEntry) => (entry.kind === 'stored' ? entry.image.url : undefined)

/** Takes an entry off the list: by the field where there is one, which can take that back. */
export function remove({ uploader, field }: Scope, { id }: FieldEntry) {
  if (field) field.remove(id)
  else uploader.remove(id)
}

export function move({ uploader, field }: Scope, { id }: Pick<FieldEntry, 'id'>, to: number) {
  if (field) field.move(id, to)
  else uploader.move(id, to)
}

export function add({ uploader, field }: Scope, files: Iterable<File>) {
  if (field) field.add(files)
  else uploader.add(files)
}

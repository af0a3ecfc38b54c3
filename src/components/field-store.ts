import { createStore } from 'zustand'
import { isUnfinished } from '../core/item.ts'
import type { UploadItem } from '../core/item.ts'
import { rowsOf } from '../core/list.ts'
import type { Field, FieldEntry, FieldOptions, FieldProblem, FieldState, FieldUploader } from './field.ts'
import { imageOf, imagesIn, isSame } from './form-value.ts'
import type { StoredImage } from './form-value.ts'

/** Creates the field of one uploader. Reads the current options on each use. */
export function createField<Result>(options: () => FieldOptions<Result>): Field<Result> {
  type Entry = FieldEntry<Result>
  const { value: given, defaultValue, uploader: firstUploader } = options()
  const { store: list } = firstUploader
  const first = given === undefined ? defaultValue : given
  const images = new Map<string, StoredImage>()
  let made = 0
  let slots: readonly Entry[] = imagesIn(first).map((image) => stored(image))
  let removedFrom = 0
  let moving = false
  /** The uploads at the last call of `arrange`. */
  let rows: readonly UploadItem[] | undefined
  let known = JSON.stringify(imagesIn(first))
  /** Values passed to `onChange` and not yet passed back. A late older value must not overwrite a newer one. */
  let told: string[] = []

  const single = () => options().uploader.options().multiple === false
  const shown = () => (single() ? slots.slice(-1) : slots)
  // An uploader with an `id` may have items from before this field was mounted.
  arrange(list.getState().items)
  const store = createStore<FieldState<Result>>(() => ({
    entries: shown(),
    value: imagesIn(first),
    removed: undefined,
    problem: problemOf(imagesIn(first).length),
    reported: undefined,
    notice: undefined,
    pending: list.getState().items.some(isUnfinished),
    waiting: false,
    barred: false,
  }))

  function stored(image: StoredImage, file?: File): Entry {
    made += 1
    return { kind: 'stored', id: `stored-${made}`, image, file }
  }

  function imageIn(entry: Entry): StoredImage | undefined {
    if (entry.kind === 'stored') return entry.image
    const item = entry.item.store.getState()
    if (item.status !== 'done') return undefined
    const image = images.get(entry.id) ?? imageOf(item.result, item.file)
    images.set(entry.id, image)
    return image
  }

  function problemOf(count: number): FieldProblem | undefined {
    const { required = false, minFiles = 0, disabled, readOnly } = options()
    if (disabled || readOnly) return undefined
    const { items } = list.getState()
    if (holdsSubmit(options()) && items.some(({ status }) => status === 'error')) return 'failed'
    const coming = items.filter(isUnfinished).length
    const sum = single() ? Math.max(count, coming) : count + coming
    if (sum >= Math.max(minFiles, Number(required))) return undefined
    return sum === 0 ? 'missing' : 'too-few'
  }

  /** Updates the state. Returns whether the value has changed. */
  function publish(now: Partial<FieldState<Result>> = {}): boolean {
    const before = store.getState()
    const entries = shown()
    const same =
      entries.length === before.entries.length &&
      entries.every((each, index) => each === before.entries[index])
    const value = slots.flatMap((slot) => imageIn(slot) ?? [])
    const json = JSON.stringify(value)
    const changed = json !== known
    const problem = problemOf(value.length)
    const reported = 'reported' in now ? now.reported : before.reported
    known = json
    store.setState({
      ...now,
      entries: same ? before.entries : entries,
      value: changed ? value : before.value,
      problem,
      reported: reported === problem ? reported : undefined,
      pending: list.getState().items.some(isUnfinished),
    })
    return changed
  }

  function publishAndTell(now?: Partial<FieldState<Result>>) {
    if (!publish(now)) return
    const { value } = store.getState()
    const { onChange, value: controlled } = options()
    if (controlled !== undefined) told = [...told, known].slice(-9)
    onChange?.(single() ? (value[0] ?? null) : [...value])
  }

  /** The field owns the positions of uploads among stored images; the uploader owns the order of uploads. */
  function sync() {
    if (moving) return
    const { items } = list.getState()
    // Most changes of uploads do not move rows.
    if (rowsOf(items) !== rows) arrange(items)
    rows = rowsOf(items)
    // A new upload replaces a single image only when it is done: it may still fail.
    if (single() && items[0]?.status === 'done') slots = slots.filter(({ kind }) => kind === 'upload')
    publishAndTell()
  }

  function arrange(items: readonly UploadItem<Result>[]) {
    const placed = new Map(slots.map((slot) => [slot.id, slot]))
    const uploads = items.map((item): Entry => placed.get(item.id) ?? { kind: 'upload', id: item.id, item })
    const ids = new Set(uploads.map(({ id }) => id))
    const inOrder = uploads.filter(({ id }) => placed.has(id)).values()
    slots = slots
      .filter(({ kind, id }) => kind === 'stored' || ids.has(id))
      .map((slot) => (slot.kind === 'stored' ? slot : (inOrder.next().value ?? slot)))
    for (const upload of uploads.filter(({ id }) => !placed.has(id))) {
      // An image that the value has from an earlier mount of this uploader.
      const image = imageIn(upload)
      const at = image ? slots.findIndex((slot) => slot.kind === 'stored' && isSame(slot.image, image)) : -1
      slots = at < 0 ? [...slots, upload] : slots.map((slot, index) => (index === at ? upload : slot))
    }
  }

  /** Changes the uploader after the field's own list. `sync` is paused until both agree. */
  function along(change: (uploader: FieldUploader<Result>) => void) {
    moving = true
    change(options().uploader)
    const uploads = slots.filter(({ kind }) => kind === 'upload')
    for (const [index, { id }] of uploads.entries()) {
      if (list.getState().items[index]?.id !== id) options().uploader.move(id, index)
    }
    moving = false
  }

  function room() {
    const { uploader } = options()
    const { maxFiles = Infinity } = uploader.options()
    return single() ? 1 : Math.max(0, maxFiles - slots.length)
  }

  function place(entry: Entry, to: number) {
    const rest = slots.filter(({ id }) => id !== entry.id)
    const index = Math.max(0, to)
    slots = [...rest.slice(0, index), entry, ...rest.slice(index)]
  }

  const field: Field<Result> = {
    store,
    room,
    failures: () => list.getState().items.filter(({ status }) => status === 'error'),

    add: (files, instead) => {
      const taken = single()
        ? 0
        : slots.filter(({ kind }) => kind === 'stored').length - Number(Boolean(instead))
      return options().uploader.add(files, { taken })
    },

    remove: (id) => {
      removedFrom = slots.findIndex((slot) => slot.id === id)
      const entry = slots[removedFrom]
      if (!entry) return
      const image = imageIn(entry)
      const file = entry.kind === 'upload' ? entry.item.file : entry.file
      slots = slots.filter((slot) => slot !== entry)
      along((uploader) => entry.kind === 'upload' && uploader.remove(id))
      // A finished upload is restored as a stored image.
      publishAndTell({ removed: image && entry.kind === 'upload' ? stored(image, file) : entry })
    },

    undo: () => {
      const { removed } = store.getState()
      if (!removed || room() === 0) return
      if (removed.kind === 'stored') place(removed, removedFrom)
      else {
        const [item] = field.add([removed.item.file])
        const entry = slots.find(({ id }) => id === item?.id)
        if (entry) place(entry, removedFrom)
        along(() => {})
      }
      publishAndTell({ removed: undefined })
    },

    move: (id, to) => {
      const entry = slots.find((slot) => slot.id === id)
      if (!entry) return
      place(entry, to)
      along(() => {})
      publishAndTell()
    },

    reset: () => {
      const { defaultValue: again } = options()
      const before = slots
      slots = imagesIn(again === undefined ? given : again).map((image) => {
        // Keeps the preview of images that were uploaded here and are now saved.
        const same = before.find((slot) => isSame(imageIn(slot), image))
        return stored(image, same?.kind === 'upload' ? same.item.file : same?.file)
      })
      along((uploader) => uploader.clear())
      publishAndTell({ removed: undefined, waiting: false, reported: undefined })
    },

    adopt: (next) => {
      const json = JSON.stringify(next)
      const late = told.indexOf(json)
      told = json === known ? [] : told.slice(late + 1)
      if (json === known || late >= 0) return
      const rest = [...slots]
      const adopted = next.map((image): Entry => {
        const at = rest.findIndex((slot) => isSame(imageIn(slot), image))
        const [found] = at < 0 ? [] : rest.splice(at, 1)
        if (!found) return stored(image)
        return found.kind === 'stored' ? { ...found, image } : found
      })
      const gone = rest.filter((slot) => slot.kind === 'upload' && imageIn(slot))
      const before = slots
      slots = adopted
      for (const slot of rest) {
        if (slot.kind === 'upload' && !gone.includes(slot)) place(slot, before.indexOf(slot))
      }
      along((uploader) => gone.forEach(({ id }) => uploader.remove(id)))
      publish({ removed: undefined })
    },

    refresh: (now) => publishAndTell(now),

    follow: () => {
      sync()
      return list.subscribe(sync)
    },
  }
  return field
}

/** Whether the field may delay or stop a submit: only if it takes part in the form. */
export function holdsSubmit<Result>({
  name,
  value,
  onChange,
  submitWaits = true,
}: FieldOptions<Result>): boolean {
  return submitWaits && (name !== undefined || value !== undefined || onChange !== undefined)
}

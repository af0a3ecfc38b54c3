import { createStore } from 'zustand'
import { isUnfinished } from '../core/item.ts'
import type { UploadItem } from '../core/item.ts'
import { rowsOf } from '../core/list.ts'
import type { Field, FieldEntry, FieldOptions, FieldProblem, FieldState, FieldUploader } from './field.ts'
import { imageOf, imagesIn, isSame } from './form-value.ts'
import type { StoredImage } from './form-value.ts'

/** Makes the field of one uploader. Options are read anew whenever they matter. */
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
  /** The uploads as they were placed last. */
  let rows: readonly UploadItem[] | undefined
  let known = JSON.stringify(imagesIn(first))
  /** What the app was told and has not given back: where an older one comes late, a newer one is to follow. */
  let told: string[] = []

  const single = () => options().uploader.options().multiple === false
  const shown = () => (single() ? slots.slice(-1) : slots)
  // The uploader may have lived on while nobody showed it.
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

  /** Brings the state up to date; true when the value has changed. */
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

  /** Where uploads stand among stored images is the field's to say; which upload stands where, the uploader's. */
  function sync() {
    if (moving) return
    const { items } = list.getState()
    // Most of what happens to uploads moves none of them.
    if (rowsOf(items) !== rows) arrange(items)
    rows = rowsOf(items)
    // The next one takes the place of a single image when it is done, and not before: it may still fail.
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
      // One that the value knows already, from when it was shown before.
      const image = imageIn(upload)
      const at = image ? slots.findIndex((slot) => slot.kind === 'stored' && isSame(slot.image, image)) : -1
      slots = at < 0 ? [...slots, upload] : slots.map((slot, index) => (index === at ? upload : slot))
    }
  }

  /** Changes the uploader after the field's own list; it is looked at when all is done. */
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
      // What was done comes back as what it is: a stored image.
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
        // What was uploaded here and is saved now still has its picture.
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

/** Whether a submit of the form is the field's business: it has a part in the form, and may hold it up. */
export function holdsSubmit<Result>({
  name,
  value,
  onChange,
  submitWaits = true,
}: FieldOptions<Result>): boolean {
  return submitWaits && (name !== undefined || value !== undefined || onChange !== undefined)
}

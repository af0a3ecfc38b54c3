import { createStore } from 'zustand'
import { isUnfinished } from '../core/item.ts'
import type { UploadItem } from '../core/item.ts'
import { stableRows } from '../core/queue.ts'
import { mayDelaySubmit } from './field-state.ts'
import type { Field, FieldEntry, FieldOptions } from './field-state.ts'
import type { FieldProblem, FieldState, FieldUploader } from './field-state.ts'
import { changeOf, imageOf, imagesIn, isSameImage, withChange } from './stored-image.ts'
import type { StoredImage } from './stored-image.ts'
import { measureTakenRoom } from './taken-room.ts'

/** Creates the field of one uploader. Each method of the field reads the current options. */
export function createField<Result>(options: () => FieldOptions<Result>): Field<Result> {
  type Entry = FieldEntry<Result>
  const { value: initialValue, defaultValue, uploader: firstUploader } = options()
  const { store: uploaderStore } = firstUploader
  const initialImages = initialValue === undefined ? defaultValue : initialValue
  const imagesByUploadId = new Map<string, StoredImage>()
  let storedCount = 0
  let allEntries: readonly Entry[] = imagesIn(initialImages).map((image) => createStoredEntry(image))
  let removedIndex = 0
  let isSyncPaused = false
  /** The uploads at the last call of `arrangeEntries`. */
  let arrangedRows: readonly UploadItem[] | undefined
  let publishedJson = JSON.stringify(imagesIn(initialImages))
  /** JSON of values that `onChange` got and the app has not passed back yet. They must not overwrite newer values. */
  let pendingValues: string[] = []
  let syncedJson: string | undefined
  /** The default value at the last reset, as JSON, and the uploads in the value that was submitted last. */
  let lastDefaultJson = JSON.stringify(imagesIn(defaultValue))
  let submittedIds = new Set<string>()

  const isSingle = () => options().uploader.options().multiple === false
  const visibleEntries = () => (isSingle() ? allEntries.slice(-1) : allEntries)
  // An uploader with an `id` may have items from before this field was mounted.
  arrangeEntries(uploaderStore.getState().items)
  const store = createStore<FieldState<Result>>(() => ({
    entries: visibleEntries(),
    value: imagesIn(initialImages),
    removed: undefined,
    problem: problemOf(imagesIn(initialImages).length),
    reportedProblem: undefined,
    notice: undefined,
    pending: uploaderStore.getState().items.some(isUnfinished),
    submitPending: false,
    submitted: false,
    fieldsetDisabled: false,
  }))

  function createStoredEntry(image: StoredImage, file?: File): Entry {
    storedCount += 1
    return { kind: 'stored', id: `stored-${storedCount}`, image, file }
  }

  function imageIn(entry: Entry): StoredImage | undefined {
    if (entry.kind === 'stored') return entry.image
    const item = entry.item.store.getState()
    if (item.status !== 'done') return undefined
    const image = imagesByUploadId.get(entry.id) ?? imageOf(item.result, item.file)
    imagesByUploadId.set(entry.id, image)
    return withChange(image, changeOf(item))
  }

  function problemOf(count: number): FieldProblem | undefined {
    const { required = false, minFiles = 0, disabled, readOnly } = options()
    if (disabled || readOnly) return undefined
    const { items } = uploaderStore.getState()
    if (mayDelaySubmit(options()) && items.some(({ status }) => status === 'error')) return 'failed'
    const unfinishedCount = items.filter(isUnfinished).length
    const imageCount = isSingle() ? Math.max(count, unfinishedCount) : count + unfinishedCount
    if (imageCount >= Math.max(minFiles, Number(required))) return undefined
    return imageCount === 0 ? 'missing' : 'too-few'
  }

  /** Updates the state and returns whether the value has changed. */
  function publish(changes: Partial<FieldState<Result>> = {}): boolean {
    const previousState = store.getState()
    const entries = visibleEntries()
    const isSameList =
      entries.length === previousState.entries.length &&
      entries.every((entry, index) => entry === previousState.entries[index])
    const value = allEntries.flatMap((entry) => imageIn(entry) ?? [])
    const valueJson = JSON.stringify(value)
    const hasChanged = valueJson !== publishedJson
    const problem = problemOf(value.length)
    const reportedProblem =
      'reportedProblem' in changes ? changes.reportedProblem : previousState.reportedProblem
    publishedJson = valueJson
    store.setState({
      ...changes,
      entries: isSameList ? previousState.entries : entries,
      value: hasChanged ? value : previousState.value,
      problem,
      reportedProblem: reportedProblem === problem ? reportedProblem : undefined,
      pending: uploaderStore.getState().items.some(isUnfinished),
    })
    return hasChanged
  }

  function publishAndNotify(changes?: Partial<FieldState<Result>>) {
    if (!publish(changes)) return
    store.setState({ submitted: false })
    const { value } = store.getState()
    const { onChange, value: controlledValue } = options()
    if (controlledValue !== undefined) pendingValues = [...pendingValues, publishedJson].slice(-9)
    onChange?.(isSingle() ? (value[0] ?? null) : [...value])
  }

  /** Updates the entries after a change of the uploader, which decides the order of uploads. */
  function syncUploads() {
    if (isSyncPaused) return
    const { items } = uploaderStore.getState()
    // Arranges the entries only if rows were added, removed or moved, because most changes are changes of progress.
    if (stableRows(items) !== arrangedRows) arrangeEntries(items)
    arrangedRows = stableRows(items)
    // With a single image, a new upload replaces the old image only when the upload is done, because it may fail.
    if (isSingle() && items[0]?.status === 'done')
      allEntries = allEntries.filter(({ kind }) => kind === 'upload')
    publishAndNotify()
  }

  function arrangeEntries(items: readonly UploadItem<Result>[]) {
    const entriesById = new Map(allEntries.map((entry) => [entry.id, entry]))
    const uploads = items.map(
      (item): Entry => entriesById.get(item.id) ?? { kind: 'upload', id: item.id, item },
    )
    const ids = new Set(uploads.map(({ id }) => id))
    const orderedUploads = uploads.filter(({ id }) => entriesById.has(id)).values()
    const arranged = allEntries
      .filter(({ kind, id }) => kind === 'stored' || ids.has(id))
      .map((entry) => (entry.kind === 'stored' ? entry : (orderedUploads.next().value ?? entry)))
    for (const upload of uploads) {
      if (entriesById.has(upload.id)) continue
      // The value may already have the image of this upload, from an earlier mount of the uploader.
      const image = imageIn(upload)
      const index = image
        ? arranged.findIndex((entry) => entry.kind === 'stored' && isSameImage(entry.image, image))
        : -1
      // Changes the new list in place: a copy for each file would block the page when a large folder is added.
      arranged[index < 0 ? arranged.length : index] = upload
    }
    allEntries = arranged
  }

  /**
   * Changes the uploader after the field's list has changed, so that both lists are the same. Until then,
   * `syncUploads` does nothing.
   */
  function updateUploader(change: (uploader: FieldUploader<Result>) => void) {
    isSyncPaused = true
    change(options().uploader)
    const uploads = allEntries.filter(({ kind }) => kind === 'upload')
    for (const [index, { id }] of uploads.entries()) {
      if (uploaderStore.getState().items[index]?.id !== id) options().uploader.move(id, index)
    }
    isSyncPaused = false
  }

  function room() {
    const { maxFiles = Infinity } = options().uploader.options()
    return isSingle() ? 1 : Math.max(0, maxFiles - allEntries.length)
  }

  function placeAt(entry: Entry, to: number) {
    const otherEntries = allEntries.filter(({ id }) => id !== entry.id)
    const index = Math.max(0, to)
    allEntries = [...otherEntries.slice(0, index), entry, ...otherEntries.slice(index)]
  }

  /** Restores the default value and puts the given uploads after it. */
  function resetKeeping(keptUploads: readonly Entry[]) {
    const { defaultValue: resetValue } = options()
    const previousEntries = allEntries
    lastDefaultJson = JSON.stringify(imagesIn(resetValue))
    const restoredEntries = imagesIn(resetValue === undefined ? initialValue : resetValue).map((image) => {
      // An image that this field uploaded keeps its local preview after the form has saved it.
      const sameEntry = previousEntries.find((entry) => isSameImage(imageIn(entry), image))
      return createStoredEntry(image, sameEntry?.kind === 'upload' ? sameEntry.item.file : sameEntry?.file)
    })
    allEntries = [...restoredEntries, ...keptUploads]
    updateUploader((uploader) => {
      if (keptUploads.length === 0) return uploader.clear()
      for (const entry of previousEntries)
        if (entry.kind === 'upload' && !keptUploads.includes(entry)) uploader.remove(entry.id)
    })
    publishAndNotify({ removed: undefined, submitPending: false, reportedProblem: undefined })
  }

  const field: Field<Result> = {
    store,
    room,
    rejections: () => uploaderStore.getState().rejections,
    failures: () => uploaderStore.getState().items.filter(({ status }) => status === 'error'),

    add: (files, replacedId, addOptions) => {
      const takenRoom = isSingle() ? {} : measureTakenRoom(allEntries, replacedId)
      const items = options().uploader.add(files, { ...addOptions, ...takenRoom })
      // If a submit is waiting, it has started the earlier uploads, so the new ones start too.
      if (store.getState().submitPending) for (const { id } of items) options().uploader.start(id)
      return items
    },
    update: (id, change) => {
      const entry = allEntries.find((each) => each.id === id)
      if (entry?.kind !== 'stored') return options().uploader.update(id, change)
      const image = withChange(entry.image, { ...change, name: change.name?.trim() || undefined })
      allEntries = allEntries.map((each) => (each === entry ? { ...entry, image } : each))
      publishAndNotify()
    },
    start: () => options().uploader.start(),

    remove: (id) => {
      removedIndex = allEntries.findIndex((each) => each.id === id)
      const entry = allEntries[removedIndex]
      if (!entry) return
      const image = imageIn(entry)
      allEntries = allEntries.filter((each) => each !== entry)
      updateUploader((uploader) => entry.kind === 'upload' && uploader.remove(id))
      // A finished upload is restored as a stored image.
      const isDone = image && entry.kind === 'upload'
      publishAndNotify({ removed: isDone ? createStoredEntry(image, entry.item.file) : entry })
    },
    requestRemove: async (id) => {
      const { uploader } = options()
      const entry = allEntries.find((each) => each.id === id)
      if (entry?.kind !== 'upload') field.remove(id)
      else if (!(await uploader.requestRemove(id, () => field.remove(id)))) return false
      // There is no undo, because `onRemove` may have deleted the file of a done upload.
      else if (uploader.options().onRemove && imageIn(entry)) publish({ removed: undefined })
      return true
    },

    undo: () => {
      const { removed } = store.getState()
      if (!removed || room() === 0) return
      if (removed.kind === 'stored') placeAt(removed, removedIndex)
      else {
        const [item] = field.add([removed.item.file])
        const entry = allEntries.find(({ id }) => id === item?.id)
        if (entry) placeAt(entry, removedIndex)
        if (item) options().uploader.update(item, changeOf(removed.item.store.getState()))
        updateUploader(() => {})
      }
      publishAndNotify({ removed: undefined })
    },

    move: (id, to) => {
      const entry = allEntries.find((each) => each.id === id)
      if (!entry) return
      placeAt(entry, to)
      updateUploader(() => {})
      publishAndNotify()
    },

    reset: () => resetKeeping([]),
    resetAfterAction: () => {
      if (JSON.stringify(imagesIn(options().defaultValue)) === lastDefaultJson) return
      resetKeeping(allEntries.filter(({ kind, id }) => kind === 'upload' && !submittedIds.has(id)))
    },
    markSubmitted: () => {
      submittedIds = new Set(allEntries.filter((entry) => imageIn(entry)).map(({ id }) => id))
    },

    syncValue: (newValue) => {
      const newImages = imagesIn(newValue)
      const newJson = JSON.stringify(newImages)
      // If the app sets an equal value after a submit, it has saved the value, so Undo ends.
      if (store.getState().submitted && newJson === publishedJson) publish({ removed: undefined })
      // Ignores an equal value, because apps may create a new array in every render.
      if (newJson === syncedJson) return
      syncedJson = newJson
      const staleIndex = pendingValues.indexOf(newJson)
      pendingValues = newJson === publishedJson ? [] : pendingValues.slice(staleIndex + 1)
      if (newJson === publishedJson || staleIndex >= 0) return
      const unmatchedEntries = [...allEntries]
      const newEntries = newImages.map((image): Entry => {
        const matchIndex = unmatchedEntries.findIndex((entry) => isSameImage(imageIn(entry), image))
        const [matchingEntry] = matchIndex < 0 ? [] : unmatchedEntries.splice(matchIndex, 1)
        if (!matchingEntry) return createStoredEntry(image)
        return matchingEntry.kind === 'stored' ? { ...matchingEntry, image } : matchingEntry
      })
      const removedUploads = unmatchedEntries.filter((entry) => entry.kind === 'upload' && imageIn(entry))
      const previousEntries = allEntries
      allEntries = newEntries
      for (const entry of unmatchedEntries) {
        if (entry.kind === 'upload' && !removedUploads.includes(entry))
          placeAt(entry, previousEntries.indexOf(entry))
      }
      updateUploader((uploader) => removedUploads.forEach(({ id }) => uploader.remove(id)))
      publish({ removed: undefined })
    },

    refresh: (changes) => publishAndNotify(changes),

    subscribe: () => {
      syncUploads()
      return uploaderStore.subscribe(syncUploads)
    },
  }
  return field
}

import { createStore } from 'zustand/vanilla'
import type { ItemRecord } from './item-record.ts'
import type { ReadonlyStore, UploadItem } from './item.ts'
import type { UploadState } from './machine/state.ts'
import type { Rejection } from './rules.ts'

export interface UploaderState<Result> {
  /** Items in order. A new array when items are added, removed, moved or change status, but not on progress. */
  readonly items: readonly UploadItem<Result>[]
  /** The files that the last `add` refused. */
  readonly rejections: readonly Rejection[]
}

/**
 * Status of an item in the queue. Splits `idle` into `idle`, `canceled` and `held`, and `uploading` into `uploading`
 * and `paused`, because the queue starts and counts only some of them.
 */
export type QueueStatus = UploadState<unknown>['status'] | 'canceled' | 'held' | 'paused'

/**
 * The queue of an uploader: order, counts per status and the next record to start. The cost per event does not depend on
 * the length of the queue. The array of items is only built when it is read or published.
 */
export function createQueue<Result>() {
  const recordsById = new Map<string, ItemRecord<Result>>()
  const counts: Partial<Record<QueueStatus, number>> = {}
  /** The state that listeners have seen. */
  const publishedStore = createStore<UploaderState<Result>>(() => ({ items: [], rejections: [] }))
  /** All records in their order. May still contain deleted records. */
  let recordOrder: ItemRecord<Result>[] = []
  /** The index of each record in the last array of items. */
  const itemIndexes = new Map<ItemRecord<Result>, number>()
  const changedRecords = new Set<ItemRecord<Result>>()
  /** No record before this index is ready to start. */
  let firstIdleIndex = 0
  let state = publishedStore.getState()
  let isStructureChanged = false

  function orderedRecords(): readonly ItemRecord<Result>[] {
    if (recordOrder.length > recordsById.size) reorder(recordOrder.filter(({ id }) => recordsById.has(id)))
    return recordOrder
  }
  function reorder(records: ItemRecord<Result>[]) {
    recordOrder = records
    firstIdleIndex = 0
    isStructureChanged = true
  }
  function updateCount(record: ItemRecord<Result>, delta: 1 | -1) {
    const queueStatus = queueStatusOf(record.state)
    counts[queueStatus] = (counts[queueStatus] ?? 0) + delta
    if (queueStatus === 'idle' && delta > 0) firstIdleIndex = 0
    changedRecords.add(record)
  }
  function makeItems(): readonly UploadItem<Result>[] {
    if (!isStructureChanged) {
      const items = [...state.items]
      for (const record of changedRecords) items[itemIndexes.get(record) ?? 0] = record.store.getState()
      stableRowsByItems.set(items, stableRows(state.items))
      return items
    }
    itemIndexes.clear()
    return orderedRecords().map((record, index) => {
      itemIndexes.set(record, index)
      return record.store.getState()
    })
  }

  const queue = {
    /** `getState` returns the newest state. Listeners are called only by `publish`. */
    store: {
      ...publishedStore,
      getState: () => {
        if (isStructureChanged || changedRecords.size > 0) {
          state = { ...state, items: makeItems() }
          changedRecords.clear()
          isStructureChanged = false
        }
        return state
      },
    } as ReadonlyStore<UploaderState<Result>>,

    listRecords: orderedRecords,
    get: (id: string) => recordsById.get(id),
    size: () => recordsById.size,
    count: (queueStatus: QueueStatus) => counts[queueStatus] ?? 0,
    /** Counts the items that are queued, starting or uploading. */
    countUnsent: () => queue.count('idle') + queue.count('starting') + queue.count('uploading'),
    /** Whether nothing is queued or in progress. Held items wait for the user and do not count. */
    isSettled: () =>
      queue.count('done') + queue.count('error') + queue.count('canceled') + queue.count('held') ===
      recordsById.size,

    push(record: ItemRecord<Result>) {
      recordsById.set(record.id, record)
      recordOrder.push(record)
      isStructureChanged = true
      updateCount(record, 1)
    },
    delete(record: ItemRecord<Result>) {
      recordsById.delete(record.id)
      updateCount(record, -1)
      isStructureChanged = true
    },
    move(record: ItemRecord<Result>, to: number) {
      reorder(orderedRecords().filter((otherRecord) => otherRecord !== record))
      recordOrder.splice(Math.max(0, to), 0, record)
    },
    /** Sets the state of a record and updates the counts. */
    setRecordState(record: ItemRecord<Result>, newState: UploadState<Result>) {
      updateCount(record, -1)
      record.state = newState
      updateCount(record, 1)
    },
    /** Marks a record as changed for a change outside of its state, for example of its name. */
    markChanged: (record: ItemRecord<Result>) => void changedRecords.add(record),
    /** Returns the first record that is ready to start. */
    nextReady(): ItemRecord<Result> | undefined {
      for (; firstIdleIndex < recordOrder.length; firstIdleIndex += 1) {
        const record = recordOrder[firstIdleIndex]
        if (record && queueStatusOf(record.state) === 'idle') return record
      }
      return undefined
    },
    setRejections(rejections: readonly Rejection[]) {
      state = { ...state, rejections }
    },
    publish() {
      publishedStore.setState(queue.store.getState(), true)
    },
  }
  return queue
}

export type Queue<Result> = ReturnType<typeof createQueue<Result>>

/** For an array that differs from an older array only in the statuses of its items: that older array. */
const stableRowsByItems = new WeakMap<readonly UploadItem[], readonly UploadItem[]>()

/** Returns an array whose identity changes only when items are added, removed or moved, and not on a status change. */
export function stableRows(items: readonly UploadItem[]): readonly UploadItem[] {
  return stableRowsByItems.get(items) ?? items
}

function queueStatusOf(state: UploadState<unknown>): QueueStatus {
  if (state.status === 'idle') return state.canceled ? 'canceled' : state.held ? 'held' : 'idle'
  return state.status === 'uploading' && state.paused ? 'paused' : state.status
}

import { createStore } from 'zustand/vanilla'
import type { Entry } from './entry.ts'
import type { ReadonlyStore, UploadItem } from './item.ts'
import type { UploadState } from './machine.ts'
import type { Rejection } from './rules.ts'

export interface UploaderState<Result> {
  /** In order. A new array when items are added, removed, moved or change status, but not on progress. */
  readonly items: readonly UploadItem<Result>[]
  /** The files that the last `add` refused. */
  readonly rejections: readonly Rejection[]
}

/** The status of an item from the queue's point of view: `idle` and `uploading` are split by what the queue may do. */
export type Standing = UploadState<unknown>['status'] | 'canceled' | 'held' | 'paused'

/**
 * The queue of an uploader: order, counts per status and the next record to start. The cost per event does not depend on
 * the length of the queue. The array of items is only built when it is read or published.
 */
export function createList<Result>() {
  const entries = new Map<string, Entry<Result>>()
  const counts: Partial<Record<Standing, number>> = {}
  /** The state that listeners have seen. */
  const told = createStore<UploaderState<Result>>(() => ({ items: [], rejections: [] }))
  /** May still contain deleted records. */
  let order: Entry<Result>[] = []
  /** The index of each record in the last array of items, and the records that have changed since. */
  const places = new Map<Entry<Result>, number>()
  const changed = new Set<Entry<Result>>()
  /** No record before this index is ready to start. */
  let next = 0
  let state = told.getState()
  let reordered = false

  function ordered(): readonly Entry<Result>[] {
    if (order.length > entries.size) reorder(order.filter(({ id }) => entries.has(id)))
    return order
  }
  function reorder(all: Entry<Result>[]) {
    order = all
    next = 0
    reordered = true
  }
  function count(entry: Entry<Result>, one: 1 | -1) {
    const standing = standingOf(entry.state)
    counts[standing] = (counts[standing] ?? 0) + one
    if (standing === 'idle' && one > 0) next = 0
    changed.add(entry)
  }
  function makeItems(): readonly UploadItem<Result>[] {
    if (!reordered) {
      const items = [...state.items]
      for (const entry of changed) items[places.get(entry) ?? 0] = entry.store.getState()
      firsts.set(items, rowsOf(state.items))
      return items
    }
    places.clear()
    return ordered().map((entry, index) => {
      places.set(entry, index)
      return entry.store.getState()
    })
  }

  const list = {
    /** `getState` is always current; listeners run on `publish`. */
    store: {
      ...told,
      getState: () => {
        if (reordered || changed.size > 0) {
          state = { ...state, items: makeItems() }
          changed.clear()
          reordered = false
        }
        return state
      },
    } as ReadonlyStore<UploaderState<Result>>,

    ordered,
    get: (id: string) => entries.get(id),
    size: () => entries.size,
    count: (standing: Standing) => counts[standing] ?? 0,
    /** Counts the items that are queued, starting or uploading. */
    ahead: () => list.count('idle') + list.count('starting') + list.count('uploading'),
    /** Whether nothing is queued or in progress. Held items wait for the user and do not count. */
    isSettled: () =>
      list.count('done') + list.count('error') + list.count('canceled') + list.count('held') === entries.size,

    push(entry: Entry<Result>) {
      entries.set(entry.id, entry)
      order.push(entry)
      reordered = true
      count(entry, 1)
    },
    delete(entry: Entry<Result>) {
      entries.delete(entry.id)
      count(entry, -1)
      reordered = true
    },
    move(entry: Entry<Result>, to: number) {
      reorder(ordered().filter((other) => other !== entry))
      order.splice(Math.max(0, to), 0, entry)
    },
    /** Sets the state of a record and updates the counts. */
    enter(entry: Entry<Result>, now: UploadState<Result>) {
      count(entry, -1)
      entry.state = now
      count(entry, 1)
    },
    /** Returns the first record that is ready to start. */
    next(): Entry<Result> | undefined {
      for (; next < order.length; next += 1) {
        const entry = order[next]
        if (entry && standingOf(entry.state) === 'idle') return entry
      }
      return undefined
    },
    reject(rejections: readonly Rejection[]) {
      state = { ...state, rejections }
    },
    publish() {
      told.setState(list.store.getState(), true)
    },
  }
  return list
}

const firsts = new WeakMap<readonly UploadItem[], readonly UploadItem[]>()

/** Returns an array whose identity changes only when items are added, removed or moved, and not on a status change. */
export function rowsOf(items: readonly UploadItem[]): readonly UploadItem[] {
  return firsts.get(items) ?? items
}

function standingOf(state: UploadState<unknown>): Standing {
  if (state.status === 'idle') return state.canceled ? 'canceled' : state.held ? 'held' : 'idle'
  return state.status === 'uploading' && state.paused ? 'paused' : state.status
}

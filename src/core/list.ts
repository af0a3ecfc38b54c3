import { createStore } from 'zustand/vanilla'
import type { Entry } from './entry.ts'
import type { ReadonlyStore, UploadItem } from './item.ts'
import type { UploadState } from './machine.ts'
import type { Rejection } from './rules.ts'

export interface UploaderState<Result> {
  /** In order. A new list when items come, go, move or change status; progress leaves it as it is. */
  readonly items: readonly UploadItem<Result>[]
  /** What the last `add` refused. */
  readonly rejections: readonly Rejection[]
}

/** A status, told apart by what it means for the others in the list. */
export type Standing = UploadState<unknown>['status'] | 'canceled' | 'held' | 'paused'

/**
 * The entries of an uploader: their order, who is next, and how many stand where. Whatever is asked or told per event
 * costs the same for ten thousand as for ten; the list itself is made when somebody reads it or is told.
 */
export function createList<Result>() {
  const entries = new Map<string, Entry<Result>>()
  const counts: Partial<Record<Standing, number>> = {}
  /** What listeners were told last. */
  const told = createStore<UploaderState<Result>>(() => ({ items: [], rejections: [] }))
  /** May still hold what was deleted. */
  let order: Entry<Result>[] = []
  /** Where each is in the items as they were last made, and which have changed since. */
  const places = new Map<Entry<Result>, number>()
  const changed = new Set<Entry<Result>>()
  /** None before this index waits. */
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
    /** Right at every moment for those who read it; listeners are told by `publish`. */
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
    /** How many wait or are on their way to storage. */
    ahead: () => list.count('idle') + list.count('starting') + list.count('uploading'),
    /** Whether nothing is waiting or on its way. Held items wait for a person. */
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
    /** Puts an entry into another state. */
    enter(entry: Entry<Result>, now: UploadState<Result>) {
      count(entry, -1)
      entry.state = now
      count(entry, 1)
    },
    /** The first that waits. */
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

/** The first of all lists of items with the same ones in the same order: it changes when rows come, go or move. */
export function rowsOf(items: readonly UploadItem[]): readonly UploadItem[] {
  return firsts.get(items) ?? items
}

function standingOf(state: UploadState<unknown>): Standing {
  if (state.status === 'idle') return state.canceled ? 'canceled' : state.held ? 'held' : 'idle'
  return state.status === 'uploading' && state.paused ? 'paused' : state.status
}

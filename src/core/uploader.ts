import { createStore } from 'zustand/vanilla'
import { toUploadError } from '../protocol/errors.ts'
import type { Ticket } from '../protocol/ticket.ts'
import { fileInfo, perform, tellBackend } from './effects.ts'
import { giveBack } from './entry.ts'
import type { Entry } from './entry.ts'
import { isPending, statusOf } from './item.ts'
import type { ReadonlyStore, UploadItem } from './item.ts'
import { phaseOf, ticketOf, transition } from './machine.ts'
import type { UploadEffect, UploadEvent, UploadState } from './machine.ts'
import type { UploaderOptions } from './options.ts'
import type { UploadPorts } from './ports.ts'
import { refusal } from './rules.ts'
import type { Rejection } from './rules.ts'
import { resultOf, until } from './waiting.ts'

export interface UploaderState<Result> {
  /** In order. A new list when items come, go, move or change status; progress leaves it as it is. */
  readonly items: readonly UploadItem<Result>[]
  /** What the last `add` refused. */
  readonly rejections: readonly Rejection[]
}

/** An item, or its id. */
export type ItemRef = string | { readonly id: string }

/** The engine of one list of items. Its functions can be passed around on their own. */
export interface Uploader<Result = unknown> {
  readonly store: ReadonlyStore<UploaderState<Result>>
  /** The options in force now. */
  readonly options: () => UploaderOptions<Result>
  /**
   * Takes files in and starts them as connections come free. What the rules refuse becomes a rejection. `taken`: how many
   * of `maxFiles` are taken by what is not in this list, such as images that were stored before.
   */
  readonly add: (files: Iterable<File>, beside?: { readonly taken?: number }) => UploadItem<Result>[]
  /** Stops an item, or all that are not finished; their bytes may go. `retry` starts them again. */
  readonly cancel: (item?: ItemRef) => void
  /** Repeats the failed step of an item, or of all in error that can be repeated, and starts canceled ones. */
  readonly retry: (item?: ItemRef) => void
  /** Keeps what is stored and sends no more until `resume`. */
  readonly pause: (item?: ItemRef) => void
  readonly resume: (item?: ItemRef) => void
  /** Takes an item off the list. One that is not done is canceled first; a done one belongs to the app. */
  readonly remove: (item: ItemRef) => void
  /** Moves an item to an index of the list. */
  readonly move: (item: ItemRef, to: number) => void
  /** Removes everything, rejections too. */
  readonly clear: () => void
  /** Forgets a rejection, or all of them. */
  readonly dismiss: (rejection?: ItemRef) => void
  /** The result of one item. Rejects with its UploadError, with code `canceled` when it is canceled or removed. */
  readonly finished: (item: ItemRef) => Promise<Result>
  /** Resolves with the list when nothing is waiting or on its way. */
  readonly settled: () => Promise<readonly UploadItem<Result>[]>
}

/**
 * Makes the engine of one list of items. React-free: `useUpload` and `useMultiUpload` are this and a subscription.
 * Options given as a function are asked anew whenever they matter.
 */
export function createUploader<Result>(
  ports: UploadPorts<Result>,
  given: UploaderOptions<Result> | (() => UploaderOptions<Result>) = {},
): Uploader<Result> {
  const options = typeof given === 'function' ? given : () => given
  const store = createStore<UploaderState<Result>>(() => ({ items: [], rejections: [] }))
  const entries = new Map<string, Entry<Result>>()
  const unpainted = new Set<Entry<Result>>()
  let changing = false

  function dispatch(entry: Entry<Result>, event: UploadEvent<Result>) {
    const before = entry.state
    const [state, effect] = transition(before, event)
    if (state === before) return
    entry.state = state
    if (event.type === 'progressed') return paintSoon(entry)
    trace(entry, before, event)
    if (event.type === 'repeated') return publish(entry)

    // The pool's answer is the one that is carried into the next step, with the connection.
    entry.controller?.abort()
    entry.controller = undefined
    if (state.status !== 'uploading' || state.paused) giveBack(entry)

    publish(entry)
    if (effect) run(entry, effect)
    if (state.status === 'done') tell(() => options().onDone?.(state.result, entry.store.getState()))
    if (state.status === 'error') {
      const { error } = state
      const file = fileInfo(entry, options())
      void tellBackend(ports, options(), (context) =>
        ports.endpoints.failed?.(file, ticketOf(state), error, context),
      )
      tell(() => options().onError?.(error, entry.store.getState()))
    }
    fill()
  }

  function trace(entry: Entry<Result>, { status: from }: UploadState<Result>, event: UploadEvent<Result>) {
    const { id, file, state, since } = entry
    const now = ports.host.now()
    const code = 'error' in event ? event.error.code : undefined
    entry.since = now
    tell(() =>
      options().onEvent?.({
        id,
        size: file.size,
        type: event.type,
        from,
        to: state.status,
        duration: now - since,
        code,
      }),
    )
  }

  function run(entry: Entry<Result>, effect: UploadEffect) {
    // Nobody waits for a discard, and nothing may stop it.
    if (effect.type === 'discard') return discard(effect.ticket)

    const controller = new AbortController()
    const { signal } = controller
    const phase = phaseOf(entry.state)
    entry.controller = controller
    perform(ports, options(), entry, effect, {
      signal,
      dispatch: (event) => {
        if (!signal.aborted) dispatch(entry, event)
      },
      discard,
    }).catch((thrown: unknown) => {
      if (!signal.aborted)
        dispatch(entry, { type: 'failed', error: toUploadError(thrown, phase), now: ports.host.now() })
    })
  }

  const discard = (ticket: Ticket) =>
    void tellBackend(ports, options(), (context) => ports.endpoints.discard?.(ticket, context))

  /** Starts what waits, in order, as long as a connection may come free for it soon. */
  function fill() {
    if (changing) return
    const limit = options().concurrency ?? Infinity
    let starting = 0
    let sending = 0
    for (const { state } of entries.values()) {
      if (state.status === 'starting') starting += 1
      if (state.status === 'uploading' && !state.paused) sending += 1
    }
    const waiting: Entry<Result>[] = []
    for (const { id } of store.getState().items) {
      // A pool's worth of tickets in hand is enough: more would only grow old.
      if (starting >= ports.pool.size || starting + sending >= limit) break
      const entry = entries.get(id)
      if (entry?.state.status !== 'idle' || entry.state.canceled) continue
      starting += 1
      waiting.push(entry)
    }
    if (waiting.length > 0) together(() => waiting.forEach((entry) => dispatch(entry, { type: 'start' })))
  }

  /** Several changes before the queue is looked at again, or what is canceled first would start what is canceled next. */
  function together(change: () => void) {
    const outermost = !changing
    changing = true
    change()
    if (!outermost) return
    changing = false
    fill()
  }

  function publish(entry: Entry<Result>) {
    const item = paint(entry)
    store.setState(({ items }) => ({ items: items.map((each) => (each.id === entry.id ? item : each)) }))
  }

  /** Progress comes more often than anyone can see: once a frame is enough, and only to those who watch this item. */
  function paintSoon(entry: Entry<Result>) {
    if (unpainted.size === 0) ports.host.frame(() => unpainted.forEach(paint))
    unpainted.add(entry)
  }
  function paint(entry: Entry<Result>): UploadItem<Result> {
    const { id, file, store: own, state } = entry
    const item = { id, file, store: own, ...statusOf(state) }
    unpainted.delete(entry)
    own.setState(item, true)
    return item
  }

  const add: Uploader<Result>['add'] = (files, { taken = 0 } = {}) => {
    const rules = options()
    const single = rules.multiple === false
    const kept = single ? 0 : entries.size + taken
    const room = single ? 1 : (rules.maxFiles ?? Infinity)
    const items: UploadItem<Result>[] = []
    const rejections: Rejection[] = []
    for (const file of files) {
      const error = refusal(file, rules, room - kept - items.length)
      if (error) rejections.push({ id: ports.newId(), file, error })
      else items.push(enter(file))
    }
    together(() => {
      if (single && items.length > 0) store.getState().items.forEach(remove)
      store.setState((state) => ({ items: [...state.items, ...items], rejections }))
    })
    return items
  }

  function enter(file: File): UploadItem<Result> {
    const id = ports.newId()
    const state = { status: 'idle', canceled: false } as const
    const itemStore = createStore<UploadItem<Result>>((_set, _get, own) => ({
      id,
      file,
      store: own,
      ...state,
    }))
    entries.set(id, { id, file, prepared: file, state, since: ports.host.now(), store: itemStore })
    return itemStore.getState()
  }

  function remove(item: ItemRef) {
    const entry = entries.get(idOf(item))
    if (!entry) return
    const ticket = entry.state.status === 'error' ? ticketOf(entry.state) : undefined
    if (ticket) discard(ticket)
    dispatch(entry, { type: 'cancel' })
    entries.delete(entry.id)
    unpainted.delete(entry)
    store.setState(({ items }) => ({ items: items.filter(({ id }) => id !== entry.id) }))
    fill()
  }

  /** An event for one item or, without one, for all. */
  const each =
    (event: () => UploadEvent<Result>, only?: (entry: Entry<Result>) => boolean) => (item?: ItemRef) => {
      const chosen =
        item === undefined ? [...entries.values()].filter(only ?? (() => true)) : [entries.get(idOf(item))]
      together(() => chosen.forEach((entry) => entry && dispatch(entry, event())))
    }

  const uploader: Uploader<Result> = {
    store,
    options,
    add,
    cancel: each(() => ({ type: 'cancel' })),
    retry: each(
      () => ({ type: 'retry', now: ports.host.now() }),
      ({ state }) => state.status !== 'error' || state.error.retryable,
    ),
    pause: each(() => ({ type: 'pause' })),
    resume: each(() => ({ type: 'resume' })),
    remove,
    move: (item, to) => {
      store.setState(({ items }) => {
        const from = items.findIndex(({ id }) => id === idOf(item))
        const moved = items[from]
        if (!moved) return {}
        const rest = items.filter((other) => other !== moved)
        const index = Math.max(0, to)
        return { items: [...rest.slice(0, index), moved, ...rest.slice(index)] }
      })
    },
    clear: () => {
      together(() => {
        uploader.cancel()
        for (const id of entries.keys()) remove(id)
      })
      store.setState({ rejections: [] })
    },
    dismiss: (rejection) => {
      store.setState(({ rejections }) => ({
        rejections: rejection === undefined ? [] : rejections.filter(({ id }) => id !== idOf(rejection)),
      }))
    },
    finished: (item) => resultOf(entries.get(idOf(item))?.store),
    settled: () => until(store, ({ items }) => (items.some(isPending) ? undefined : items)),
  }
  return uploader
}

function idOf(item: ItemRef): string {
  return typeof item === 'string' ? item : item.id
}

/** Runs an app's callback. Its failure is the app's to see and must not touch the upload. */
function tell(call: () => void) {
  try {
    call()
  } catch (thrown) {
    queueMicrotask(() => {
      throw thrown
    })
  }
}

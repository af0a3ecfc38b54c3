import { toUploadError } from '../protocol/errors.ts'
import type { Ticket } from '../protocol/ticket.ts'
import { perform, tell, tellBackend, warmUp } from './effects.ts'
import { giveBack, newEntry } from './entry.ts'
import type { Entry } from './entry.ts'
import { idOf, statusOf } from './item.ts'
import type { ItemRef, ReadonlyStore, UploadItem } from './item.ts'
import { createList } from './list.ts'
import type { UploaderState } from './list.ts'
import { phaseOf, ticketOf, transition } from './machine.ts'
import type { UploadEffect, UploadEvent } from './machine.ts'
import type { UploaderOptions } from './options.ts'
import { createPace } from './pace.ts'
import type { UploadPorts } from './ports.ts'
import { afterReport, reportFailure } from './report.ts'
import { refusal } from './rules.ts'
import type { Rejection } from './rules.ts'
import { askedAtOnce, sizeOf } from './size.ts'
import { trace } from './trace.ts'
import { createUnmeasured } from './unmeasured.ts'
import { resultOf } from './waiting.ts'

export type { UploaderState } from './list.ts'

export type { ItemRef } from './item.ts'

/** The engine of one list of items. Its functions do not use `this`. */
export interface Uploader<Result = unknown> {
  readonly store: ReadonlyStore<UploaderState<Result>>
  /** Returns the current options. */
  readonly options: () => UploaderOptions<Result>
  /** Call it when the user is about to choose files: fetches policies and opens connections ahead of time. */
  readonly warm: () => void
  /**
   * Adds files and starts them as connections become free. Refused files become rejections. `taken`: the part of
   * `maxFiles` that is used by files outside of this list, for example by stored images. Returns the new items.
   */
  readonly add: (files: Iterable<File>, beside?: { readonly taken?: number }) => UploadItem<Result>[]
  /** Cancels an item, or all unfinished items, and discards their bytes. `retry` starts them again. */
  readonly cancel: (item?: ItemRef) => void
  /**
   * Runs the failed step of an item again, for any error, or starts a canceled item. Without an item: all canceled items,
   * and all failed items whose error is `retryable`; with `multiple: false` always the only item.
   */
  readonly retry: (item?: ItemRef) => void
  /**
   * Pauses an item, or all current items, until `resume`. An upload that is sending bytes keeps its stored bytes and is
   * `uploading` with `paused`; an upload that has not sent anything is `idle` with `held`. Files that are added later start
   * normally. A `finishing` item continues because its bytes are stored.
   */
  readonly pause: (item?: ItemRef) => void
  /** Resumes an item, or all paused and held items. */
  readonly resume: (item?: ItemRef) => void
  /** Reads the options again. The hooks call it when an option that starts files has changed, for example `concurrency`. */
  readonly refresh: () => void
  /** Removes an item. An unfinished item is canceled first; the stored object of a done item is not deleted. */
  readonly remove: (item: ItemRef) => void
  /** Moves an item to an index. */
  readonly move: (item: ItemRef, to: number) => void
  /** Removes all items and rejections. */
  readonly clear: () => void
  /** Removes a rejection, or all rejections. */
  readonly dismiss: (rejection?: ItemRef) => void
  /** Resolves with the result of an item. Rejects with its UploadError: `canceled` if it is canceled or removed. */
  readonly finished: (item: ItemRef) => Promise<Result>
  /** Resolves with the items when none is queued or in progress. Does not wait for held items. */
  readonly settled: () => Promise<readonly UploadItem<Result>[]>
}

/**
 * Creates the engine of one list of items, without React: `useUpload` and `useMultiUpload` subscribe to it. Options may be
 * a function, which is called every time an option is needed.
 */
export function createUploader<Result>(
  ports: UploadPorts<Result>,
  given: UploaderOptions<Result> | (() => UploaderOptions<Result>) = {},
): Uploader<Result> {
  const options = typeof given === 'function' ? given : () => given
  const list = createList<Result>()
  const { store } = list
  const unpainted = new Set<Entry<Result>>()
  /** Resolvers of pending `settled()` calls. */
  const patient: (() => void)[] = []
  const pace = createPace()
  let changing = false
  let framed = false

  function dispatch(entry: Entry<Result>, event: UploadEvent<Result>) {
    const before = entry.state
    const [state, effect] = transition(before, event)
    if (state === before) return
    if (event.type === 'progressed') {
      entry.state = state
      unpainted.add(entry)
      return paintSoon()
    }
    list.enter(entry, state)
    paint(entry)
    paintSoon()
    trace(options(), entry, before, event, ports.host.now())
    if (event.type === 'held' || event.type === 'repeated' || (event.type === 'deleted' && !effect)) return
    if (event.type === 'granted') pace.mark(event.now)

    // A connection from the pool is kept for the next step, `uploading`.
    entry.controller?.abort()
    entry.controller = undefined
    if (state.status !== 'uploading' || state.paused) giveBack(entry)

    if (effect) run(entry, effect)
    if (state.status === 'done') tell(() => options().onDone?.(state.result, entry.store.getState()))
    if (state.status === 'error') {
      const { error } = state
      reportFailure(ports, options, entry, error, (ticket) => {
        if (list.get(entry.id) === entry) dispatch(entry, { type: 'deleted', ticket })
      })
      tell(() => options().onError?.(error, entry.store.getState()))
    }
    settle()
  }

  function run(entry: Entry<Result>, effect: UploadEffect) {
    // A discard runs in the background and cannot be aborted.
    if (effect.type === 'discard') return discard(effect.ticket)
    if (effect.type === 'presign' && effect.replaced) discard(effect.replaced)

    const controller = new AbortController()
    const { signal } = controller
    const phase = phaseOf(entry.state)
    entry.controller = controller
    const work = () =>
      perform(ports, options, entry, effect, {
        signal,
        dispatch: (event) => {
          if (!signal.aborted) dispatch(entry, event)
        },
        discard,
        ahead: list.ahead,
      })
    afterReport(ports.host, entry, signal, work).catch((thrown: unknown) => {
      if (!signal.aborted)
        dispatch(entry, { type: 'failed', error: toUploadError(thrown, phase), now: ports.host.now() })
    })
  }

  const discard = (ticket: Ticket) =>
    void tellBackend(ports, options, (context) => ports.endpoints.discard?.(ticket, context))

  /**
   * Starts queued items in order. It starts many at once, so that they are presigned in one batch, when few items have a
   * ticket or are getting one. Then resolves `settled()` if no work is left.
   */
  function settle() {
    if (changing) return
    changing = true
    const ahead = Math.min(
      pace.lookAhead(ports.pool.size),
      (options().concurrency ?? Infinity) - list.count('uploading'),
    )
    if (list.count('starting') < Math.max(ports.pool.size, ahead / 2)) {
      for (let entry; list.count('starting') < ahead && (entry = list.next());) {
        unmeasured.take(entry)
        dispatch(entry, { type: 'start' })
      }
    }
    changing = false
    if (list.isSettled()) for (const resolve of patient.splice(0)) resolve()
  }

  /**
   * Applies several changes before the queue starts items: otherwise canceling the first item would start the next one,
   * which is canceled too. Used for user actions, so it publishes at once.
   */
  function together(change: () => void) {
    const outermost = !changing
    changing = true
    change()
    if (!outermost) return
    changing = false
    settle()
    list.publish()
  }

  /** Engine events outpace the display: flush at most once per frame. */
  function paintSoon() {
    if (framed) return
    framed = true
    ports.host.frame(() => {
      framed = false
      unpainted.forEach(paint)
      list.publish()
    })
  }
  function paint(entry: Entry<Result>) {
    const { id, file, store: own, state } = entry
    unpainted.delete(entry)
    own.setState({ id, file, store: own, ...statusOf(state) }, true)
  }

  const add: Uploader<Result>['add'] = (files, { taken = 0 } = {}) => {
    const rules = options()
    const single = rules.multiple === false
    const kept = single ? 0 : list.size() + taken
    const room = single ? 1 : (rules.maxFiles ?? Infinity)
    const dropped = [...files]
    // With `maxFiles` the sizes are needed now: a file refused for its size does not count against the limit.
    const later = room === Infinity && dropped.length > askedAtOnce
    const items: UploadItem<Result>[] = []
    const rejections: Rejection[] = []
    together(() => {
      const replaced = single ? [...list.ordered()] : []
      for (const file of dropped) {
        const error = refusal(file, rules, room - kept - items.length, later ? NaN : sizeOf(file))
        if (error) {
          rejections.push({ id: ports.newId(), file, error })
          continue
        }
        const entry = newEntry<Result>(ports.newId(), file, ports.host.now())
        list.push(entry)
        items.push(entry.store.getState())
        if (later) unmeasured.add(entry)
      }
      list.reject(rejections)
      if (items.length > 0) replaced.forEach(remove)
    })
    return items
  }

  /** Removes files of a large drop that turn out to be refused once their size is read. */
  const unmeasured = createUnmeasured<Result>(ports.host, together, (entry) => {
    const { id, file } = entry
    const error = list.get(id) && refusal(file, options())
    if (!error) return
    list.reject([...store.getState().rejections, { id: ports.newId(), file, error }])
    remove(entry)
  })

  function remove(item: ItemRef) {
    const entry = list.get(idOf(item))
    if (!entry) return
    const ticket = entry.state.status === 'error' ? ticketOf(entry.state) : undefined
    together(() => {
      if (ticket) discard(ticket)
      dispatch(entry, { type: 'cancel' })
      list.delete(entry)
      unpainted.delete(entry)
    })
  }

  /** Creates a function that dispatches an event to one item or, without an item, to all. */
  const each =
    (event: () => UploadEvent<Result>, only?: (entry: Entry<Result>) => boolean) => (item?: ItemRef) => {
      const chosen = item === undefined ? list.ordered().filter(only ?? (() => true)) : [list.get(idOf(item))]
      together(() => chosen.forEach((entry) => entry && dispatch(entry, event())))
    }

  const uploader: Uploader<Result> = {
    store,
    options,
    warm: () => warmUp(ports, options()),
    add,
    cancel: each(() => ({ type: 'cancel' })),
    retry: each(
      () => ({ type: 'retry', now: ports.host.now() }),
      // With a single file, retrying all means retrying this file.
      ({ state }) => state.status !== 'error' || state.error.retryable || options().multiple === false,
    ),
    pause: each(() => ({ type: 'pause' })),
    resume: each(() => ({ type: 'resume', now: ports.host.now() })),
    refresh: settle,
    remove,
    move: (item, to) => {
      const entry = list.get(idOf(item))
      if (entry) together(() => list.move(entry, to))
    },
    clear: () =>
      together(() => {
        list.ordered().forEach(remove)
        list.reject([])
      }),
    dismiss: (rejection) => {
      const { rejections } = store.getState()
      together(() =>
        list.reject(rejection === undefined ? [] : rejections.filter(({ id }) => id !== idOf(rejection))),
      )
    },
    finished: (item) => resultOf(list.get(idOf(item))?.store),
    settled: async () => {
      if (!list.isSettled()) await new Promise<void>((resolve) => patient.push(resolve))
      return store.getState().items
    },
  }
  return uploader
}

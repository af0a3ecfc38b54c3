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

/** The engine of one list of items. Its functions can be passed around on their own. */
export interface Uploader<Result = unknown> {
  readonly store: ReadonlyStore<UploaderState<Result>>
  /** The options in force now. */
  readonly options: () => UploaderOptions<Result>
  /** Somebody is about to choose files: what takes a round trip may be done now. */
  readonly warm: () => void
  /**
   * Takes files in and starts them as connections come free. What the rules refuse becomes a rejection. `taken`: how many
   * of `maxFiles` are taken by what is not in this list, such as images that were stored before.
   */
  readonly add: (files: Iterable<File>, beside?: { readonly taken?: number }) => UploadItem<Result>[]
  /** Stops an item, or all that are not finished; their bytes may go. `retry` starts them again. */
  readonly cancel: (item?: ItemRef) => void
  /**
   * Repeats the failed step of an item, whatever its error is, or starts a canceled one. Without an item: all that were
   * canceled, and those in error whose error is `retryable`; with `multiple: false` always the one there is.
   */
  readonly retry: (item?: ItemRef) => void
  /**
   * Sends no more of an item, or of all that are in the list now, until `resume`. An upload whose bytes are on their way
   * keeps what is stored and is `uploading` with `paused`; one that has not begun to send is `idle` with `held`. Files that
   * are added later start. What is `finishing` goes on: its bytes are stored.
   */
  readonly pause: (item?: ItemRef) => void
  /** Goes on with what is paused or held. */
  readonly resume: (item?: ItemRef) => void
  /** Looks at the options again. The hooks call it when one has changed that starts files, such as `concurrency`. */
  readonly refresh: () => void
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
  /** Resolves with the list when nothing is waiting or on its way. Held items are not waited for. */
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
  const list = createList<Result>()
  const { store } = list
  const unpainted = new Set<Entry<Result>>()
  /** Who waits for the list to settle. */
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

    // The pool's answer is the one that is carried into the next step, with the connection.
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
    // Nobody waits for a discard, and nothing may stop it.
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
   * Starts what waits, in order: many at once, so that they are presigned together, when few have a ticket or are getting
   * one. Then, nothing may be left to do.
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
   * Several changes before the queue is looked at again, or what is canceled first would start what is canceled next.
   * For what people do: it is told at once.
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

  /** What happens by itself comes more often than anyone can see: once a frame is enough for the list and for progress. */
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
    // How many are too many is known only of those that are not refused for their size.
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

  /** Of a large drop: what is refused now leaves the list again. */
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

  /** An event for one item or, without one, for all. */
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
      // A person who retries the one file of a single upload has chosen it.
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

import type { UploadError } from '../protocol/errors.ts'
import { ignoreLoadError } from '../internal/lazy-module.ts'
import type { Ticket } from '../protocol/ticket.ts'
import type { EffectRunner } from './effects.ts'
import { releaseConnection, createItemRecord } from './item-record.ts'
import type { ItemRecord } from './item-record.ts'
import { idOf, publicStatusOf } from './item.ts'
import type { ItemOrId, ReadonlyStore, UploadItem } from './item.ts'
import { createQueue } from './queue.ts'
import type { UploaderState } from './queue.ts'
import { ticketOf, transition } from './machine.ts'
import type { UploadEffect, UploadEvent } from './machine.ts'
import type { UploaderOptions } from './options.ts'
import { createPresignWindow } from './presign-window.ts'
import type { UploadPorts } from './ports.ts'
import { checkFile } from './rules.ts'
import type { Rejection } from './rules.ts'
import { createSizeReader, maxReadsAtOnce, sizeOf } from './file-size.ts'
import { callUserCallback, emitUploaderEvent } from './uploader-event.ts'

export type { UploaderState } from './queue.ts'
export type { ItemOrId } from './item.ts'

/** The engine of one list of items. Its functions do not use `this`. */
export interface Uploader<Result = unknown> {
  readonly store: ReadonlyStore<UploaderState<Result>>
  /** Returns the current options. */
  readonly options: () => UploaderOptions<Result>
  /** Call it when the user is about to choose files: fetches policies and opens connections ahead of time. */
  readonly preload: () => void
  /**
   * Adds files and starts them as connections become free. Refused files become rejections. `taken`: the part of
   * `maxFiles` that is used by files outside of this list, for example by stored images. Returns the new items.
   */
  readonly add: (files: Iterable<File>, addOptions?: { readonly taken?: number }) => UploadItem<Result>[]
  /** Cancels an item, or all unfinished items, and discards their bytes. `retry` starts them again. */
  readonly cancel: (item?: ItemOrId) => void
  /**
   * Runs the failed step of an item again, for any error, or starts a canceled item. Without an item: all canceled items,
   * and all failed items whose error is `retryable`; with `multiple: false` always the only item.
   */
  readonly retry: (item?: ItemOrId) => void
  /**
   * Pauses an item, or all current items, until `resume`. An upload that is sending bytes keeps its stored bytes and is
   * `uploading` with `paused`; an upload that has not sent anything is `idle` with `held`. Files that are added later start
   * normally. A `finishing` item continues because its bytes are stored, and is held if they turn out to be lost.
   */
  readonly pause: (item?: ItemOrId) => void
  /** Resumes an item, or all paused and held items. */
  readonly resume: (item?: ItemOrId) => void
  /** Reads the options again. The hooks call it when an option that starts files has changed, for example `concurrency`. */
  readonly applyOptions: () => void
  /** Removes an item. An unfinished item is canceled first; the stored object of a done item is not deleted. */
  readonly remove: (item: ItemOrId) => void
  /** Moves an item to an index. */
  readonly move: (item: ItemOrId, to: number) => void
  /** Removes all items and rejections. */
  readonly clear: () => void
  /** Removes a rejection, or all rejections. */
  readonly dismiss: (rejection?: ItemOrId) => void
  /** Resolves with the result of an item. Rejects with its UploadError: `canceled` if it is canceled or removed. */
  readonly resultOf: (item: ItemOrId) => Promise<Result>
  /** Resolves with the items when none is queued or in progress. Does not wait for held items. */
  readonly settled: () => Promise<readonly UploadItem<Result>[]>
}

/** Creates an uploader whose effect runner may load later: until then its files wait in their first step. */
export function createLazyUploader<Result>(
  loadRunner: () => Promise<EffectRunner>,
  ports: UploadPorts<Result>,
  initialOptions: UploaderOptions<Result> | (() => UploaderOptions<Result>) = {},
): Uploader<Result> {
  const options = typeof initialOptions === 'function' ? initialOptions : () => initialOptions
  const queue = createQueue<Result>()
  const { store } = queue
  const dirty = new Set<ItemRecord<Result>>()
  /** Resolvers of pending `settled()` calls. */
  const settledResolvers: (() => void)[] = []
  const presignWindow = createPresignWindow()
  let isBatching = false
  let flushScheduled = false

  function dispatch(record: ItemRecord<Result>, event: UploadEvent<Result>) {
    const previousState = record.state
    const [state, effect] = transition(previousState, event)
    if (state === previousState) return
    if (event.type === 'progressed') {
      record.state = state
      dirty.add(record)
      return scheduleFlush()
    }
    queue.setRecordState(record, state)
    flushItem(record)
    scheduleFlush()
    emitUploaderEvent(options(), record, previousState, event, ports.host.now())
    if (event.type === 'retryScheduled' || event.type === 'retried' || (event.type === 'deleted' && !effect))
      return
    if (state.status === 'finishing' && !effect) return // the step continues
    if (event.type === 'connected') presignWindow.recordStart(event.now)

    // A connection from the pool is kept for the next step, `uploading`.
    record.controller?.abort()
    record.controller = undefined
    if (state.status !== 'uploading' || state.paused) releaseConnection(record)

    if (effect) startEffect(record, effect)
    if (state.status === 'done')
      callUserCallback(() => options().onDone?.(state.result, record.store.getState()))
    if (state.status === 'error') {
      const { error } = state
      withRunner(({ reportFailure }) =>
        reportFailure(ports, options, record, state, (ticket) => {
          if (queue.get(record.id) === record) dispatch(record, { type: 'deleted', ticket })
        }),
      )
      callUserCallback(() => options().onError?.(error, record.store.getState()))
    }
    startQueued()
  }

  function startEffect(record: ItemRecord<Result>, effect: UploadEffect) {
    // A discard runs in the background and cannot be aborted.
    if (effect.type === 'discard') return discard(effect.ticket)
    if (effect.type === 'presign' && effect.ticketToDiscard) discard(effect.ticketToDiscard)

    const controller = new AbortController()
    const { signal } = controller
    record.controller = controller
    const dispatchIfCurrent = (event: UploadEvent<Result>) => signal.aborted || dispatch(record, event)
    const context = { signal, dispatch: dispatchIfCurrent, discard, countUnsent: queue.countUnsent }
    loadRunner()
      .then(({ runEffect }) => runEffect(ports, options, record, effect, context))
      .catch(
        (thrown: unknown) =>
          dispatchIfCurrent({ type: 'failed', error: thrown as UploadError, now: ports.host.now() }), // both reject with one
      )
  }

  const discard = (ticket: Ticket) =>
    withRunner(({ notifyBackend }) =>
      notifyBackend(ports, options, (context) => ports.endpoints.discard?.(ticket, context)),
    )

  const withRunner = (run: (runner: EffectRunner) => unknown) => void loadRunner().then(run, ignoreLoadError)

  /**
   * Starts queued items in order. It starts many at once, so that they are presigned in one batch, when few items have a
   * ticket or are getting one. Then resolves `settled()` if no work is left.
   */
  function startQueued() {
    if (isBatching) return
    isBatching = true
    const wantedCount = Math.min(
      presignWindow.countToPresign(ports.pool.size),
      (options().concurrency ?? Infinity) - queue.count('uploading'),
    )
    if (queue.count('starting') < Math.max(ports.pool.size, wantedCount / 2)) {
      for (let record; queue.count('starting') < wantedCount && (record = queue.next());) {
        sizeReader.take(record)
        dispatch(record, { type: 'start' })
      }
    }
    isBatching = false
    if (queue.isSettled()) for (const resolve of settledResolvers.splice(0)) resolve()
  }

  /**
   * Applies several changes before the queue starts items: otherwise canceling the first item would start the next one,
   * which is canceled too. Used for user actions, so it publishes at once.
   */
  function batch(change: () => void) {
    const isOutermost = !isBatching
    isBatching = true
    change()
    if (!isOutermost) return
    isBatching = false
    startQueued()
    queue.publish()
  }

  /** Engine events are more frequent than frames: flush at most once per frame. */
  function scheduleFlush() {
    if (flushScheduled) return
    flushScheduled = true
    ports.host.frame(() => {
      flushScheduled = false
      dirty.forEach(flushItem)
      queue.publish()
    })
  }
  function flushItem(record: ItemRecord<Result>) {
    const { id, file, store: itemStore, state } = record
    dirty.delete(record)
    itemStore.setState({ id, file, store: itemStore, ...publicStatusOf(state) }, true)
  }

  const add: Uploader<Result>['add'] = (files, { taken = 0 } = {}) => {
    const rules = options()
    const isSingle = rules.multiple === false
    const usedSlots = isSingle ? 0 : queue.size() + taken
    const room = isSingle ? 1 : (rules.maxFiles ?? Infinity)
    const droppedFiles = [...files]
    // With `maxFiles` the sizes are needed now: a file refused for its size does not count against the limit.
    const isLarge = room === Infinity && droppedFiles.length > maxReadsAtOnce
    const items: UploadItem<Result>[] = []
    const rejections: Rejection[] = []
    batch(() => {
      const recordsToReplace = isSingle ? [...queue.ordered()] : []
      for (const file of droppedFiles) {
        const error = checkFile(file, rules, room - usedSlots - items.length, isLarge ? NaN : sizeOf(file))
        if (error) {
          rejections.push({ id: ports.newId(), file, error })
          continue
        }
        const record = createItemRecord<Result>(ports.newId(), file, ports.host.now())
        queue.push(record)
        items.push(record.store.getState())
        if (isLarge) sizeReader.add(record)
      }
      queue.reject(rejections)
      if (items.length > 0) recordsToReplace.forEach(remove)
    })
    return items
  }

  /** Removes files of a large drop that the rules refuse once their size is known. */
  const sizeReader = createSizeReader<Result>(ports.host, batch, (record) => {
    const { id, file } = record
    const error = queue.get(id) && checkFile(file, options())
    if (!error) return
    queue.reject([...store.getState().rejections, { id: ports.newId(), file, error }])
    remove(record)
  })

  function remove(item: ItemOrId) {
    const record = queue.get(idOf(item))
    if (!record) return
    const ticket = record.state.status === 'error' ? ticketOf(record.state) : undefined
    batch(() => {
      if (ticket) discard(ticket)
      dispatch(record, { type: 'cancel' })
      queue.delete(record)
      dirty.delete(record)
    })
  }

  /** Creates a function that dispatches an event to one item or, without an item, to all. */
  const dispatchTo =
    (event: () => UploadEvent<Result>, only?: (record: ItemRecord<Result>) => boolean) =>
    (item?: ItemOrId) => {
      const targets =
        item === undefined ? queue.ordered().filter(only ?? (() => true)) : [queue.get(idOf(item))]
      batch(() => targets.forEach((record) => record && dispatch(record, event())))
    }

  const uploader: Uploader<Result> = {
    store,
    options,
    preload: () => {
      ports.transport.preload?.()
      ports.endpoints.preload?.({ route: options().route })
    },
    add,
    cancel: dispatchTo(() => ({ type: 'cancel' })),
    retry: dispatchTo(
      () => ({ type: 'retry', now: ports.host.now() }),
      // With a single file, retrying all means retrying this file.
      ({ state }) => state.status !== 'error' || state.error.retryable || options().multiple === false,
    ),
    pause: dispatchTo(() => ({ type: 'pause' })),
    resume: dispatchTo(() => ({ type: 'resume', now: ports.host.now() })),
    applyOptions: startQueued,
    remove,
    move: (item, to) => {
      const record = queue.get(idOf(item))
      if (record) batch(() => queue.move(record, to))
    },
    clear: () =>
      batch(() => {
        queue.ordered().forEach(remove)
        queue.reject([])
      }),
    dismiss: (rejection) => {
      const { rejections } = store.getState()
      batch(() =>
        queue.reject(rejection === undefined ? [] : rejections.filter(({ id }) => id !== idOf(rejection))),
      )
    },
    resultOf: (item) => {
      const itemStore = queue.get(idOf(item))?.store
      return loadRunner().then(({ waitForResult }) => waitForResult(itemStore))
    },
    settled: async () => {
      if (!queue.isSettled()) await new Promise<void>((resolve) => settledResolvers.push(resolve))
      return store.getState().items
    },
  }
  return uploader
}

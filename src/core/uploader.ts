import type { UploadError } from '../protocol/errors.ts'
import { ignoreLoadError } from '../internal/lazy-module.ts'
import type { Ticket } from '../protocol/ticket.ts'
import type { EffectRunner } from './effects.ts'
import type { InspectedUploader } from './files/inspect-files.ts'
import { releaseConnection, createItemRecord, withExtensionOf } from './item-record.ts'
import type { ItemRecord } from './item-record.ts'
import { idOf, publicStatusOf } from './item.ts'
import type { ItemOrId } from './item.ts'
import { chooseFiles } from './files/choose-files.ts'
import { checkFile } from './rules.ts'
import { createQueue } from './queue.ts'
import { transitionBeforePresign } from './machine/before-presign.ts'
import { ticketOf } from './machine/state.ts'
import type { UploadEffect, UploadEvent } from './machine/state.ts'
import type { UploaderOptions } from './options.ts'
import { createPresignWindow } from './presign-window.ts'
import type { UploadPorts } from './ports.ts'
import { callUserCallback, emitUploaderEvent } from './uploader-event.ts'
import type { Uploader } from './uploader-types.ts'

/**
 * Creates an uploader. The code that runs its effects may load later. Until then, its files wait in their first step.
 */
export function createLazyUploader<Result>(
  load: () => Promise<EffectRunner>,
  ports: UploadPorts<Result>,
  initialOptions: UploaderOptions<Result> | (() => UploaderOptions<Result>) = {},
): Uploader<Result> {
  const options = typeof initialOptions === 'function' ? initialOptions : () => initialOptions
  const queue = createQueue<Result>()
  const { store } = queue
  const dirtyRecords = new Set<ItemRecord<Result>>()
  /** Resolvers of pending `settled()` calls. */
  const settledResolvers: (() => void)[] = []
  const presignWindow = createPresignWindow()
  let isBatching = false
  let flushScheduled = false
  let transition: EffectRunner['transition'] = transitionBeforePresign

  const loadRunner = async () => {
    const runner = await load()
    ;({ transition } = runner)
    return runner
  }
  const isConcurrencyReached = () =>
    queue.count('starting') + queue.count('uploading') + queue.count('finishing') >=
    (options().concurrency ?? Infinity)

  function dispatch(record: ItemRecord<Result>, event: UploadEvent<Result>) {
    const previousState = record.state
    const [state, effect] = transition(previousState, event)
    if (state === previousState) return
    if (event.type === 'progressed') {
      record.state = state
      dirtyRecords.add(record)
      return scheduleFlush()
    }
    queue.setRecordState(record, state)
    flushItem(record)
    scheduleFlush()
    emitUploaderEvent(options(), record, previousState, event, ports.host.now())
    if (event.type === 'retryScheduled' || event.type === 'retried' || (event.type === 'deleted' && !effect))
      return
    if (state.status === 'finishing' && !effect) return // only `held` has changed, so the step continues
    if (event.type === 'connected') presignWindow.recordStart(event.now)

    // Aborts the effect of the previous step. Releases the connection to the pool, except when the next step is
    // `uploading`, which uses it.
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
    const context = {
      signal,
      dispatch: dispatchIfCurrent,
      discard,
      uploader: inspectedUploader,
      countUnsent: queue.countUnsent,
    }
    loadRunner()
      .then(({ runEffect }) => runEffect(ports, options, record, effect, context))
      // `loadRunner` and `runEffect` reject only with an UploadError.
      .catch((thrown: unknown) =>
        dispatchIfCurrent({ type: 'failed', error: thrown as UploadError, now: ports.host.now() }),
      )
  }

  const discard = (ticket: Ticket) =>
    withRunner(({ notifyBackend }) =>
      notifyBackend(ports, options, (context) => ports.endpoints.discard?.(ticket, context)),
    )

  const withRunner = (run: (runner: EffectRunner) => unknown) => void loadRunner().then(run, ignoreLoadError)

  /**
   * Starts queued items in order. If only few items have a ticket or are getting one, starts many items at once, so
   * that they are presigned in one batch. Resolves `settled()` if no work is left.
   */
  function startQueued() {
    if (isBatching) return
    isBatching = true
    const wantedCount = presignWindow.countToPresign(ports.pool.size)
    if (queue.count('starting') < Math.max(ports.pool.size, wantedCount / 2)) {
      for (
        let record;
        queue.count('starting') < wantedCount && !isConcurrencyReached() && (record = queue.nextReady());
      ) {
        dispatch(record, { type: 'start' })
      }
    }
    isBatching = false
    if (queue.isSettled()) for (const resolve of settledResolvers.splice(0)) resolve()
  }

  /**
   * Applies several changes before the queue starts items. Otherwise, canceling the first of several items would
   * start the next one, although it is canceled too. Listeners are called at once and not in the next frame, because
   * these changes come from the user.
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

  /** Notifies listeners at most once per frame, because engine events are more frequent than frames. */
  function scheduleFlush() {
    if (flushScheduled) return
    flushScheduled = true
    ports.host.frame(() => {
      flushScheduled = false
      dirtyRecords.forEach(flushItem)
      queue.publish()
    })
  }
  function flushItem(record: ItemRecord<Result>) {
    const { id, file, store: itemStore, state, meta, newName: name = file.name } = record
    const { removing = false, removeError, image, crop } = record
    const status = publicStatusOf(state)
    const item = { id, file, name, meta, image, crop, removing, removeError, store: itemStore, ...status }
    dirtyRecords.delete(record)
    itemStore.setState(item, true)
  }

  const add: Uploader<Result>['add'] = (files, addOptions = {}) => {
    const { taken = 0, takenSize = 0, keepRejections, confirm } = addOptions
    const rules = options()
    const otherRecords = rules.multiple === false ? [] : queue.listRecords()
    const fileCount = otherRecords.length + taken
    const usedLimits = { listedItems: otherRecords, fileCount, storedBytes: takenSize }
    const { accepted, rejections, isMeasured } = chooseFiles(files, rules, usedLimits, ports.newId)
    const recordsToReplace = rules.multiple === false ? [...queue.listRecords()] : []
    const records = accepted.map((file) => {
      const isHeld = rules.start === 'manual'
      const record = createItemRecord<Result>(ports.newId(), file, ports.host.now(), isHeld, confirm)
      record.isMeasured = isMeasured
      record.replacedRecord = recordsToReplace[0]
      return record
    })
    batch(() => {
      records.forEach(queue.push)
      queue.setRejections(keepRejections ? [...store.getState().rejections, ...rejections] : rejections)
      if (records.length > 0) recordsToReplace.forEach(remove)
    })
    if (!isMeasured || rules.validate) withRunner((runner) => runner.inspectFiles(inspectedUploader, records))
    return records.map((record) => record.store.getState())
  }

  function remove(item: ItemOrId) {
    const record = queue.get(idOf(item))
    if (!record) return
    const ticket = record.state.status === 'error' ? ticketOf(record.state) : undefined
    batch(() => {
      if (ticket) discard(ticket)
      dispatch(record, { type: 'cancel' })
      queue.delete(record)
      dirtyRecords.delete(record)
    })
  }

  /** Creates a function that dispatches an event to one item or, without an item, to all. */
  const dispatchTo =
    (
      createEvent: () => UploadEvent<Result>,
      isTarget: (record: ItemRecord<Result>, isSingleTarget: boolean) => boolean = () => true,
    ) =>
    (item?: ItemOrId) => {
      const isSingleTarget = item !== undefined
      const targets = isSingleTarget ? [queue.get(idOf(item))] : queue.listRecords()
      batch(() =>
        targets.forEach(
          (record) => record && isTarget(record, isSingleTarget) && dispatch(record, createEvent()),
        ),
      )
    }
  const createResumeEvent = () =>
    ({ type: 'resume', now: ports.host.now(), queued: isConcurrencyReached() }) as const

  const inspectedUploader: InspectedUploader<Result> = {
    queue,
    options,
    check: (file) => checkFile(file, options()),
    batch,
    flushItem,
    remove,
    ports,
  }

  const uploader: Uploader<Result> = {
    store,
    options,
    preload: () => {
      ports.transport.preload?.()
      const { route, start } = options()
      if (start !== 'manual') ports.endpoints.preload?.({ route })
    },
    add,
    update: (item, { name, meta, crop }) => {
      const record = queue.get(idOf(item))
      if (!record) throw new Error('update: the item is not in the list.')
      batch(() => {
        if (name !== undefined) record.newName = name.trim() ? withExtensionOf(name, record.file) : undefined
        if (meta) record.meta = { ...record.meta, ...meta }
        if (crop) record.crop = crop
        flushItem(record)
        queue.markChanged(record)
      })
    },
    start: dispatchTo(createResumeEvent, ({ state }) => state.status === 'idle'),
    cancel: dispatchTo(() => ({ type: 'cancel' })),
    retry: dispatchTo(
      () => ({ type: 'retry', now: ports.host.now(), queued: isConcurrencyReached() }),
      // With `multiple: false`, a call without an item retries the only item, even if its error is not `retryable`.
      ({ state }, isSingleTarget) =>
        isSingleTarget || state.status !== 'error' || state.error.retryable || options().multiple === false,
    ),
    pause: dispatchTo(() => ({ type: 'pause' })),
    resume: dispatchTo(createResumeEvent),
    applyOptions: startQueued,
    remove,
    requestRemove: (item, removeItem = () => remove(item)) => {
      if (options().onRemove)
        return loadRunner().then((runner) => runner.requestRemove(inspectedUploader, idOf(item), removeItem))
      removeItem()
      return Promise.resolve(true)
    },
    move: (item, to) => {
      const record = queue.get(idOf(item))
      if (record) batch(() => queue.move(record, to))
    },
    clear: () =>
      batch(() => {
        queue.listRecords().forEach(remove)
        queue.setRejections([])
      }),
    dismiss: (rejection) => {
      const { rejections } = store.getState()
      const isKept = ({ id }: { readonly id: string }) => rejection !== undefined && id !== idOf(rejection)
      batch(() => queue.setRejections(rejections.filter(isKept)))
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

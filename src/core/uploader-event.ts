import type { ItemRecord } from './item-record.ts'
import type { UploadEvent, UploadState } from './machine/state.ts'
import type { UploaderOptions } from './options.ts'
import { sizeOf } from './files/file-size.ts'

/** Calls an app's callback. An error of the callback is reported as uncaught and does not affect the upload. */
export function callUserCallback(call: () => void) {
  try {
    call()
  } catch (thrown) {
    queueMicrotask(() => {
      throw thrown
    })
  }
}

/** Calls `onEvent` for a step of an upload. `now` is in epoch milliseconds. */
export function emitUploaderEvent<Result>(
  { onEvent }: UploaderOptions<Result>,
  record: ItemRecord<Result>,
  { status: from }: UploadState<Result>,
  event: UploadEvent<Result>,
  now: number,
): void {
  const { id, file, state, lastEventAt } = record
  const code = 'error' in event ? event.error.code : undefined
  record.lastEventAt = now
  if (!onEvent) return
  callUserCallback(() =>
    onEvent({
      id,
      size: sizeOf(file),
      type: event.type,
      from,
      to: state.status,
      duration: now - lastEventAt,
      code,
    }),
  )
}

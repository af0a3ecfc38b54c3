import { tell } from './effects.ts'
import type { Entry } from './entry.ts'
import type { UploadEvent, UploadState } from './machine.ts'
import type { UploaderOptions } from './options.ts'
import { sizeOf } from './size.ts'

/** Calls `onEvent` for a step of an upload. `now` is in epoch milliseconds. */
export function trace<Result>(
  { onEvent }: UploaderOptions<Result>,
  entry: Entry<Result>,
  { status: from }: UploadState<Result>,
  event: UploadEvent<Result>,
  now: number,
): void {
  const { id, file, state, since } = entry
  const code = 'error' in event ? event.error.code : undefined
  entry.since = now
  if (!onEvent) return
  tell(() =>
    onEvent({
      id,
      size: sizeOf(file),
      type: event.type,
      from,
      to: state.status,
      duration: now - since,
      code,
    }),
  )
}

import type { UploadError } from '../../protocol/errors.ts'
import { describeError } from '../../protocol/thrown-error.ts'
import { logFailure, warnDeveloper } from '../../internal/development-log.ts'
import type { ItemRecord } from '../item-record.ts'
import { readThrownError } from '../answers/read-app-result.ts'
import type { InspectedUploader } from './inspect-files.ts'

/**
 * Time in milliseconds after which developers are warned that `onRemove` has not answered. It is long, because
 * `onRemove` may ask the user a question.
 */
const slowAnswerMs = 30_000

/**
 * Calls `onRemove`, and then `removeItem` unless `onRemove` returned false. Resolves with whether the item was
 * removed.
 */
export async function requestRemove<Result>(
  uploader: InspectedUploader<Result>,
  id: string,
  removeItem: () => void,
): Promise<boolean> {
  const record = uploader.queue.get(id)
  if (!record || record.removing) return false
  const isGone = () => uploader.queue.get(id) !== record
  publishRemovalState(uploader, record, true)
  const timer = setTimeout(() => {
    if (process.env.NODE_ENV !== 'production')
      warnDeveloper(
        `onRemove has not answered for ${slowAnswerMs / 1000} seconds. Its item stays until it does.`,
      )
  }, slowAnswerMs)
  try {
    const answer = await uploader.options().onRemove?.(record.store.getState())
    if (isGone()) return false
    publishRemovalState(uploader, record, false)
    if (answer !== false) removeItem()
    return answer !== false
  } catch (thrown) {
    const error = await readThrownError(thrown, 'finishing')
    if (process.env.NODE_ENV !== 'production')
      logFailure(`"${record.file.name}" was not removed. ${describeError(error)}`)
    if (!isGone()) publishRemovalState(uploader, record, false, error)
    return false
  } finally {
    clearTimeout(timer)
  }
}

function publishRemovalState<Result>(
  { batch, flushItem, queue }: InspectedUploader<Result>,
  record: ItemRecord<Result>,
  removing: boolean,
  removeError?: UploadError,
) {
  record.removing = removing
  record.removeError = removeError
  batch(() => {
    flushItem(record)
    queue.markChanged(record)
  })
}

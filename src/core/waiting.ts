import { UploadError } from '../protocol/errors.ts'
import { isUnfinished } from './item.ts'
import type { ReadonlyStore, UploadItem } from './item.ts'

/** Waits for the result of an item. Rejects with its UploadError: `canceled` for a canceled, removed or unknown item. */
export async function resultOf<Result>(
  store: ReadonlyStore<UploadItem<Result>> | undefined,
): Promise<Result> {
  const item = store && (await ended(store))
  if (item?.status === 'done') return item.result
  throw item?.status === 'error' ? item.error : new UploadError('canceled', { phase: 'starting' })
}

function ended<Result>({ getState, subscribe }: ReadonlyStore<UploadItem<Result>>) {
  return new Promise<UploadItem<Result>>((resolve) => {
    const look = (now: UploadItem<Result>) => {
      if (isUnfinished(now)) return
      stop()
      resolve(now)
    }
    const stop = subscribe(look)
    look(getState())
  })
}

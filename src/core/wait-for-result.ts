import { UploadError } from '../protocol/errors.ts'
import { isUnfinished } from './item.ts'
import type { ReadonlyStore, UploadItem } from './item.ts'

/**
 * Waits for the result of an item. Rejects with the item's UploadError. If the item is canceled, removed or unknown,
 * rejects with the code `canceled`.
 */
export async function waitForResult<Result>(
  store: ReadonlyStore<UploadItem<Result>> | undefined,
): Promise<Result> {
  const item = store && (await waitUntilFinished(store))
  if (item?.status === 'done') return item.result
  throw item?.status === 'error' ? item.error : new UploadError('canceled', { phase: 'starting' })
}

function waitUntilFinished<Result>({ getState, subscribe }: ReadonlyStore<UploadItem<Result>>) {
  return new Promise<UploadItem<Result>>((resolve) => {
    const settleIfFinished = (currentItem: UploadItem<Result>) => {
      if (isUnfinished(currentItem)) return
      unsubscribe()
      resolve(currentItem)
    }
    const unsubscribe = subscribe(settleIfFinished)
    settleIfFinished(getState())
  })
}

import { UploadError } from '../protocol/errors.ts'
import { isPending } from './item.ts'
import type { ReadonlyStore, UploadItem } from './item.ts'

/** Waits for the result of an item. Rejects with its UploadError; canceled, removed or unknown is code `canceled`. */
export async function resultOf<Result>(
  store: ReadonlyStore<UploadItem<Result>> | undefined,
): Promise<Result> {
  const item = store && (await until(store, (now) => (isPending(now) ? undefined : now)))
  if (item?.status === 'done') return item.result
  throw item?.status === 'error' ? item.error : new UploadError('canceled', { phase: 'starting' })
}

/** Waits until a store's state yields something. */
export function until<State, Found>(
  store: ReadonlyStore<State>,
  find: (state: State) => Found | undefined,
): Promise<Found> {
  return new Promise((resolve) => {
    const look = () => {
      const found = find(store.getState())
      if (found === undefined) return
      stop()
      resolve(found)
    }
    const stop = store.subscribe(look)
    look()
  })
}

import { once } from '../protocol/once.ts'
import type { UploadEndpoints } from '../core/ports.ts'
import { UploadError } from '../protocol/errors.ts'
import type { RequestObserver } from './http.ts'

type Loaded = Required<Omit<UploadEndpoints, 'failed'>>

/**
 * Returns `httpEndpoints(url)` from a separate chunk, which an app with custom endpoints never loads. The chunk is fetched
 * at once, to be ready for the first file. If it cannot be loaded, calls fail with `network` and are retried like any
 * other request.
 */
export function lazyEndpoints(url: string, observer: RequestObserver): UploadEndpoints {
  const load = once(() =>
    import('./http.ts').then(
      ({ httpEndpoints }): Loaded => httpEndpoints(url).observedBy(observer),
      (cause: unknown) => {
        throw new UploadError('network', { phase: 'starting', cause })
      },
    ),
  )
  load().catch(() => {})

  return {
    warm: (about) =>
      void load().then(
        (loaded) => loaded.warm(about),
        () => {},
      ),
    presign: async (...call) => (await load()).presign(...call),
    confirm: async (...call) => (await load()).confirm(...call),
    confirmAhead: (...call) =>
      void load().then(
        ({ confirmAhead }) => confirmAhead(...call),
        () => {},
      ),
    renew: async (...call) => (await load()).renew(...call),
    signParts: async (...call) => (await load()).signParts(...call),
    listParts: async (...call) => (await load()).listParts(...call),
    complete: async (...call) => (await load()).complete(...call),
    discard: async (...call) => (await load()).discard(...call),
  }
}

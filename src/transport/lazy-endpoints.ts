import { once } from '../protocol/once.ts'
import type { UploadEndpoints } from '../core/ports.ts'
import { UploadError } from '../protocol/errors.ts'
import type { RequestObserver } from './http.ts'

type Loaded = Required<Omit<UploadEndpoints, 'failed'>>

/**
 * `httpEndpoints(url)`, whose code comes beside the app's: an app with a backend of its own never loads it. It is
 * fetched at once, so that it is there when the first file is; where it does not come, that is `network`, and tried
 * again like any other request.
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

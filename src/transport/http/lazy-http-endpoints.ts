import { lazyModule } from '../../internal/lazy-module.ts'
import type { UploadEndpoints } from '../../core/ports.ts'
import { UploadError } from '../../protocol/errors.ts'
import type { RequestObserver } from './connect-http.ts'

type LoadedEndpoints = Required<Omit<UploadEndpoints, 'failed'>>

/**
 * Returns `httpEndpoints(url)` from a separate chunk, which an app with custom endpoints never loads. The chunk is fetched
 * at once, to be ready for the first file. If it cannot be loaded, calls fail with `network` and are retried like any
 * other request.
 */
export function lazyEndpoints(url: string, observer: RequestObserver): UploadEndpoints {
  const loadEndpoints = lazyModule(() =>
    import('./connect-http.ts').then(
      ({ httpEndpoints }): LoadedEndpoints => httpEndpoints(url).observe(observer),
      (cause: unknown) => {
        throw new UploadError('network', { phase: 'starting', cause })
      },
    ),
  )
  loadEndpoints().catch(() => {})

  return {
    preload: (about) =>
      void loadEndpoints().then(
        (endpoints) => endpoints.preload(about),
        () => {},
      ),
    presign: async (...call) => (await loadEndpoints()).presign(...call),
    confirm: async (...call) => (await loadEndpoints()).confirm(...call),
    earlyConfirm: (...call) =>
      void loadEndpoints().then(
        ({ earlyConfirm }) => earlyConfirm(...call),
        () => {},
      ),
    renew: async (...call) => (await loadEndpoints()).renew(...call),
    signParts: async (...call) => (await loadEndpoints()).signParts(...call),
    listParts: async (...call) => (await loadEndpoints()).listParts(...call),
    complete: async (...call) => (await loadEndpoints()).complete(...call),
    discard: async (...call) => (await loadEndpoints()).discard(...call),
  }
}

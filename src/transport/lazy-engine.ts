import type { Transport } from '../core/ports.ts'
import { UploadError } from '../protocol/errors.ts'
import { ignoreLoadError, lazyModule } from '../internal/lazy-module.ts'
import type { HttpCalls, RequestObserver } from './http/connect-http.ts'
import type { HttpEndpointsOptions } from './http/post-json.ts'

/**
 * Loads the engine. Retries for less than a minute, because the page may be offline, or its server may restart.
 * Rejects with `network`.
 */
export const loadEngine = lazyModule(async () => {
  for (let retryDelayMs = 500; ; retryDelayMs *= 2) {
    try {
      return await import('./engine-code.ts')
    } catch (cause) {
      if (retryDelayMs > 20_000) throw new UploadError('network', { phase: 'starting', cause })
      await new Promise((resolve) => setTimeout(resolve, retryDelayMs))
    }
  }
})

/** The calls of `httpEndpoints`, which load with the engine. `options` is called for every request. */
export function lazyHttpCalls<Result>(
  url: string,
  observer: RequestObserver,
  options: () => HttpEndpointsOptions = () => ({}),
): HttpCalls<Result> {
  const loadCalls = lazyModule(async () => (await loadEngine()).connectHttp<Result>(url, options, observer))
  const whenLoaded = (run: (calls: HttpCalls<Result>) => void) => void loadCalls().then(run, ignoreLoadError)
  const callWhenLoaded = <Name extends LazyCall>(name: Name) =>
    (async (...call: never[]) =>
      ((await loadCalls())[name] as (...args: never[]) => unknown)(...call)) as HttpCalls<Result>[Name] // it only waits before the call
  return {
    preload: (target) => whenLoaded((calls) => calls.preload(target)),
    earlyConfirm: (...call) => whenLoaded((calls) => calls.earlyConfirm(...call)),
    presign: callWhenLoaded('presign'),
    confirm: callWhenLoaded('confirm'),
    renew: callWhenLoaded('renew'),
    signParts: callWhenLoaded('signParts'),
    listParts: callWhenLoaded('listParts'),
    complete: callWhenLoaded('complete'),
    discard: callWhenLoaded('discard'),
    replaceTicket: callWhenLoaded('replaceTicket'),
  }
}

/** Names of the calls that return an answer. */
type LazyCall = Exclude<keyof HttpCalls<unknown>, 'preload' | 'earlyConfirm'>

/** The transport to S3 and compatible storage, which loads with the engine. */
export function lazyTransport(): Transport {
  return {
    send: async (...call) => (await loadEngine()).s3Transport().send(...call),
    preload: (size) =>
      void loadEngine().then(({ s3Transport }) => s3Transport().preload?.(size), ignoreLoadError),
  }
}

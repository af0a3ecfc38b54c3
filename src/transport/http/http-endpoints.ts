import type { UploadEndpoints } from '../../core/ports.ts'
import { warnOnce } from '../../internal/development-log.ts'
import type { HttpCalls, RequestObserver } from './connect-http.ts'
import { lazyHttpCalls } from '../lazy-engine.ts'
import type { HttpEndpointsOptions } from './post-json.ts'

/** Endpoints whose requests can be observed. The provider shows each request as a TanStack mutation. */
export interface ObservableEndpoints<Result> extends UploadEndpoints<Result> {
  observe(observer: RequestObserver): HttpCalls<Result>
  /**
   *  Shares the source with other endpoints if URL and options are equal, so that both use the newest `headers` and
   * `fetch`. Returns false for a different backend.
   */
  shareSource(otherEndpoints: ObservableEndpoints<unknown>): boolean
  /** The source of the functions, shared by endpoints of the same backend. */
  source: HttpSource
  /**
   * The object that `httpEndpoints` returned. A spread copies this property, so the new object can share the source
   * too.
   */
  readonly origin: ObservableEndpoints<unknown>
}

interface HttpSource {
  readonly url: string
  options: HttpEndpointsOptions
  /** The functions of the endpoints. They share one set of batches and policies. */
  readonly functions: HttpCalls<unknown>
}

/**
 * Creates endpoints that speak putaway's JSON protocol at one URL. The backend there is `createUploadHandler` of
 * `putaway/server`, or any other that implements the protocol. Calls made at the same time are sent as one batch.
 * Create the endpoints once, outside of components or in `useMemo`. Throws UploadErrors: the error of the backend,
 * `network` or `stalled` if there is no answer, and `invalid-answer` for an answer that cannot be parsed. An error
 * that your own `fetch` or `headers` throws is passed on, unless it means that there was no answer.
 */
export function httpEndpoints<Result = unknown>(
  url: string,
  options: HttpEndpointsOptions = {},
): ObservableEndpoints<Result> {
  const observe: ObservableEndpoints<Result>['observe'] = (observer) =>
    lazyHttpCalls(url, observer, () => source.options)
  const functions = observe((_call, _ids, request) => request())
  let source: HttpSource = { url, options, functions }
  const shareSource: ObservableEndpoints<Result>['shareSource'] = (otherEndpoints) => {
    if (!isSameSource(source, otherEndpoints.source)) return false
    otherEndpoints.source.options = source.options
    source = otherEndpoints.source
    warnOnce(
      'httpEndpoints() is called again by a render. Call it once, outside of the component or in useMemo().',
    )
    return true
  }
  const delegates = Object.keys(functions).map((name) => {
    const currentFunction = () =>
      source.functions[name as keyof typeof functions] as (...call: unknown[]) => unknown // a key of `functions`
    return [name, (...call: unknown[]) => currentFunction()(...call)]
  })
  // Defines properties that are not enumerable, so that a spread does not copy them. A spread creates different
  // endpoints, whose functions the app may replace.
  const endpoints = Object.defineProperties(Object.fromEntries(delegates), {
    observe: { value: observe },
    shareSource: { value: shareSource },
    source: { get: () => source },
  }) as ObservableEndpoints<Result> // the properties were just defined
  return Object.assign(endpoints, { origin: endpoints })
}

/**
 * Whether two sources have the same URL and options. Functions differ in every render, so it only compares whether
 * there is a function.
 */
function isSameSource(source: HttpSource, otherSource: HttpSource): boolean {
  const comparisonKeyOf = ({ url, options: { headers, credentials, fetch } }: HttpSource) =>
    JSON.stringify([
      url,
      credentials,
      typeof fetch,
      typeof headers === 'function' ? 'function' : headers instanceof Headers ? [...headers] : headers,
    ])
  return comparisonKeyOf(source) === comparisonKeyOf(otherSource)
}

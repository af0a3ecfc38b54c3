import { UploadError } from '../../protocol/errors.ts'
import { readList, readObject, readStringRecord, readUrl } from '../../protocol/parse.ts'
import type { ParseContext } from '../../protocol/parse.ts'
import type { PreflightRequest } from '../../protocol/wire.ts'
import type { createPolicyCache } from './policy-cache.ts'

/** Time after which connections are opened again, because servers close unused connections after some seconds. */
const keepAliveMs = 8000
/** Time that the `hello` and the `preflights` of an answer are used. Later, their signatures may have expired. */
const answerLifetimeMs = 600_000
/** Number of connections that `hello` opens. More would cost the store more than they would save the user. */
const connectionCount = 2

/** The part of an answer to `policies` that is used before a file is chosen. */
export interface PreconnectAnswer {
  readonly hello: unknown
  readonly preflights: readonly PreflightRequest[]
  /** Number of policies. */
  readonly count: number
}

export function parsePreflights(value: unknown, context: ParseContext): PreflightRequest[] {
  return readList(context, value ?? [], 'preflights').map((item, index) => {
    const fieldPath = `preflights[${index}]`
    const fields = readObject(context, item, fieldPath)
    return {
      url: readUrl(context, fields.url, `${fieldPath}.url`),
      headers: readStringRecord(context, fields.headers, `${fieldPath}.headers`),
    }
  })
}

/**
 * Creates a function that prepares uploads before a file is chosen. It fetches policies, which also opens the
 * connection to the backend. Then it opens connections to storage. It sends no cookies to storage, because
 * uploads send none, and browsers do not share connections between requests with and without credentials
 * (https://fetch.spec.whatwg.org/#connections).
 *
 * If the files are sent by POST, the connection is opened by a HEAD with headers at the URL of the POSTs. This request
 * needs a preflight, which the browser caches by URL. The POSTs then need no preflight, although they have a progress
 * listener. Chromium, Firefox and WebKit do so. Without HEAD in the bucket's CORS rule this request fails, and the first
 * POST needs a preflight.
 */
export function createPreconnect(
  policyCache: ReturnType<typeof createPolicyCache>,
  requestPolicies: (route: string | undefined) => Promise<PreconnectAnswer>,
) {
  const preconnectByRoute = new Map<string | undefined, () => void>()
  const requestedAtByRoute = new Map<string | undefined, number>()
  /** Time of the last request by URL without its query, so that routes with the same bucket share its connections. */
  const openedAtByUrl = new Map<string, number>()
  /** The URLs that refused a preflight. They are not tried again, because the browser logs each failure. */
  const refusedUrls = new Set<string>()

  function open(url: string, count: number, init: RequestInit, onFailure = () => {}) {
    const [key = ''] = url.split('?')
    if (Date.now() - (openedAtByUrl.get(key) ?? -Infinity) < keepAliveMs) return
    openedAtByUrl.set(key, Date.now())
    for (let index = 0; index < count; index += 1)
      void fetch(url, { method: 'HEAD', credentials: 'omit', ...init }).then(
        ({ ok, type }) => ok || type === 'opaque' || onFailure(),
        onFailure,
      )
  }

  function preconnectTo({ hello, preflights }: PreconnectAnswer) {
    const accepted = preflights.filter(({ url }) => !refusedUrls.has(url))
    for (const { url, headers } of accepted) open(url, 1, { headers }, () => refusedUrls.add(url))
    if (accepted.length === 0 && typeof hello === 'string')
      open(hello, connectionCount, { mode: 'no-cors', cache: 'no-store' })
  }

  return ({ route }: { readonly route?: string | undefined }) => {
    const isRecent = Date.now() - (requestedAtByRoute.get(route) ?? -Infinity) < keepAliveMs
    if (policyCache.hasPolicy(route) || isRecent) return preconnectByRoute.get(route)?.()
    requestedAtByRoute.set(route, Date.now())
    requestPolicies(route).then(
      (answer) => {
        const receivedAt = Date.now()
        const preconnect = () => {
          if (Date.now() - receivedAt <= answerLifetimeMs) preconnectTo(answer)
        }
        preconnectByRoute.set(route, preconnect)
        // If the route has no policies, they are not requested again.
        if (answer.count === 0) requestedAtByRoute.set(route, Infinity)
        preconnect()
      },
      // If the backend does not support this call, it is not called again. Other errors appear again when a file is
      // uploaded.
      (thrown: unknown) => {
        if (thrown instanceof UploadError && isPermanentError(thrown)) requestedAtByRoute.set(route, Infinity)
      },
    )
  }
}

/** Whether an error is permanent: 400, 404, 405, 501 and similar. A 401 is not, because the user may sign in. */
function isPermanentError({ status = 0, code, retryable }: UploadError): boolean {
  if (!retryable || status === 501) return true
  return status >= 400 && status < 500 && !/^(unauthorized|throttled|unavailable)$/.test(code)
}

import { UploadError } from '../../protocol/errors.ts'
import type { createPolicyCache } from './policy-cache.ts'

/** Time after which connections are opened again, because servers close unused connections after some seconds. */
const keepAliveMs = 8000
/** Maximum age of a `hello` URL, which is requested only to open a connection. An older URL may have expired. */
const helloLifetimeMs = 600_000
/** Number of connections to open. More would cost the store more than they would save the user. */
const connectionCount = 2

/**
 * Creates a function that prepares uploads before a file is chosen. It fetches policies, which also opens the
 * connection to the backend. Then it opens connections to storage. It sends no credentials to storage, because
 * uploads send none, and browsers do not share connections between requests with and without credentials
 * (https://fetch.spec.whatwg.org/#connections).
 */
export function createPreconnect(
  policyCache: ReturnType<typeof createPolicyCache>,
  requestPolicies: (
    route: string | undefined,
  ) => Promise<{ readonly hello: unknown; readonly count: number }>,
) {
  let helloUrl: unknown
  let helloReceivedAt = 0
  let lastOpenedAt = -Infinity
  const requestedAtByRoute = new Map<string | undefined, number>()

  function preconnectToStorage() {
    if (
      typeof helloUrl !== 'string' ||
      Date.now() - lastOpenedAt < keepAliveMs ||
      Date.now() - helloReceivedAt > helloLifetimeMs
    )
      return
    lastOpenedAt = Date.now()
    const request = { method: 'HEAD', mode: 'no-cors', credentials: 'omit', cache: 'no-store' } as const
    for (let count = 0; count < connectionCount; count += 1) fetch(helloUrl, request).catch(() => {})
  }

  return ({ route }: { readonly route?: string | undefined }) => {
    const isRecent = Date.now() - (requestedAtByRoute.get(route) ?? -Infinity) < keepAliveMs
    if (policyCache.hasPolicy(route) || isRecent) return preconnectToStorage()
    requestedAtByRoute.set(route, Date.now())
    requestPolicies(route).then(
      (answer) => {
        helloUrl = answer.hello
        helloReceivedAt = Date.now()
        // If the route has no policies, they are not requested again.
        if (answer.count === 0) requestedAtByRoute.set(route, Infinity)
        preconnectToStorage()
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

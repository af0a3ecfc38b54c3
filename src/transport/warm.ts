import { UploadError } from '../protocol/errors.ts'
import type { createPolicies } from './policies.ts'

/** Servers close unused connections after some seconds. */
const stayWarm = 8000
/** A `hello` URL that is older may have expired. */
const life = 600_000
/** More connections cost the store more than they save. */
const connections = 2

/**
 * Creates a function that prepares uploads before a file is chosen: it fetches policies, which also opens the connection
 * to the backend, and opens connections to storage. These have no credentials, like uploads, because browsers do not share
 * connections between requests with and without credentials (https://fetch.spec.whatwg.org/#connections).
 */
export function createWarmth(
  policies: ReturnType<typeof createPolicies>,
  ask: (route: string | undefined) => Promise<{ readonly hello: unknown; readonly count: number }>,
) {
  let hello: unknown
  let heard = 0
  let opened = -Infinity
  const asked = new Map<string | undefined, number>()

  function open() {
    if (typeof hello !== 'string' || Date.now() - opened < stayWarm || Date.now() - heard > life) return
    opened = Date.now()
    const request = { method: 'HEAD', mode: 'no-cors', credentials: 'omit', cache: 'no-store' } as const
    for (let count = 0; count < connections; count += 1) fetch(hello, request).catch(() => {})
  }

  return ({ route }: { readonly route?: string | undefined }) => {
    const waits = Date.now() - (asked.get(route) ?? -Infinity) < stayWarm
    if (policies.has(route) || waits) return open()
    asked.set(route, Date.now())
    ask(route).then(
      (answer) => {
        hello = answer.hello
        heard = Date.now()
        // The route has no policies.
        if (answer.count === 0) asked.set(route, Infinity)
        open()
      },
      // A backend that does not support this call is not asked again. Other errors show again when a file is uploaded.
      (thrown: unknown) => {
        if (thrown instanceof UploadError && isRefusal(thrown)) asked.set(route, Infinity)
      },
    )
  }
}

/** Whether an error is permanent: 400, 404, 405, 501 and similar. A 401 is not, because the user may sign in. */
function isRefusal({ status = 0, code, retryable }: UploadError): boolean {
  if (!retryable || status === 501) return true
  return status >= 400 && status < 500 && !/^(unauthorized|throttled|unavailable)$/.test(code)
}

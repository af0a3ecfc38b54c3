import { UploadError } from '../protocol/errors.ts'
import type { createPolicies } from './policies.ts'

/** Servers close connections that nobody uses, after some seconds. In milliseconds. */
const stayWarm = 8000
/** A `hello` that is older may have run out, in milliseconds. */
const life = 600_000
/** More would cost storage more than it saves the first files. */
const connections = 2

/**
 * What can be done before a file is chosen: a policy is fetched, which opens the connection to the backend too, and
 * connections to storage are opened. Without credentials, as uploads are: browsers keep those connections apart
 * (https://fetch.spec.whatwg.org/#connections).
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
        // An empty list means that this route has none.
        if (answer.count === 0) asked.set(route, Infinity)
        open()
      },
      // A backend that does not know this call is not asked again; of anything else a file that is chosen will tell.
      (thrown: unknown) => {
        if (thrown instanceof UploadError && isRefusal(thrown)) asked.set(route, Infinity)
      },
    )
  }
}

/** Not for now but for good: 400, 404, 405, 501 and their like. Somebody may sign in after a 401. */
function isRefusal({ status = 0, code, retryable }: UploadError): boolean {
  if (!retryable || status === 501) return true
  return status >= 400 && status < 500 && !/^(unauthorized|throttled|unavailable)$/.test(code)
}

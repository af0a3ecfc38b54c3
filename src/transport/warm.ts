import { UploadError } from '../protocol/errors.ts'
import type { createPolicies } from './policies.ts'

/** Browsers close a connection that was opened for nothing, Chrome after ten seconds. In milliseconds. */
const stayWarm = 8000

/**
 * What can be done before a file is chosen: a policy is fetched, which opens the connection to the backend too, and one
 * to storage is opened. Without credentials, as uploads are: browsers keep those connections apart
 * (https://fetch.spec.whatwg.org/#connections).
 */
export function createWarmth(
  policies: ReturnType<typeof createPolicies>,
  ask: (route: string | undefined) => Promise<unknown>,
) {
  let storage: unknown
  let opened = -Infinity
  const asked = new Map<string | undefined, number>()

  function open() {
    if (typeof storage !== 'string' || Date.now() - opened < stayWarm) return
    opened = Date.now()
    const link = Object.assign(document.createElement('link'), {
      rel: 'preconnect',
      crossOrigin: 'anonymous',
      href: storage,
    })
    document.head.append(link)
    setTimeout(() => link.remove(), stayWarm)
  }

  return ({ route }: { readonly route?: string | undefined }) => {
    open()
    if (policies.has(route) || Date.now() - (asked.get(route) ?? -Infinity) < stayWarm) return
    asked.set(route, Date.now())
    ask(route).then(
      (origin) => {
        storage = origin
        open()
      },
      // A backend that does not know this call is not asked again; of anything else a file that is chosen will tell.
      (thrown: unknown) => {
        if (thrown instanceof UploadError && !thrown.retryable) asked.set(route, Infinity)
      },
    )
  }
}

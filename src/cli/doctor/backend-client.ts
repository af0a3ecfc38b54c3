import { parseResponseBody } from './backend-response.ts'
import type { ProtocolError, ResponseBody } from './backend-response.ts'
import { failed, passed } from './finding.ts'
import type { Finding } from './finding.ts'

/** The backend under test and the file that doctor uploads to it. */
export interface DoctorTarget {
  readonly endpoint: string
  readonly origin: string
  readonly headers: Readonly<Record<string, string>>
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly file: {
    readonly name: string
    readonly type: string
    readonly route?: string
    readonly meta?: unknown
  }
}

export type ConfirmResult = ProtocolError & { readonly result?: unknown }

export interface BackendResponse {
  readonly status: number
  readonly body: ResponseBody
  /** The problem to report when the body lacks the expected field. */
  readonly problem: string
  /** The fix to show with `problem`. */
  readonly advice: string
}

/** How long one request of doctor may take, with its body, ms. A server that never answers must not stop doctor. */
const requestTimeoutMs = 120_000

/** `fetch` with a deadline. */
export const fetchInTime = (url: string | URL, init: RequestInit): Promise<Response> =>
  fetch(url, { ...init, signal: AbortSignal.timeout(requestTimeoutMs) })

/** Sends one protocol call with the headers that a page of the origin sends. */
export async function callBackend(
  { endpoint, origin, headers }: DoctorTarget,
  body: object,
): Promise<BackendResponse> {
  try {
    const response = await fetchInTime(endpoint, {
      method: 'POST',
      headers: { origin, ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      redirect: 'manual',
    })
    const { status } = response
    const text = await response.text()
    const json = parseResponseBody(text)
    return {
      status,
      body: json ?? {},
      problem: json ? `the response (${status}) has no ticket` : `the response (${status}) is not JSON`,
      advice: adviceForStatus(status, text),
    }
  } catch (thrown) {
    const cause =
      thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause.message : String(thrown)
    const problem = `no answer from ${new URL(endpoint).origin}: ${cause}`
    return { status: 0, body: {}, problem, advice: 'Start the backend, or correct its address.' }
  }
}

const maxRedirects = 5

/**
 * Fetches a URL from a result, as a page would show it. The headers of `--header` are credentials: only the endpoint's
 * origin receives them, also after redirects.
 */
export async function fetchResultUrl(url: URL, { endpoint, headers }: DoctorTarget): Promise<Response> {
  const { origin } = new URL(endpoint)
  let target = url
  for (let redirects = 0; ; redirects += 1) {
    const response = await fetchInTime(target, {
      headers: target.origin === origin ? { ...headers } : {},
      redirect: 'manual',
    })
    const location = response.headers.get('location')
    const isRedirect = response.status >= 300 && response.status < 400
    if (!isRedirect || location === null || redirects === maxRedirects) return response
    await response.body?.cancel()
    target = new URL(location, target)
  }
}

function adviceForStatus(status: number, text: string): string {
  if (status === 401 || status === 403 || (status >= 300 && status < 400))
    return "The request needs authentication before it reaches the handler. Add --header 'cookie: …'."
  if (status === 404)
    return 'Mount the handler at this path: app.all("/api/uploads", …), or correct the path.'
  if (status === 405) return 'Mount the handler for POST.'
  if (/<html|<!doctype/i.test(text)) return 'The app served an HTML page. Route this path to the handler.'
  return 'The backend uses another protocol, or fails before the handler. See docs/protocol.md and the backend log.'
}

/** Checks the preflight of a backend on another origin than the page. */
export async function* checkBackendCors({ endpoint, origin }: DoctorTarget): AsyncGenerator<Finding> {
  if (new URL(endpoint).origin === origin) return
  const step = 'CORS of the backend'
  const preflightHeaders = {
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'content-type',
  }
  const response = await fetchInTime(endpoint, {
    method: 'OPTIONS',
    headers: { origin, ...preflightHeaders },
  }).catch(() => undefined)
  if (!response) return
  const allowedOrigin = response.headers.get('access-control-allow-origin')
  const isAllowed = response.ok && (allowedOrigin === '*' || allowedOrigin === origin)
  yield isAllowed
    ? passed(step, `the backend allows pages of ${origin}`)
    : failed(step, `${new URL(endpoint).origin} does not allow pages of ${origin} (${response.status})`, [
        'Handle OPTIONS, and send these headers with every response of the endpoint:',
        `  Access-Control-Allow-Origin: ${origin}`,
        '  Access-Control-Allow-Headers: content-type',
        '  Access-Control-Allow-Credentials: true   (if cookies authenticate the user)',
      ])
}

export function describeRejection({ code, message }: ProtocolError): string {
  return `the backend rejected it with ${code ?? 'no code'}: ${message ?? 'no message'}`
}

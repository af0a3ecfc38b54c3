import { parseResponseBody } from './backend-response.ts'
import type { ProtocolError, ResponseBody } from './backend-response.ts'
import { failed, passed } from './finding.ts'
import type { Finding } from './finding.ts'
import { explainNetworkFailure } from './network-failure.ts'

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
  /** The request and the response, without their bodies. */
  readonly evidence: string
  readonly section: NonNullable<Finding['section']>
}

/** Maximum duration of one request of doctor, with its body. Without it, a server that never answers would block doctor. */
const requestTimeoutMs = 120_000

/** Calls `fetch`. Aborts the request after `requestTimeoutMs`. */
export const fetchWithTimeout = (url: string | URL, init: RequestInit): Promise<Response> =>
  fetch(url, { ...init, signal: AbortSignal.timeout(requestTimeoutMs) })

/** Sends one call of the upload protocol, with the header `Origin` as a page sends it. */
export async function callBackend(
  { endpoint, origin, headers }: DoctorTarget,
  body: object,
): Promise<BackendResponse> {
  try {
    const response = await fetchWithTimeout(endpoint, {
      method: 'POST',
      headers: { origin, ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      redirect: 'manual',
    })
    const { status } = response
    const text = await response.text()
    const json = parseResponseBody(text)
    const contentType = response.headers.get('content-type') ?? 'no content type'
    return {
      status,
      body: json ?? {},
      evidence: `POST ${new URL(endpoint).pathname} answered ${status} (${contentType}).`,
      ...explainResponse(response, text, json !== undefined, contentType, endpoint),
    }
  } catch (thrown) {
    const { summary, evidence, fix } = explainNetworkFailure(thrown, endpoint, 'the backend', 'the endpoint')
    return { status: 0, body: {}, problem: summary, advice: fix, evidence, section: 'network' }
  }
}

const maxRedirects = 5

/**
 * Fetches the URL in the result of confirm, as a page does to show the file. The headers of the option `--header` may be
 * credentials, so they are sent only to the origin of the endpoint, also after redirects.
 */
export async function fetchResultUrl(url: URL, { endpoint, headers }: DoctorTarget): Promise<Response> {
  const { origin } = new URL(endpoint)
  let currentUrl = url
  for (let redirectCount = 0; ; redirectCount += 1) {
    const response = await fetchWithTimeout(currentUrl, {
      headers: currentUrl.origin === origin ? { ...headers } : {},
      redirect: 'manual',
    })
    const location = response.headers.get('location')
    const isRedirect = response.status >= 300 && response.status < 400
    if (!isRedirect || location === null || redirectCount === maxRedirects) return response
    await response.body?.cancel()
    currentUrl = new URL(location, currentUrl)
  }
}

/** Returns the most likely reason why a response contains no ticket, and how to fix it. */
function explainResponse(
  { status, headers }: Response,
  text: string,
  isJson: boolean,
  contentType: string,
  endpoint: string,
): Pick<BackendResponse, 'problem' | 'advice' | 'section'> {
  const signInAdvice = "Sign in as your page does: --header 'cookie: …' or --header 'authorization: …'."
  const endpointPath = new URL(endpoint).pathname
  const isHtmlPage = /<html|<!doctype html/i.test(text)
  if (status >= 300 && status < 400) {
    const location = headers.get('location') ?? ''
    const redirectTarget = URL.canParse(location, endpoint) ? new URL(location, endpoint) : undefined
    const redirectAddress = redirectTarget
      ? `${redirectTarget.origin}${redirectTarget.pathname}`
      : 'another address'
    return redirectTarget && /log-?in|sign-?in|auth|sso/i.test(redirectTarget.href)
      ? {
          problem: `the endpoint redirects to a login page: ${redirectAddress}`,
          advice: signInAdvice,
          section: 'unauthorized',
        }
      : {
          problem: `the endpoint redirects to ${redirectAddress}`,
          advice: 'Use the address that it redirects to. A redirect often adds a slash, a language or https.',
          section: 'invalid-answer',
        }
  }
  if (status === 401)
    return {
      problem: 'the backend wants a signed-in user (401)',
      advice: signInAdvice,
      section: 'unauthorized',
    }
  if (status === 403)
    return {
      problem: 'the backend forbids the request (403)',
      advice: `${signInAdvice} If that is done, check the CSRF protection and the firewall before the handler.`,
      section: 'forbidden',
    }
  if (status === 404)
    return {
      problem: `nothing answers at ${endpointPath} (404)`,
      advice: `Mount the handler at this path, or correct the path:\n  app.all('${endpointPath}', …)`,
      section: 'not-found',
    }
  if (status === 405)
    return {
      problem: `${endpointPath} does not take POST (405)`,
      advice: 'Mount the handler for POST.',
      section: 'not-found',
    }
  if (status === 415)
    return {
      problem: 'the backend does not take JSON (415)',
      advice: 'Let requests with content-type: application/json reach the handler.',
      section: 'invalid-answer',
    }
  if (status >= 500)
    return {
      problem: `the backend fails (${status}), before or in the handler`,
      advice: 'Read the backend log for the reason. If a proxy answers, start the backend behind it.',
      section: 'unavailable',
    }
  if (isHtmlPage)
    return {
      problem: `${endpointPath} answered an HTML page (${status})`,
      advice: `The app served an HTML page, often its index or a login page. Route this path to the handler, or sign in with --header 'cookie: …'.`,
      section: 'invalid-answer',
    }
  if (!isJson)
    return {
      problem: `the response (${status}) is not JSON: ${text === '' ? 'its body is empty' : contentType}`,
      advice:
        'Return the JSON of the handler. Check that the framework does not change or consume the response.',
      section: 'invalid-answer',
    }
  return {
    problem: `the response (${status}) lacks what the protocol requires`,
    advice: 'The backend uses another protocol. Compare it with node_modules/putaway/docs/protocol.md.',
    section: 'invalid-answer',
  }
}

/** Checks the preflight of a backend on another origin than the page. */
export async function* checkBackendCors({ endpoint, origin }: DoctorTarget): AsyncGenerator<Finding> {
  if (new URL(endpoint).origin === origin) return
  const step = 'CORS of the backend'
  const preflightHeaders = {
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'content-type',
  }
  const response = await fetchWithTimeout(endpoint, {
    method: 'OPTIONS',
    headers: { origin, ...preflightHeaders },
    redirect: 'manual', // a browser refuses a preflight that redirects
  }).catch(() => undefined)
  if (!response) return
  const allowedOrigin = response.headers.get('access-control-allow-origin')
  const allowedHeaders = (response.headers.get('access-control-allow-headers') ?? '').toLowerCase()
  const isAllowed =
    response.ok &&
    (allowedOrigin === '*' || allowedOrigin === origin) &&
    allowedHeaders.split(',').some((name) => ['*', 'content-type'].includes(name.trim()))
  yield isAllowed
    ? passed(step, `the backend allows pages of ${origin}`)
    : failed(
        step,
        `${new URL(endpoint).origin} does not allow pages of ${origin}`,
        [...proxyAdvice(endpoint), ...backendCorsAdvice(origin)],
        {
          evidence:
            `OPTIONS answered ${response.status} with access-control-allow-origin: ${allowedOrigin ?? 'none'}, ` +
            `access-control-allow-headers: ${allowedHeaders || 'none'}.`,
          section: 'cors',
        },
      )
}

/**
 * Suggests a dev server that forwards the path to the API. Page and API then have the same origin, so they need no
 * CORS.
 */
function proxyAdvice(endpoint: string): string[] {
  const { origin, pathname } = new URL(endpoint)
  return [
    'Serve the API under the origin of the page, by a proxy of the dev server. Vite, vite.config.ts:',
    `  server: { proxy: { '${pathname}': '${origin}' } },`,
    'Next, next.config.js:',
    '  rewrites: async () => [',
    `    { source: '${pathname}', destination: '${origin}${pathname}' },`,
    '  ],',
  ]
}

const backendCorsAdvice = (origin: string): string[] => [
  'Or handle OPTIONS, and send these headers with every response:',
  `  Access-Control-Allow-Origin: ${origin}`,
  '  Access-Control-Allow-Headers: content-type',
  '  Access-Control-Allow-Credentials: true   (if cookies authenticate the user)',
]

export function describeRejection({ code, message }: ProtocolError): string {
  const rejection = `the backend rejected it with ${code ?? 'no code'}`
  // Omits the default message of an error, which only repeats the error code: "unauthorized while starting. See …".
  return message?.startsWith(`${code} while `) ? rejection : `${rejection}: ${message ?? 'no message'}`
}

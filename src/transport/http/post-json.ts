import { parseErrorAnswer } from '../../protocol/error-answer.ts'
import { UploadError, errorFromAnswer } from '../../protocol/errors.ts'
import { readObject } from '../../protocol/parse.ts'
import type { ParseContext } from '../../protocol/parse.ts'
import { callPhases } from '../../protocol/wire.ts'
import type { WireRequest } from '../../protocol/wire.ts'

export interface HttpEndpointsOptions {
  /** Headers of every call, for example `Authorization`. A function is called for every request. */
  readonly headers?: HeadersInit | (() => HeadersInit | Promise<HeadersInit>) | undefined
  /** As in `fetch`. Default: `same-origin`. */
  readonly credentials?: RequestCredentials | undefined
  /**
   * Replaces the global `fetch` for calls to the backend, for example to refresh a token after a 401 and repeat the call,
   * or for tracing. Called with the URL and an init with method, headers, body, credentials, signal and keepalive. File
   * bytes are not sent through it.
   */
  readonly fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined
}

export type Fields = Readonly<Record<string, unknown>>

export function parseContextOf(call: WireRequest['type']): ParseContext {
  return { source: `The answer to ${call}`, phase: callPhases[call], code: 'invalid-answer' }
}

/** Timeout of a backend call: confirm may inspect a large object. */
const timeoutMs = 120_000

/** Sends a request to the backend and reads a JSON object. Throws the backend's error, `network`, `stalled` or `invalid-answer`. */
export async function postJson(
  url: string,
  { headers: headersOption, credentials = 'same-origin', fetch: customFetch }: HttpEndpointsOptions,
  body: WireRequest,
  signal?: AbortSignal,
): Promise<Fields> {
  const phase = callPhases[body.type]
  const headers = new Headers(typeof headersOption === 'function' ? await headersOption() : headersOption)
  headers.set('content-type', 'application/json')
  const timeout = AbortSignal.timeout(timeoutMs)
  const request = {
    method: 'POST',
    headers,
    credentials,
    body: JSON.stringify(body),
    // Safari before 17.4 and Chrome before 116 have no AbortSignal.any: there a cancelable call has no timeout.
    signal: signal && 'any' in AbortSignal ? AbortSignal.any([signal, timeout]) : (signal ?? timeout),
    // A discard is often sent while the page unloads.
    keepalive: body.type === 'discard',
  }
  const responsePromise = customFetch ? customFetch(url, request) : fetch(url, request)
  const [response, text] = await responsePromise
    .then(async (answer) => [answer, await answer.text()] as const)
    .catch((cause: unknown) => {
      // An app's `fetch` may throw its own errors, for example because the session has ended.
      if (signal?.aborted || (customFetch && !timeout.aborted && !isNoAnswer(cause))) throw cause
      const message = `${body.type}: the backend at ${url} did not answer. It is down, unreachable, or blocked by CORS.`
      throw new UploadError(timeout.aborted ? 'stalled' : 'network', { phase, status: 0, message, cause })
    })

  const { status } = response
  const answer = parseJson(text)
  // If every file was refused, the status is an error too, but each file still has its own reason.
  const hasPerFileAnswers =
    answer && typeof answer === 'object' && ('tickets' in answer || 'results' in answer)
  if (response.ok || hasPerFileAnswers) return readObject(parseContextOf(body.type), answer, 'the body')
  const messagePrefix = `${body.type}: the backend at ${url} answered ${status}.`
  throw errorFromAnswer(parseErrorAnswer(status, response.headers, answer ?? text, messagePrefix), { phase })
}

/** Browsers and Node reject with a TypeError (https://fetch.spec.whatwg.org/#fetch-method); a timeout has its own name. */
function isNoAnswer(thrown: unknown): boolean {
  return (
    thrown instanceof TypeError || (thrown instanceof Error && /^(Abort|Timeout)Error$/.test(thrown.name))
  )
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

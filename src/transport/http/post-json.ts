import { isResponse, readThrownError } from '../../core/answers/read-app-result.ts'
import { errorArgumentsOf, parseErrorAnswer } from '../../protocol/error-answer.ts'
import { UploadError } from '../../protocol/errors.ts'
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
   * or for tracing. Called with the URL and an init with method, headers, body, credentials, signal and keepalive. Must
   * resolve with a `Response` whose body is unread. File bytes are not sent through it.
   */
  readonly fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined
}

export type Fields = Readonly<Record<string, unknown>>

export function parseContextOf(call: WireRequest['type']): ParseContext {
  return { source: `The answer to ${call}`, uploadPhase: callPhases[call], code: 'invalid-answer' }
}

/** Timeout of a backend call. It is long, because confirm may inspect a large object. */
const timeoutMs = 120_000

/** Sends a request to the backend and reads a JSON object. Throws the backend's error, `network`, `stalled` or `invalid-answer`. */
export async function postJson(
  url: string,
  { headers: headersOption, credentials = 'same-origin', fetch: customFetch }: HttpEndpointsOptions,
  requestBody: WireRequest,
  signal?: AbortSignal,
): Promise<Fields> {
  const phase = callPhases[requestBody.type]
  const headers = new Headers(typeof headersOption === 'function' ? await headersOption() : headersOption)
  headers.set('content-type', 'application/json')
  const timeoutSignal = AbortSignal.timeout(timeoutMs)
  const request = {
    method: 'POST',
    headers,
    credentials,
    body: JSON.stringify(requestBody),
    // Without AbortSignal.any (Safari before 17.4, Chrome before 116) a call that can be canceled has no timeout.
    signal:
      signal && 'any' in AbortSignal ? AbortSignal.any([signal, timeoutSignal]) : (signal ?? timeoutSignal),
    // Sets `keepalive` for a discard, because it is often sent while the page unloads.
    keepalive: requestBody.type === 'discard',
  }
  const [response, body] = await send(customFetch, url, request).catch(async (cause: unknown) => {
    if (signal?.aborted) throw cause
    // Only an error that means a missing answer becomes `network`. An app's `fetch` may also throw errors of its own,
    // for example because the session has ended.
    const isNoAnswer =
      !customFetch ||
      timeoutSignal.aborted ||
      /^(network|stalled)$/.test((await readThrownError(cause, phase)).code)
    if (!isNoAnswer) throw cause
    const message = `${requestBody.type}: the backend at ${url} did not answer. It is down, unreachable, or blocked by CORS.`
    throw new UploadError(timeoutSignal.aborted ? 'stalled' : 'network', { phase, status: 0, message, cause })
  })

  const { status } = response
  // The answers to these calls may be empty. Frameworks send `{}` with status 204 or with an empty body.
  const mayBeEmpty = response.ok && /^(policies|complete|discard)$/.test(requestBody.type)
  const answer = body === '' && mayBeEmpty ? {} : typeof body === 'string' ? parseJson(body) : body
  // If every file was refused, the status is an error too. The answer still has a reason for each file.
  const hasPerFileAnswers =
    answer && typeof answer === 'object' && ('tickets' in answer || 'results' in answer)
  if (response.ok && typeof body === 'string' && /^\s*<(!doctype|html|head|body)/i.test(body)) {
    const message = `${requestBody.type}: the backend at ${url} answered an HTML page. Is the URL right, and is somebody signed in?`
    throw new UploadError('invalid-answer', { phase, status, message })
  }
  if (response.ok || hasPerFileAnswers)
    return readObject(parseContextOf(requestBody.type), answer, 'the body')
  const messagePrefix = `${requestBody.type}: the backend at ${url} answered ${status}.`
  const errorAnswer = parseErrorAnswer(status, response.headers, answer ?? body, messagePrefix)
  throw new UploadError(...errorArgumentsOf(errorAnswer, { phase }))
}

/**
 * Sends a request, and returns the response and its body. If the app's `fetch` is an HTTP library, the response may be
 * another object than the Response of `fetch`.
 */
async function send(
  customFetch: HttpEndpointsOptions['fetch'],
  url: string,
  request: RequestInit,
): Promise<readonly [Response, unknown]> {
  if (!customFetch) {
    const response = await fetch(url, request)
    return [response, await response.text()]
  }
  let answer: unknown
  let thrownBody: unknown
  try {
    answer = await customFetch(url, request)
  } catch (thrown) {
    // ky and other libraries throw for an error status. The body of such an answer may have an entry for each file.
    const { response, data } = Object(thrown) as { response?: unknown; data?: unknown } // an object has properties
    answer = isResponse(thrown) ? thrown : response
    thrownBody = data
    if (!isResponse(answer) || answer.ok) throw thrown
  }
  if (isResponse(answer)) {
    if (!answer.bodyUsed) return [answer, await answer.text()]
    // ofetch keeps the body that it has read in `_data`.
    const { _data: body = thrownBody } = answer as { _data?: unknown }
    if (body !== undefined || !answer.ok) return [answer, body]
  }
  const message = 'The fetch of httpEndpoints must resolve with a Response whose body is unread.'
  throw new UploadError('invalid-answer', { phase: 'starting', message })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

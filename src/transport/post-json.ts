import { errorAnswerOf } from '../protocol/error-answer.ts'
import { UploadError, errorOfAnswer } from '../protocol/errors.ts'
import { readObject } from '../protocol/parse.ts'
import type { Reader } from '../protocol/parse.ts'
import { callPhases } from '../protocol/wire.ts'
import type { WireRequest } from '../protocol/wire.ts'

export interface HttpEndpointsOptions {
  /** Sent with every call, for example an `Authorization`. A function is asked anew for every call. */
  readonly headers?: HeadersInit | (() => HeadersInit | Promise<HeadersInit>) | undefined
  /** As in `fetch`. Default: `same-origin`. */
  readonly credentials?: RequestCredentials | undefined
  /**
   * Sends every call to the backend in place of the global `fetch`: to refresh a token after a 401 and ask again, or to
   * trace. It is called with the URL and an init that has method, headers, body, credentials, signal and keepalive. Bytes
   * do not go through it.
   */
  readonly fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined
}

export type Fields = Readonly<Record<string, unknown>>

export function readerOf(call: WireRequest['type']): Reader {
  return { source: `The answer to ${call}`, phase: callPhases[call], code: 'invalid-answer' }
}

/** How long a backend may take to answer, in milliseconds: confirm may have a large object to look at. */
const patience = 120_000

/** Asks the backend, and reads an object. Throws the backend's refusal, `network`, `stalled` or `invalid-answer`. */
export async function postJson(
  url: string,
  { headers: given, credentials = 'same-origin', fetch: send }: HttpEndpointsOptions,
  body: WireRequest,
  signal?: AbortSignal,
): Promise<Fields> {
  const phase = callPhases[body.type]
  const headers = new Headers(typeof given === 'function' ? await given() : given)
  headers.set('content-type', 'application/json')
  const timeout = AbortSignal.timeout(patience)
  const request = {
    method: 'POST',
    headers,
    credentials,
    body: JSON.stringify(body),
    // Safari before 17.4 and Chrome before 116 cannot join signals: there a call that can be canceled has no timeout.
    signal: signal && 'any' in AbortSignal ? AbortSignal.any([signal, timeout]) : (signal ?? timeout),
    // A discard is often the last thing that a page does.
    keepalive: body.type === 'discard',
  }
  const asked = send ? send(url, request) : fetch(url, request)
  const [response, text] = await asked
    .then(async (answer) => [answer, await answer.text()] as const)
    .catch((cause: unknown) => {
      // An app's own fetch fails for reasons of its own, for example because nobody is signed in any more.
      if (signal?.aborted || (send && !timeout.aborted && !isNoAnswer(cause))) throw cause
      const message = `${body.type}: no answer came from the backend at ${url}. It is down, unreachable, or blocked by CORS.`
      throw new UploadError(timeout.aborted ? 'stalled' : 'network', { phase, status: 0, message, cause })
    })

  const { status } = response
  const answer = json(text)
  // Where every file was refused the status says so too, and each still has a reason of its own.
  const refusals = answer && typeof answer === 'object' && ('tickets' in answer || 'results' in answer)
  if (response.ok || refusals) return readObject(readerOf(body.type), answer, 'the body')
  const said = `${body.type}: the backend at ${url} answered ${status}.`
  throw errorOfAnswer(errorAnswerOf(status, response.headers, answer ?? text, said), { phase })
}

/** Browsers and Node reject with a TypeError (https://fetch.spec.whatwg.org/#fetch-method), a deadline by its name. */
function isNoAnswer(thrown: unknown): boolean {
  return (
    thrown instanceof TypeError || (thrown instanceof Error && /^(Abort|Timeout)Error$/.test(thrown.name))
  )
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

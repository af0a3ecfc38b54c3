import isNetworkError from 'is-network-error'
import { errorAnswerOf } from '../protocol/error-answer.ts'
import { UploadError, errorOfAnswer, stampPhase, toUploadError } from '../protocol/errors.ts'
import type { UploadErrorCode, UploadPhase } from '../protocol/errors.ts'

/** How deep errors are wrapped in one another at most. */
const maxDepth = 5

/**
 * Makes an UploadError of what an app's own function threw, whatever HTTP client it uses: a status becomes a code, a lost
 * connection is `network`, a timeout is `stalled`. Everything else is a bug and stays `unknown`.
 */
export async function readThrown(thrown: unknown, phase: UploadPhase): Promise<UploadError> {
  let inner = thrown
  for (let depth = 0; depth < maxDepth && inner; depth += 1) {
    if (inner instanceof UploadError) return stampPhase(inner, phase)
    const fields = fieldsOf(inner)
    const answer = isResponse(inner) ? inner : fields.response
    if (isResponse(answer) && !answer.ok && !answer.bodyUsed)
      return UploadError.fromResponse(answer, { phase, cause: thrown })
    const error = statusError(fields, fieldsOf(answer), phase, thrown)
    if (error) return error
    const code = connectionCode(inner, fields)
    if (code) {
      const message = `The request of your function got no answer: ${wordsOf(inner)}`
      return new UploadError(code, { phase, status: 0, message, cause: thrown })
    }
    const { cause, networkError, originalError, context, errors } = fields
    // Supabase has a `context`, `Promise.any` a list.
    inner = cause ?? networkError ?? originalError ?? context ?? (fields.type && fields.target)
    if (Array.isArray(errors)) inner ??= errors[0]
  }
  return toUploadError(thrown, phase)
}

/**
 * Reads what an app's own function returned: the response of an HTTP client is its body. A refusal is thrown, and so is a
 * page: of a login or of a single-page app, which servers answer to any path.
 */
export async function readReturned(answer: unknown, phase: UploadPhase): Promise<unknown> {
  const { status, headers, response } = fieldsOf(answer)
  const isAnswer = typeof status === 'number' && typeof headers === 'object'
  // `fetch` returns a refusal, and other clients do if they are told to.
  if (isAnswer && status >= 400 && status < 600) throw answer
  // A redirect that was not followed has no result either; openapi-fetch has the response beside what is in it.
  if ([answer, response].some((each) => isResponse(each) && !each.ok)) throw answer
  const value = isAnswer ? await bodyOf(answer) : answer
  if (typeof value !== 'string' || !/^\s*(<!--[^]*?-->\s*)?<(!doctype|html)\b/i.test(value)) return value
  const message = 'Your function returned a page where JSON was expected.'
  throw new UploadError('invalid-answer', { phase, message })
}

async function bodyOf(answer: unknown): Promise<unknown> {
  const { _data, data, body, bodyUsed } = fieldsOf(answer)
  // axios and superagent, and ofetch, which keeps what it has read.
  if (!isResponse(answer)) return data === undefined ? (body ?? answer) : data
  if (bodyUsed) return _data
  const text = await answer.text()
  try {
    return text ? (JSON.parse(text) as unknown) : undefined
  } catch {
    return text
  }
}

/** axios, superagent, ofetch, Angular and AWS put the status in other places. */
function statusError(fields: Fields, answer: Fields, phase: UploadPhase, cause: unknown) {
  const places = [
    answer.status,
    answer.statusCode,
    fields.status,
    fields.statusCode,
    fieldsOf(fields.data).httpStatus,
    fieldsOf(fields.$metadata).httpStatusCode,
    fields.code,
    // An app's own "HTTP 503", "Response status: 503" and "Request failed with status code 503".
    /\b(?:HTTP|status)\b\D{0,12}\b([45]\d\d)\b/i.exec(String(fields.message))?.[1],
  ]
  const status = places.map(Number).find((each) => each >= 400 && each < 600)
  if (!status) return undefined
  const headers = fieldsOf(answer.headers ?? fields.headers ?? answer.header)
  // What has a name is a client's error, whose message is about the client: "Request failed with status code 403".
  const own = fields.name === undefined ? fields : undefined
  const bodies = [
    answer.data,
    answer._data,
    fields.data,
    answer.body,
    fields.body,
    fields.response,
    answer.text,
  ]
  const body = [...bodies, fields.text, fields.headers && fields.error].find(isBody) ?? own
  return errorOfAnswer(errorAnswerOf(status, headers, body), { phase, cause })
}

/** Whether a client has put the body there: as text or parsed, and neither a stream nor the response. */
function isBody(value: unknown): boolean {
  if (typeof value === 'string') return value !== ''
  const fields = fieldsOf(value)
  return Object.keys(fields).length > 0 && !fields.getReader && !fields.headers && !(value instanceof Error)
}

const timeouts =
  /^(TimeoutError|AbortError|CanceledError|ECONNABORTED|ERR_CANCELED|ETIMEDOUT|ESOCKETTIMEDOUT|\w+\/deadline-exceeded)$/
const connections =
  /^(NetworkError|ERR_NETWORK|FETCH_ERROR|ECONN\w+|ENOTFOUND|EAI_\w+|EPIPE|ENET\w+|EHOST\w+|UND_ERR_\w+|\w+\/(network-request-failed|unavailable|retry-limit-exceeded))$/
/** What browsers say beside what is-network-error knows, of `fetch` and of `import()`. */
const messages =
  /^TypeError: (Failed to fetch|fetch failed|NetworkError when attempting to fetch resource|Load failed|The network connection was lost|The Internet connection appears to be offline|Could not connect to the server|A server with the specified hostname could not be found|The request timed out|Network request (failed|timed out)|Error in (input|body) stream|Failed to fetch dynamically imported module\b.*|error loading dynamically imported module\b.*|Importing a module script failed)\.?( \(\S+\))?$/is

/** What an error without a status says about the connection. A cancel of ours is not asked about. */
function connectionCode(thrown: unknown, fields: Fields): UploadErrorCode | undefined {
  const { name, code, status, message, timeout, crossDomain } = fields
  const names = [name, code, status].filter((each) => typeof each === 'string')
  if (names.some((each) => /^(TIMEOUT_ERROR|UND_ERR_\w*TIMEOUT)$/.test(each) || timeouts.test(each)))
    return 'stalled'
  if (timeout && fields.errno === 'ETIME') return 'stalled'
  if (names.some((each) => connections.test(each)) || crossDomain === true) return 'network'
  // An XMLHttpRequest or a client on it, with no answer.
  if (status === 0) return 'network'
  if (isNetworkError(thrown)) return 'network'
  // Safari translates its messages, and has no stack where it was not JavaScript that threw.
  if (name === 'TypeError' && thrown instanceof Error && !thrown.stack) return 'network'
  // Supabase puts the name before the message.
  const text = `${name === 'TypeError' ? 'TypeError: ' : ''}${String(message)}`
  return messages.test(text) ? 'network' : undefined
}

/** Also one of another realm, or of a polyfill. */
function isResponse(value: unknown): value is Response {
  const { ok, text, headers } = (value ?? {}) as Partial<Response> // any value but null has properties
  return typeof ok === 'boolean' && typeof text === 'function' && typeof headers?.get === 'function'
}

type Fields = Readonly<Record<string, unknown>>

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}

function wordsOf(thrown: unknown): string {
  const { name, message } = fieldsOf(thrown)
  const words = [name, message].filter((each) => typeof each === 'string' && each).join(': ')
  return (words || 'no reason was given').replace(/[?#]\S*/g, '').slice(0, 200)
}

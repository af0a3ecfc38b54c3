import isNetworkError from 'is-network-error'
import { errorArgumentsOf, isUploadErrorCode, parseErrorAnswer } from '../../protocol/error-answer.ts'
import { UploadError } from '../../protocol/errors.ts'
import type { UploadErrorCode, UploadPhase } from '../../protocol/errors.ts'
import { setPhase, toUploadError } from '../../protocol/thrown-error.ts'

/** Maximum number of nested errors (an error, its cause, and so on) that are searched. */
const maxDepth = 5

/**
 * Converts an error that an app's function threw to an UploadError. The app may use any HTTP library. An HTTP status
 * becomes an error code, a lost connection becomes `network`, and a timeout becomes `stalled`. Every other error is a
 * bug and becomes `unknown`.
 */
export async function readThrownError(thrown: unknown, phase: UploadPhase): Promise<UploadError> {
  let current = thrown
  for (let depth = 0; depth < maxDepth && current; depth += 1) {
    if (current instanceof UploadError) return setPhase(current, phase)
    const fields = fieldsOf(current)
    // tRPC keeps the response in `meta`.
    const answer = isResponse(current) ? current : (fields.response ?? fieldsOf(fields.meta).response)
    if (isResponse(answer) && !answer.ok && !answer.bodyUsed)
      return UploadError.fromResponse(answer, { phase, cause: thrown })
    const error = createStatusError(fields, fieldsOf(answer), findStatusInMessage(current), phase, thrown)
    if (error) return error
    const code = findConnectionErrorCode(current, fields)
    if (code) {
      const message = `The request of your function got no response: ${describeThrown(current)}`
      return new UploadError(code, { phase, status: 0, message, cause: thrown })
    }
    const { cause, networkError, originalError, context, errors } = fields
    // supabase-js keeps the original error in `context`. `Promise.any` rejects with a list of errors.
    current = cause ?? networkError ?? originalError ?? context ?? (fields.type && fields.target)
    if (Array.isArray(errors)) current ??= errors[0]
  }
  return toUploadError(thrown, phase)
}

/**
 * Reads the value that an app's function returned. If it is the response of an HTTP library, returns its body. Throws
 * if it is an error, an error response or an HTML page. Servers of single-page apps and of logins answer any path
 * with an HTML page.
 */
export async function readReturnValue(answer: unknown, phase: UploadPhase): Promise<unknown> {
  const { status, headers, response, error, data } = fieldsOf(answer)
  if (answer instanceof Error) throw answer
  const isResponseLike = typeof status === 'number' && typeof headers === 'object'
  // A response with an error status is an error. `fetch` returns such responses, and other HTTP libraries do so if an
  // option says so.
  if (isResponseLike && status >= 400 && status < 600) throw answer
  // A response that is not `ok`, such as a redirect that was not followed, is an error too. openapi-fetch returns an
  // object that has the response in a property.
  if ([answer, response].some((candidate) => isResponse(candidate) && !candidate.ok)) throw answer
  // Supabase returns an error together with `data: null`. putaway's protocol returns an object whose only property is
  // the error.
  if (error && data === null) throw error
  if (isUploadErrorCode(fieldsOf(error).code) && Object.keys(fieldsOf(answer)).length === 1) throw answer
  const hasBodyBesideResponse = isResponse(response) && 'data' in fieldsOf(answer)
  const value = isResponseLike ? await bodyOf(answer) : hasBodyBesideResponse ? data : answer
  if (typeof value !== 'string' || !/^\s*(<!--[^]*?-->\s*)?<(!doctype|html)\b/i.test(value)) return value
  const message = 'Your function returned an HTML page instead of JSON.'
  throw new UploadError('invalid-answer', { phase, message })
}

async function bodyOf(answer: unknown): Promise<unknown> {
  const { _data, data, body, bodyUsed } = fieldsOf(answer)
  // axios and superagent have the parsed body in `data` or `body`, ofetch in `_data`.
  if (!isResponse(answer)) return data === undefined ? (body ?? answer) : data
  if (bodyUsed) return _data
  const text = await answer.text()
  try {
    return text ? (JSON.parse(text) as unknown) : undefined
  } catch {
    return text
  }
}

/**
 * Returns the UploadError for an error with an HTTP status, or undefined. axios, superagent, ofetch, Angular and AWS
 * store the status in different properties.
 */
function createStatusError(
  fields: Fields,
  answer: Fields,
  statusInMessage: unknown,
  phase: UploadPhase,
  cause: unknown,
) {
  const meta = fieldsOf(fields.meta)
  const xhr = fieldsOf(fields.xhr ?? fields)
  const statusCandidates = [
    answer.status,
    answer.statusCode,
    fields.status,
    fields.statusCode,
    fieldsOf(fields.data).httpStatus,
    fieldsOf(fields.$metadata).httpStatusCode,
    fields.code,
    statusInMessage,
  ]
  const status = statusCandidates.map(Number).find((candidate) => candidate >= 400 && candidate < 600)
  // An app may throw the parsed body of an error response of putaway's protocol, without its status.
  if (!status && !isUploadErrorCode(fieldsOf(fields.error).code)) return undefined
  const readHeader = xhr.getResponseHeader
  const headers =
    typeof readHeader === 'function'
      ? { get: (name: string) => readHeader.call(xhr, name) as string | null } // as XMLHttpRequest and jQuery define it
      : fieldsOf(answer.headers ?? fields.headers ?? answer.header)
  // Reads the thrown object itself as the body only if it has no `name`. An Error of an HTTP library such as axios has
  // a `name`, and its message ("Request failed with status code 403") was not written by the backend.
  const bodyOfPlainObject = fields.name === undefined ? fields : undefined
  const bodyCandidates = [
    answer.data,
    answer._data,
    // tRPC keeps the body in `shape` or in `meta.responseJSON`.
    fields.shape,
    meta.responseJSON,
    fields.data,
    answer.body,
    fields.body,
    fields.bodyText,
    fields.responseJSON,
    fields.response,
    fields.responseText,
    answer.text,
    fields.text,
    // Angular and openapi-fetch keep the parsed body beside the headers or the response.
    (fields.headers ?? fields.response) && fields.error,
  ]
  const body = bodyCandidates.find(isBody) ?? bodyOfPlainObject
  const description = status ? undefined : 'Your function failed with an error of the protocol.'
  return new UploadError(
    ...errorArgumentsOf(parseErrorAnswer(status ?? 400, headers, body, description), {
      phase,
      cause,
      ...(!status && { status }),
    }),
  )
}

/** The HTTP status of each phrase that servers send, as in `throw new Error(response.statusText)`. */
const statusesByPhrase: Readonly<Record<string, number>> = {
  'Bad Request': 400,
  Unauthorized: 401,
  Forbidden: 403,
  'Not Found': 404,
  'Request Timeout': 408,
  'Request Time-out': 408,
  Conflict: 409,
  'Payload Too Large': 413,
  'Content Too Large': 413,
  'Request Entity Too Large': 413,
  'Unsupported Media Type': 415,
  'Unprocessable Entity': 422,
  'Unprocessable Content': 422,
  'Too Many Requests': 429,
  'Internal Server Error': 500,
  'Bad Gateway': 502,
  'Service Unavailable': 503,
  'Service Temporarily Unavailable': 503,
  'Gateway Timeout': 504,
  'Gateway Time-out': 504,
}

/** Returns the status in a message that an app made: `503`, `HTTP 503`, `Upload failed: 503 Service Unavailable`. */
function findStatusInMessage(thrown: unknown): unknown {
  const { name } = fieldsOf(thrown)
  const text = textOf(thrown).slice(0, 200)
  const statusAfterWord = /\b(?:HTTP|status)\b\D{0,12}\b([45]\d\d)\b/i.exec(text)?.[1]
  if (statusAfterWord || (name !== undefined && name !== 'Error')) return statusAfterWord
  const statusAtEnd =
    /^\W*([45]\d\d)\W*$/.exec(text) ??
    /\b(?:fail|failed|failure|error|refused|answered|responded|returned)\b\D{0,12}\b([45]\d\d)\W*$/i.exec(
      text,
    )
  const phraseAtEnd = /(?:^|[:(\d])\W*([A-Z][A-Za-z -]+)\W*$/.exec(text)?.[1] ?? ''
  return (
    statusAtEnd?.[1] ??
    (Object.hasOwn(statusesByPhrase, phraseAtEnd) ? statusesByPhrase[phraseAtEnd] : undefined)
  )
}

/** Whether a value is a response body: text or parsed JSON, but not a stream or the response itself. */
function isBody(value: unknown): boolean {
  if (typeof value === 'string') return value !== ''
  const fields = fieldsOf(value)
  return Object.keys(fields).length > 0 && !fields.getReader && !fields.headers && !(value instanceof Error)
}

const timeoutNamePattern =
  /^(\w*TimeoutError|timeout|(request|body)-timeout|AbortError|CanceledError|ECONNABORTED|ERR_CANCELED|ETIMEDOUT|ESOCKETTIMEDOUT|\w+\/deadline-exceeded)$/
const connectionErrorNamePattern =
  /^(NetworkError|ERR_NETWORK|FETCH_ERROR|ECONN\w+|ENOTFOUND|EAI_\w+|EPIPE|ENET\w+|EHOST\w+|UND_ERR_\w+|\w+\/(network-request-failed|unavailable|retry-limit-exceeded))$/
/**
 * Network error messages of `fetch` and `import()` that the package `is-network-error` does not recognize. The first
 * group matches only after `TypeError:`, because apps throw their own errors with the same messages when a response
 * has an error status.
 */
const networkErrorMessagePattern =
  /(?:^|: )(?:TypeError: (?:Failed to fetch|fetch failed|Load failed|Network request failed|network error)|(?:TypeError: )?(?:NetworkError when attempting to fetch resource|The network connection was lost|The Internet connection appears to be offline|Could not connect to the server|A server with the specified hostname could not be found|The request timed out|Network request timed out|Error in (?:input|body) stream|Failed to fetch dynamically imported module\b.*|error loading dynamically imported module\b.*|Importing a module script failed))\.?( \(\S+\))?$/is

/** Returns the code of a connection error without a status. Requests that putaway itself aborts do not get here. */
function findConnectionErrorCode(thrown: unknown, fields: Fields): UploadErrorCode | undefined {
  const { name, code, status, type, timeout, crossDomain } = fields
  const names = [name, code, status, type].filter((candidate) => typeof candidate === 'string')
  if (
    names.some((text) => /^(TIMEOUT_ERROR|UND_ERR_\w*TIMEOUT)$/.test(text) || timeoutNamePattern.test(text))
  )
    return 'stalled'
  if (timeout && fields.errno === 'ETIME') return 'stalled'
  if (names.some((text) => connectionErrorNamePattern.test(text)) || crossDomain === true) return 'network'
  // An XMLHttpRequest that got no answer has the status 0.
  if (status === 0) return 'network'
  if (isNetworkError(thrown)) return 'network'
  // Safari translates its messages into the user's language, so they cannot be compared. But in Safari, a TypeError
  // that no JavaScript code threw has no stack.
  if (name === 'TypeError' && thrown instanceof Error && !thrown.stack) return 'network'
  // Supabase puts the name of the error before its message.
  const text = (name === 'TypeError' ? 'TypeError: ' : '') + textOf(thrown)
  return networkErrorMessagePattern.test(text) ? 'network' : undefined
}

/** Whether a value is a Response, also of another realm or of a polyfill, where `instanceof` fails. */
export function isResponse(value: unknown): value is Response {
  const { ok, text, headers } = (value ?? {}) as Partial<Response> // any value but null has properties
  return typeof ok === 'boolean' && typeof text === 'function' && typeof headers?.get === 'function'
}

type Fields = Readonly<Record<string, unknown>>

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}

/** Returns the message of an error, or a thrown text or number. */
function textOf(thrown: unknown): string {
  return String(typeof thrown === 'object' ? fieldsOf(thrown).message : thrown).trim()
}

function describeThrown(thrown: unknown): string {
  const { name, message } = fieldsOf(thrown)
  const description = [name, message].filter((text) => typeof text === 'string' && text).join(': ')
  return (description || 'no reason was given').replace(/[?#]\S*/g, '').slice(0, 200)
}

import type { ErrorDetails } from './error-text.ts'
import { catalogue } from './error-codes.ts'
import type { UploadErrorCode, UploadErrorOptions } from './error-codes.ts'

/** The parsed error response of a backend with any protocol. */
export interface ErrorAnswer {
  readonly status: number
  /** Value of `Retry-After`, in milliseconds. */
  readonly retryAfter: number | undefined
  /** Error code of putaway's protocol, not validated: `{ error: { code } }`. */
  readonly code: unknown
  /** The details of putaway's protocol, not validated: `{ error: { details } }`. */
  readonly details: unknown
  /** The message for developers. */
  readonly message: string
  /** The sentence for users, if the body has one. */
  readonly text: string | undefined
}

/** Response headers, in each form that HTTP libraries use. */
export type AnswerHeaders = Pick<Headers, 'get'> | Readonly<Record<string, unknown>> | null | undefined

/** Maximum number of bytes that are read of an error response. */
const maxBodyBytes = 16_384
/** Maximum length of a backend's text that users see, in characters. */
const maxSentenceLength = 300

/** Reads an error response, and at most 16 kB of its body. */
export async function readErrorAnswer(response: Response): Promise<ErrorAnswer> {
  const { status, headers } = response
  return parseErrorAnswer(status, headers, await readBody(response).catch(() => ''))
}

/**
 * Parses an error response. The body was already read, as text or JSON. The message for developers begins with
 * `source`.
 */
export function parseErrorAnswer(
  status: number,
  headers: AnswerHeaders,
  body: unknown,
  source = `The backend answered ${status}.`,
): ErrorAnswer {
  const fields = jsonObjectOf(typeof body === 'string' ? parseErrorBody(body) : body)
  const error = jsonObjectOf(fields.error)
  const plainText = typeof body === 'string' && !/^\s*[<{[]/.test(body) ? body : undefined
  const { message, detail, errors, title, text } = fields
  const sentence = firstSentence(text, error.message, message, detail, errors, fields.error, plainText, title)
  const protocolMessage =
    typeof error.code === 'string' && typeof error.message === 'string' ? error.message : undefined
  // Messages of putaway's protocol are for developers, because the protocol has a separate text for users. Messages
  // of 5xx errors are for developers too, except those of 503, which may be for users, for example during
  // maintenance.
  const isForDevelopers =
    protocolMessage !== undefined || (status >= 500 && status !== 503) || isAboutRoute(status, sentence)
  return {
    status,
    retryAfter: retryAfterMsOf(headers),
    code: error.code,
    details: error.details,
    message: `${source} ${protocolMessage ?? sentence ?? ''}`.trim(),
    text: typeof error.text === 'string' ? error.text : isForDevelopers ? undefined : sentence,
  }
}

/**
 * Whether a sentence is a framework's message about an unknown path: "Cannot POST /api/confirm", "Route
 * POST:/api/confirm not found".
 */
function isAboutRoute(status: number, sentence = ''): boolean {
  return (status === 404 || status === 405) && /\B\/\w|^No (static resource|procedure found)/.test(sentence)
}

/**
 * Returns the value of Retry-After in milliseconds. The header has seconds or an HTTP date:
 * https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export function retryAfterMsOf(headers: AnswerHeaders): number | undefined {
  const value = headerOf(headers, 'retry-after')
  // Uses the server's clock if CORS exposes the Date header.
  const now = Date.parse(headerOf(headers, 'date')) || Date.now()
  const waitMs = /^\s*\d/.test(value) ? Number(value) * 1000 : Date.parse(value) - now
  return waitMs > 0 && waitMs < Infinity ? waitMs : undefined
}

function headerOf(headers: AnswerHeaders, name: string): string {
  if (!headers) return ''
  const value: unknown =
    typeof headers.get === 'function'
      ? (headers as Pick<Headers, 'get'>).get(name)
      : Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1]
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

async function readBody({ body, bodyUsed }: Response): Promise<string> {
  if (!body || bodyUsed || body.locked) return ''
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let bodyText = ''
  let size = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    bodyText += decoder.decode(value.subarray(0, maxBodyBytes - size), { stream: true })
    if ((size += value.length) < maxBodyBytes) continue
    reader.cancel().catch(() => {})
    break
  }
  return bodyText
}

/**
 * HTTP status phrases, as in "404 Not Found". They are not shown, because the text of the error code is clearer for
 * users.
 */
const statusPhrasePattern =
  /^(?:\d{3} )?(bad request|unauthorized|payment required|forbidden( resource)?|not found|method not allowed|not acceptable|request timeout|conflict|gone|(payload|content|request entity) too large|unsupported media type|unprocessable (entity|content)|too many requests|internal server error|not implemented|bad gateway|service unavailable|gateway time-?out|about:blank|ok|error|null)\.?$/i

/**
 * Returns the first candidate that is a sentence, and not HTML or an identifier. Removes the queries of URLs in the
 * sentence, because a query may contain a signature.
 */
function firstSentence(...candidates: readonly unknown[]): string | undefined {
  for (const candidate of candidates) {
    const rawText = Array.isArray(candidate)
      ? candidate
          .map((entry: unknown) => messageOf(entry))
          .filter(Boolean)
          .join(' ')
      : messageOf(candidate)
    const sentence = rawText
      .replace(/\S+/g, withoutQuery)
      .replace(/[\p{Cc}\s]+/gu, ' ')
      .trim()
    if (!sentence || sentence.length > maxSentenceLength) continue
    if (statusPhrasePattern.test(sentence) || /^<|^\w+_\w*$|^[{[]/.test(sentence)) continue
    return sentence
  }
  return undefined
}

/**
 * Removes the query and the fragment of a URL in a word. Searches for the scheme and the query separately, because one
 * pattern for both takes quadratic time.
 */
function withoutQuery(word: string): string {
  const schemeEnd = word.indexOf('://')
  const queryAt = schemeEnd < 0 ? -1 : word.slice(schemeEnd).search(/[?#]/)
  return queryAt < 0 ? word : word.slice(0, schemeEnd + queryAt)
}

/**
 * Returns the message in a response body: a text, an object, or a list of objects as FastAPI, JSON:API and validators
 * return it.
 */
function messageOf(value: unknown): string {
  if (typeof value === 'string') return value
  const { msg, message, detail } = jsonObjectOf(value)
  return [message, msg, detail].find((candidate) => typeof candidate === 'string') ?? ''
}

function jsonObjectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>) // an object has properties
    : {}
}

function parseErrorBody(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Returns the arguments of `new UploadError` for a parsed error response. */
export function errorArgumentsOf(
  answer: ErrorAnswer,
  options: Partial<UploadErrorOptions> = {},
): [code: UploadErrorCode, options: UploadErrorOptions] {
  const { code, details, ...fields } = answer
  return [
    isUploadErrorCode(code) ? code : codeOfStatus(fields.status),
    { phase: 'starting', ...fields, details: readDetails(details), ...options },
  ]
}

/**
 * Returns the error code for an HTTP status. Status 0 means that there is no response. A success or redirect (below
 * 400) is an unexpected response.
 */
export function codeOfStatus(status: number): UploadErrorCode {
  if (status < 400) return status === 0 ? 'network' : 'invalid-answer'
  return codesByStatus[status] ?? (status >= 500 ? 'unavailable' : 'rejected')
}

const codesByStatus: Readonly<Record<number, UploadErrorCode>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  408: 'unavailable',
  413: 'too-large',
  415: 'wrong-type',
  425: 'unavailable',
  429: 'throttled',
}

const detailTypes: Readonly<Record<keyof ErrorDetails, 'string' | 'number'>> = {
  accept: 'string',
  foundType: 'string',
  minSize: 'number',
  maxSize: 'number',
  maxFiles: 'number',
  maxTotalSize: 'number',
  width: 'number',
  height: 'number',
  minWidth: 'number',
  minHeight: 'number',
  maxWidth: 'number',
  maxHeight: 'number',
  maxPixels: 'number',
  filesPerRequest: 'number',
}

/** Reads details that came over the network. Drops fields that are unknown or of a wrong type. */
export function readDetails(value: unknown): ErrorDetails | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const knownEntries = Object.entries(value).filter(
    ([name, detail]) =>
      Object.hasOwn(detailTypes, name) && typeof detail === detailTypes[name as keyof ErrorDetails],
  )
  return knownEntries.length > 0 ? Object.fromEntries(knownEntries) : undefined
}

export function isUploadErrorCode(value: unknown): value is UploadErrorCode {
  return typeof value === 'string' && Object.hasOwn(catalogue, value)
}

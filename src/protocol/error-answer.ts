/** The parsed error response of a backend with any protocol. */
export interface ErrorAnswer {
  readonly status: number
  /** Milliseconds. */
  readonly retryAfter: number | undefined
  /** The code of putaway's protocol, not validated: `{ error: { code } }`. */
  readonly code: unknown
  /** The details of our own protocol, not checked: `{ error: { details } }`. */
  readonly details: unknown
  /** For developers. */
  readonly message: string
  /** For users. */
  readonly text: string | undefined
}

/** The headers of any HTTP client. */
export type AnswerHeaders = Pick<Headers, 'get'> | Readonly<Record<string, unknown>> | null | undefined

/** Bytes that are read of an error response. */
const maxBody = 16_384
/** Longest sentence of a backend that is shown, in characters. */
const maxSentence = 300

/** Reads an error response, and at most 16 kB of its body. */
export async function readErrorAnswer(response: Response): Promise<ErrorAnswer> {
  const { status, headers } = response
  return errorAnswerOf(status, headers, await readBody(response).catch(() => ''))
}

/** Parses an error response whose body was already read, as text or JSON. `source` starts the message for developers. */
export function errorAnswerOf(
  status: number,
  headers: AnswerHeaders,
  body: unknown,
  source = `The backend answered ${status}.`,
): ErrorAnswer {
  const fields = fieldsOf(typeof body === 'string' ? parse(body) : body)
  const error = fieldsOf(fields.error)
  const plain = typeof body === 'string' && !/^\s*[<{[]/.test(body) ? body : undefined
  const { message, detail, errors, title, text } = fields
  const sentence = sentenceOf(text, error.message, message, detail, errors, fields.error, plain, title)
  const own = typeof error.code === 'string' && typeof error.message === 'string' ? error.message : undefined
  // putaway's protocol has a separate text for users. Other 5xx messages are for developers only.
  const forDevelopers =
    own !== undefined || (status >= 500 && status !== 503) || isAboutRoute(status, sentence)
  return {
    status,
    retryAfter: retryAfterOf(headers),
    code: error.code,
    details: error.details,
    message: `${source} ${own ?? sentence ?? ''}`.trim(),
    text: typeof error.text === 'string' ? error.text : forDevelopers ? undefined : sentence,
  }
}

/** Frameworks name an unknown path: "Cannot POST /api/confirm", "Route POST:/api/confirm not found". */
function isAboutRoute(status: number, sentence = ''): boolean {
  return (status === 404 || status === 405) && /\B\/\w|^No static resource/.test(sentence)
}

/**
 * Returns the value of Retry-After in milliseconds. The header has seconds or an HTTP date:
 * https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export function retryAfterOf(headers: AnswerHeaders): number | undefined {
  const value = headerOf(headers, 'retry-after')
  // The server's clock, if CORS exposes the Date header.
  const now = Date.parse(headerOf(headers, 'date')) || Date.now()
  const wait = /^\s*\d/.test(value) ? Number(value) * 1000 : Date.parse(value) - now
  return wait > 0 && wait < Infinity ? wait : undefined
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
  let text = ''
  let size = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    text += decoder.decode(value.subarray(0, maxBody - size), { stream: true })
    if ((size += value.length) < maxBody) continue
    reader.cancel().catch(() => {})
    break
  }
  return text
}

/** HTTP status phrases: the text of the code is clearer for users. */
const phrase =
  /^(bad request|unauthorized|payment required|forbidden( resource)?|not found|method not allowed|not acceptable|request timeout|conflict|gone|(payload|content|request entity) too large|unsupported media type|unprocessable (entity|content)|too many requests|internal server error|not implemented|bad gateway|service unavailable|gateway time-?out|about:blank|ok|error|null)\.?$/i

/** Returns the first candidate that is a sentence: no HTML, no identifier. Removes URL queries, which may be signed. */
function sentenceOf(...candidates: readonly unknown[]): string | undefined {
  for (const candidate of candidates) {
    const written = Array.isArray(candidate)
      ? candidate
          .map((each: unknown) => wordsOf(each))
          .filter(Boolean)
          .join(' ')
      : wordsOf(candidate)
    const sentence = written
      .replace(/(\b[a-z][a-z\d+.-]*:\/\/[^\s?#]*)[?#]\S*/gi, '$1')
      .replace(/[\p{Cc}\s]+/gu, ' ')
      .trim()
    if (!sentence || sentence.length > maxSentence) continue
    if (phrase.test(sentence) || /^<|^\w+_\w*$|^[{[]/.test(sentence)) continue
    return sentence
  }
  return undefined
}

/** FastAPI, JSON:API and validators return a list of objects. */
function wordsOf(value: unknown): string {
  if (typeof value === 'string') return value
  const { msg, message, detail } = fieldsOf(value)
  return [message, msg, detail].find((each) => typeof each === 'string') ?? ''
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>) // an object has properties
    : {}
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

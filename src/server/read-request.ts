import { UploadError } from '../protocol/errors.ts'
import { readList, readObject, readString } from '../protocol/parse.ts'
import type { ParseContext } from '../protocol/parse.ts'
import { callPhases } from '../protocol/wire.ts'
import type { WireRequest } from '../protocol/wire.ts'

/** Parsed JSON of a request. The function of each call, for example `presign`, validates the fields that it uses. */
export type CallBody = Readonly<Record<string, unknown>>

/** Maximum size of a request body. Fifty receipts with tokens, or fifty files with meta, are much smaller. */
const maxRequestBytes = 512 * 1024
const maxIdLength = 200

export function requestParseContextOf(type: WireRequest['type']): ParseContext {
  return { source: 'The request', uploadPhase: callPhases[type], code: 'rejected' }
}

/**
 * Throws a TypeError for a request of node:http, Express or NestJS. These frameworks ignore a returned Response, so
 * without this check the browser would wait for ever.
 */
export function checkRequest({ headers }: Partial<Request>): void {
  if (typeof headers?.get === 'function') return
  const message =
    'The upload handler takes a Request. With Express, NestJS and node:http adapt it: app.all("/api/uploads", toNodeHandler(uploads)).'
  console.error(`putaway: ${message}`)
  throw new TypeError(message)
}

/**
 * Reads a request's JSON and its `type`. Throws an UploadError `rejected` with status 405, 413, 415 or 400.
 */
export async function readRequest(request: Request): Promise<{ type: WireRequest['type']; body: CallBody }> {
  if (request.method !== 'POST')
    throw requestError(405, `The upload endpoint accepts only POST, not ${request.method}.`)

  // CSRF protection. An HTML form on another site cannot send this content type. Only a page of this origin, or of an
  // origin that CORS allows, can send it.
  const contentType = request.headers.get('content-type') ?? ''
  if (!/^application\/json\s*(;|$)/i.test(contentType)) {
    throw requestError(415, 'The upload endpoint accepts only JSON: send Content-Type: application/json.')
  }
  let json: unknown
  try {
    json = JSON.parse(await readLimitedText(request))
  } catch (thrown) {
    if (thrown instanceof UploadError) throw thrown
    throw requestError(400, 'The request is not JSON.')
  }
  const body = readObject(requestParseContextOf('presign'), json, 'body')
  if (!isRequestType(body.type))
    throw requestError(400, `The request's type must be one of ${Object.keys(callPhases).join(', ')}.`)
  return { type: body.type, body }
}

export function readOptionalText(
  parseContext: ParseContext,
  value: unknown,
  fieldPath: string,
): string | undefined {
  return value == null ? undefined : readString(parseContext, value, fieldPath)
}

/**
 * Reads the list of a presign, confirm or discard. Throws an UploadError `rejected` for more entries than
 * `filesPerRequest`. The browser then sends smaller batches.
 */
export function readBatch(
  parseContext: ParseContext,
  value: unknown,
  fieldPath: string,
  filesPerRequest: number,
): readonly unknown[] {
  const entries = readList(parseContext, value, fieldPath)
  if (entries.length > filesPerRequest) {
    throw new UploadError('rejected', {
      phase: parseContext.uploadPhase,
      details: { filesPerRequest },
      message: `The request has ${entries.length} ${fieldPath}. Send at most ${filesPerRequest} at a time.`,
    })
  }
  return entries
}

/**
 * Reads the id of each entry, by which the browser finds the answer to the entry. Throws an UploadError `rejected` if an
 * entry has no id.
 */
export function readIds(
  parseContext: ParseContext,
  entries: readonly unknown[],
  fieldPath: string,
): string[] {
  return entries.map((entry, index) => {
    const id = readString(
      parseContext,
      readObject(parseContext, entry, `${fieldPath}[${index}]`).id,
      `${fieldPath}[${index}].id`,
    )
    if (id.length <= maxIdLength) return id
    const message = `The request is invalid at "${fieldPath}[${index}].id": it is over ${maxIdLength} characters.`
    throw new UploadError('rejected', { phase: parseContext.uploadPhase, message })
  })
}

function requestError(status: number, message: string): UploadError {
  return new UploadError('rejected', { phase: 'starting', status, message })
}

function isRequestType(value: unknown): value is WireRequest['type'] {
  return typeof value === 'string' && Object.hasOwn(callPhases, value)
}

/** Reads the body as text. Counts bytes while reading, because Content-Length may be absent or wrong. */
async function readLimitedText(request: Request): Promise<string> {
  if (!request.body) return ''
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let bodyText = ''
  let size = 0
  const reader = request.body.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return bodyText + decoder.decode()
    size += value.byteLength
    if (size > maxRequestBytes) {
      await reader.cancel()
      throw requestError(413, `The request is over ${maxRequestBytes} bytes.`)
    }
    bodyText += decoder.decode(value, { stream: true })
  }
}

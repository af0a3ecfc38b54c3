import { readDetails } from './error-text.ts'
import { UploadError, codeOfStatus, isUploadErrorCode } from './errors.ts'
import type { UploadPhase } from './errors.ts'
import { maxPartSize, minPartSize } from './limits.ts'
import type { FileInfo, Meta, Ticket } from './ticket.ts'

/** Context for parsing an untrusted answer or request: it completes the error about an invalid field. */
export interface Reader {
  /** Subject of the error message, for example `The answer to presign`. */
  readonly source: string
  readonly phase: UploadPhase
  /** Code of the error: a server throws `rejected` for a request, a browser `invalid-answer` for an answer. */
  readonly code: 'invalid-answer' | 'rejected'
}

/** Sanity limit. */
export const maxConnections = 256

type Fields = Readonly<Record<string, unknown>>

function wrong(reader: Reader, path: string, expected: string, got: unknown): never {
  const kind = got === null ? 'null' : Array.isArray(got) ? 'a list' : typeof got
  throw new UploadError(reader.code, {
    phase: reader.phase,
    message: `${reader.source} is wrong at "${path}": expected ${expected}, got ${kind}.`,
  })
}

export function readObject(reader: Reader, value: unknown, path: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return wrong(reader, path, 'an object', value)
  return value as Fields // narrowed to an object just above
}

export function readList(reader: Reader, value: unknown, path: string): readonly unknown[] {
  return Array.isArray(value) ? value : wrong(reader, path, 'a list', value)
}

export function readText(reader: Reader, value: unknown, path: string): string {
  return typeof value === 'string' && value !== '' ? value : wrong(reader, path, 'a non-empty string', value)
}

export function readCount(
  reader: Reader,
  value: unknown,
  path: string,
  min = 0,
  max = Number.MAX_SAFE_INTEGER,
): number {
  const fits = typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max
  return fits ? value : wrong(reader, path, `a whole number from ${min} to ${max}`, value)
}

/** Reads a URL that bytes are sent to: absolute http(s), or a path on the page's origin. */
export function readUrl(reader: Reader, value: unknown, path: string): string {
  const url = readText(reader, value, path)
  return /^(https?:\/\/|\/)/i.test(url) ? url : wrong(reader, path, 'an http(s) URL', value)
}

export function readTexts(reader: Reader, value: unknown, path: string): Readonly<Record<string, string>> {
  const object = readObject(reader, value, path)
  for (const [name, text] of Object.entries(object)) {
    if (typeof text !== 'string') return wrong(reader, `${path}.${name}`, 'a string', text)
  }
  return object as Readonly<Record<string, string>> // every value was checked just above
}

/** Reads the options that a ticket has, and a policy gives to its tickets. */
export function readTicketOptions(
  { connections, confirmAhead, checksum }: Fields,
  reader: Reader,
  path: string,
): Pick<Ticket, 'connections' | 'confirmAhead' | 'checksum'> {
  return {
    ...(connections != null && {
      connections: readCount(reader, connections, `${path}.connections`, 1, maxConnections),
    }),
    ...(confirmAhead === true && { confirmAhead }),
    // Ignore checksum algorithms that this client does not support.
    ...(checksum === 'CRC64NVME' && { checksum }),
  }
}

/** Parses a ticket. Throws an UploadError that names the invalid field. */
export function parseTicket(value: unknown, reader: Reader, path = 'ticket'): Ticket {
  const fields = readObject(reader, value, path)
  const base = {
    key: readText(reader, fields.key, `${path}.key`),
    ...(fields.expiresAt != null && { expiresAt: readCount(reader, fields.expiresAt, `${path}.expiresAt`) }),
    ...(fields.token != null && { token: readText(reader, fields.token, `${path}.token`) }),
    ...readTicketOptions(fields, reader, path),
  }
  switch (fields.kind) {
    case 'put':
      return {
        ...base,
        kind: 'put',
        url: readUrl(reader, fields.url, `${path}.url`),
        ...(fields.headers != null && { headers: readTexts(reader, fields.headers, `${path}.headers`) }),
      }
    case 'post':
      return {
        ...base,
        kind: 'post',
        url: readUrl(reader, fields.url, `${path}.url`),
        fields: readTexts(reader, fields.fields, `${path}.fields`),
      }
    case 'multipart':
      return {
        ...base,
        kind: 'multipart',
        uploadId: readText(reader, fields.uploadId, `${path}.uploadId`),
        partSize: readCount(reader, fields.partSize, `${path}.partSize`, minPartSize, maxPartSize),
      }
    default:
      return wrong(reader, `${path}.kind`, '"put", "post" or "multipart"', fields.kind)
  }
}

/** Parses the description of a file from a browser. Throws an UploadError that names the invalid field. */
export function parseFileInfo(value: unknown, reader: Reader, path = 'file'): FileInfo {
  const fields = readObject(reader, value, path)
  return {
    id: readText(reader, fields.id, `${path}.id`),
    name: readText(reader, fields.name, `${path}.name`),
    size: readCount(reader, fields.size, `${path}.size`),
    // Browsers report '' for an unknown type.
    type: readText(reader, fields.type === '' ? 'application/octet-stream' : fields.type, `${path}.type`),
    ...(fields.route != null && { route: readText(reader, fields.route, `${path}.route`) }),
    ...(fields.meta != null && { meta: readMeta(reader, fields.meta, `${path}.meta`) }),
  }
}

function readMeta(reader: Reader, value: unknown, path: string): Meta {
  const object = readObject(reader, value, path)
  for (const [name, each] of Object.entries(object)) {
    if (each !== null && !['string', 'number', 'boolean'].includes(typeof each)) {
      return wrong(reader, `${path}.${name}`, 'a string, number, boolean or null', each)
    }
  }
  return object as Meta // every value was checked just above
}

/**
 * Converts the error of a backend (`{ code, message, text, details }`) to an UploadError. Without a valid code the HTTP status
 * decides. `messagePrefix` names the origin of the error.
 */
export function parseError(
  value: unknown,
  phase: UploadPhase,
  status?: number,
  said = '',
  retryAfter?: number,
): UploadError {
  const { code, message, text, details } = (value ?? {}) as Fields // every value except null and undefined has properties
  return new UploadError(isUploadErrorCode(code) ? code : codeOfStatus(status ?? 400), {
    phase,
    status,
    retryAfter: retryAfter || undefined,
    message: said + (typeof message === 'string' ? message : '') || undefined,
    text: typeof text === 'string' ? text : undefined,
    details: readDetails(details),
  })
}

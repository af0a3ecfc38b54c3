import { codeOfStatus, isUploadErrorCode, readDetails } from './error-answer.ts'
import { UploadError } from './errors.ts'
import type { UploadPhase } from './errors.ts'
import { maxPartSize, minPartSize } from './s3-limits.ts'
import type { Meta, Ticket } from './ticket.ts'

/** Context for parsing an untrusted answer or request. It has the data for the error about an invalid field. */
export interface ParseContext {
  /** Subject of the error message, for example `The answer to presign`. */
  readonly source: string
  readonly uploadPhase: UploadPhase
  /** Error code. A server throws `rejected` for a request, and a browser throws `invalid-answer` for an answer. */
  readonly code: 'invalid-answer' | 'rejected'
}

/** Maximum value of `connections` that is accepted from a backend. */
export const maxConnections = 256

type Fields = Readonly<Record<string, unknown>>

export function failParsing(
  context: ParseContext,
  fieldPath: string,
  expected: string,
  actual: unknown,
): never {
  const kind = actual === null ? 'null' : Array.isArray(actual) ? 'a list' : typeof actual
  throw new UploadError(context.code, {
    phase: context.uploadPhase,
    message: `${context.source} is wrong at "${fieldPath}": expected ${expected}, got ${kind}.`,
  })
}

export function readObject(context: ParseContext, value: unknown, fieldPath: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return failParsing(context, fieldPath, 'an object', value)
  return value as Fields // narrowed to an object just above
}

export function readList(context: ParseContext, value: unknown, fieldPath: string): readonly unknown[] {
  return Array.isArray(value) ? value : failParsing(context, fieldPath, 'a list', value)
}

export function readString(context: ParseContext, value: unknown, fieldPath: string): string {
  return typeof value === 'string' && value !== ''
    ? value
    : failParsing(context, fieldPath, 'a non-empty string', value)
}

export function readCount(
  context: ParseContext,
  value: unknown,
  fieldPath: string,
  min = 0,
  max = Number.MAX_SAFE_INTEGER,
): number {
  const isValid = typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max
  return isValid ? value : failParsing(context, fieldPath, `a whole number from ${min} to ${max}`, value)
}

/** Reads a URL that bytes are sent to. It must be an absolute http(s) URL or a path on the page's origin. */
export function readUrl(context: ParseContext, value: unknown, fieldPath: string): string {
  const url = readString(context, value, fieldPath)
  return /^(https?:\/\/|\/)/i.test(url) ? url : failParsing(context, fieldPath, 'an http(s) URL', value)
}

export function readStringRecord(
  context: ParseContext,
  value: unknown,
  fieldPath: string,
): Readonly<Record<string, string>> {
  const object = readObject(context, value, fieldPath)
  for (const [name, text] of Object.entries(object)) {
    if (typeof text !== 'string') return failParsing(context, `${fieldPath}.${name}`, 'a string', text)
  }
  return object as Readonly<Record<string, string>> // every value was checked just above
}

/**
 * Reads the options that tickets and policies share. A ticket that is made from a policy gets the options of the
 * policy.
 */
export function readTicketOptions(
  { connections, earlyConfirm, checksum }: Fields,
  context: ParseContext,
  fieldPath: string,
): Pick<Ticket, 'connections' | 'earlyConfirm' | 'checksum'> {
  return {
    ...(connections != null && {
      connections: readCount(context, connections, `${fieldPath}.connections`, 1, maxConnections),
    }),
    ...(earlyConfirm === true && { earlyConfirm }),
    // Ignores checksum algorithms that this browser code does not support.
    ...(checksum === 'CRC64NVME' && { checksum }),
  }
}

/** Parses a ticket. Throws an UploadError that names the invalid field. */
export function parseTicket(value: unknown, context: ParseContext, fieldPath = 'ticket'): Ticket {
  const fields = readObject(context, value, fieldPath)
  const baseFields = {
    key: readString(context, fields.key, `${fieldPath}.key`),
    ...(fields.expiresAt != null && {
      expiresAt: readCount(context, fields.expiresAt, `${fieldPath}.expiresAt`),
    }),
    ...(fields.token != null && { token: readString(context, fields.token, `${fieldPath}.token`) }),
    ...readTicketOptions(fields, context, fieldPath),
  }
  switch (fields.kind) {
    case 'put':
      return {
        ...baseFields,
        kind: 'put',
        url: readUrl(context, fields.url, `${fieldPath}.url`),
        ...(fields.headers != null && {
          headers: readStringRecord(context, fields.headers, `${fieldPath}.headers`),
        }),
      }
    case 'post':
      return {
        ...baseFields,
        kind: 'post',
        url: readUrl(context, fields.url, `${fieldPath}.url`),
        fields: readStringRecord(context, fields.fields, `${fieldPath}.fields`),
      }
    case 'multipart':
      return {
        ...baseFields,
        kind: 'multipart',
        uploadId: readString(context, fields.uploadId, `${fieldPath}.uploadId`),
        partSize: readCount(context, fields.partSize, `${fieldPath}.partSize`, minPartSize, maxPartSize),
      }
    default:
      return failParsing(context, `${fieldPath}.kind`, '"put", "post" or "multipart"', fields.kind)
  }
}

export function readMeta(context: ParseContext, value: unknown, fieldPath: string): Meta {
  const object = readObject(context, value, fieldPath)
  for (const [name, field] of Object.entries(object)) {
    if (field !== null && !['string', 'number', 'boolean'].includes(typeof field)) {
      return failParsing(context, `${fieldPath}.${name}`, 'a string, number, boolean or null', field)
    }
  }
  return object as Meta // every value was checked just above
}

/**
 * Converts the error of a backend (`{ code, message, text, details }`) to an UploadError. Without a valid error code
 * the HTTP status decides. `messagePrefix` names the origin of the error.
 */
export function parseError(
  value: unknown,
  phase: UploadPhase,
  status?: number,
  messagePrefix = '',
  retryAfter?: number,
): UploadError {
  const { code, message, text, details } = (value ?? {}) as Fields // every value except null and undefined has properties
  return new UploadError(isUploadErrorCode(code) ? code : codeOfStatus(status ?? 400), {
    phase,
    status,
    retryAfter: retryAfter || undefined,
    message: messagePrefix + (typeof message === 'string' ? message : '') || undefined,
    text: typeof text === 'string' ? text : undefined,
    details: readDetails(details),
  })
}

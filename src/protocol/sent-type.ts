import { baseType, typesOf } from './accept/accept.ts'
import type { NamedType } from './accept/accept.ts'

/**
 * Returns the MIME type to send for a file. It is the canonical name of the reported type, else a guess by the
 * extension, else `application/octet-stream`.
 */
export function typeToSend(file: NamedType): string {
  // Sends text/plain unchanged, because it may have a charset, and because the type of the extension may be one that
  // the route does not accept.
  return baseType(file.type) === 'text/plain' ? file.type : (typesOf(file)[0] ?? 'application/octet-stream')
}

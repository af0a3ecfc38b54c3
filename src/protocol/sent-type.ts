import { baseType, typesOf } from './accept/accept.ts'
import type { NamedType } from './accept/accept.ts'

/** Returns the type to send: the canonical name of the reported type, else a guess, else `application/octet-stream`. */
export function typeToSend(file: NamedType): string {
  // Sends text/plain unchanged: it keeps its charset, and a guess by the extension may be a type that the route does
  // not accept.
  return baseType(file.type) === 'text/plain' ? file.type : (typesOf(file)[0] ?? 'application/octet-stream')
}

import { baseType, typesOf } from './accept/accept.ts'
import type { NamedType } from './accept/accept.ts'

/** Returns the type to send: the canonical name of the reported type, else a guess, else `application/octet-stream`. */
export function typeToSend(file: NamedType): string {
  // text/plain keeps its charset and is not refined by the extension, which a route may not accept.
  return baseType(file.type) === 'text/plain' ? file.type : (typesOf(file)[0] ?? 'application/octet-stream')
}

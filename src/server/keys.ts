import type { UploadUser } from './route.ts'
import type { ReadyRoute } from './ready-route.ts'
import { keyName, keySegment } from './names.ts'
import type { UploadStorage } from './storage.ts'
import type { Claims } from './token.ts'

/** Below the private prefix, by user and day, for people who look into the bucket. */
export function privatePrefix(storage: UploadStorage, user: UploadUser, id: string, now: number): string {
  const day = new Date(now).toISOString().slice(0, 10)
  return `${storage.prefix}${keySegment(user.id)}/${day}/${id}/`
}

/** Where confirm puts an upload: where the app says, or below its id. Throws a TypeError for a key that is none. */
export function finalKeyOf(
  { id, name, size, type }: Pick<Claims, 'id' | 'name' | 'size' | 'type'>,
  meta: unknown,
  route: ReadyRoute,
  { user, request, storage }: { user: UploadUser; request: Request; storage: UploadStorage },
): string {
  const own = route.rules.key?.({ id, name, size, type, meta }, { user, request })
  return own === undefined
    ? `${route.final.filesPrefix}${id}/${keyName(name)}`
    : checkKey(own, route, storage.prefix)
}

/** A key that the app made. URLs, policies and discards must mean the same object by it. */
function checkKey(key: string, route: ReadyRoute, prefix: string): string {
  const wrong =
    key === '' || new TextEncoder().encode(key).length > 1024
      ? 'has no or over 1024 bytes'
      : /^\/|\/\/|(^|\/)\.\.?(\/|$)|\/$/.test(key)
        ? 'has an empty, "." or ".." part between its slashes'
        : /[\p{Cc}\p{Cs}\\]|\$\{/u.test(key)
          ? 'has a backslash, a control character or "${"'
          : key.startsWith(prefix)
            ? `begins with "${prefix}", where tickets write and what is unconfirmed is deleted`
            : undefined
  if (wrong === undefined) return key
  throw new TypeError(`key of route "${route.name}" returned a key that ${wrong}.`)
}

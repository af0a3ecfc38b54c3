import type { UploadUser } from './route.ts'
import type { ReadyRoute } from './ready-route.ts'
import { keyName, keySegment } from './names.ts'
import type { UploadStorage } from './storage.ts'
import type { Claims } from './token.ts'

/** Returns an upload's key prefix below the private prefix. User and day make the bucket readable for people. */
export function privatePrefix(storage: UploadStorage, user: UploadUser, id: string, now: number): string {
  const day = new Date(now).toISOString().slice(0, 10)
  return `${storage.prefix}${keySegment(user.id)}/${day}/${id}/`
}

/** Returns an upload's final key: the app's, or one below the upload's id. Throws a TypeError for an invalid key. */
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

/** Checks a key from the app. It must name the same object in URLs, policies and discards. */
function checkKey(key: string, route: ReadyRoute, prefix: string): string {
  const wrong =
    key === '' || new TextEncoder().encode(key).length > 1024
      ? 'is empty or over 1024 bytes'
      : /^\/|\/\/|(^|\/)\.\.?(\/|$)|\/$/.test(key)
        ? 'has an empty, "." or ".." part between its slashes'
        : /[\p{Cc}\p{Cs}\\]|\$\{/u.test(key)
          ? 'has a backslash, a control character or "${"'
          : key.startsWith(prefix)
            ? `begins with "${prefix}", where tickets write and unconfirmed objects are deleted`
            : undefined
  if (wrong === undefined) return key
  throw new TypeError(`key of route "${route.name}" returned a key that ${wrong}.`)
}

import type { UploadUser } from '../routes/route.ts'
import type { ResolvedRoute } from '../routes/resolved-route.ts'
import { keyName, keySegment } from './file-names.ts'
import type { UploadStorage } from '../s3/storage.ts'
import type { UploadClaims } from '../tokens/claims.ts'

/**
 * Returns an upload's key prefix below the private prefix. The user and the day are in it, so that administrators can
 * find uploads.
 */
export function privatePrefixOf(storage: UploadStorage, user: UploadUser, id: string, now: number): string {
  const day = new Date(now).toISOString().slice(0, 10)
  return `${storage.prefix}${keySegment(user.id)}/${day}/${id}/`
}

/**
 * Returns an upload's final key. It is the app's key, or a key below the upload's id. Throws a TypeError for an
 * invalid key.
 */
export function finalKeyOf(
  { id, name, size, type, path }: Pick<UploadClaims, 'id' | 'name' | 'size' | 'type' | 'path'>,
  meta: unknown,
  route: ResolvedRoute,
  { user, request }: { user: UploadUser; request: Request },
): string {
  const appKey = route.rules.key?.(
    { id, name, size, type, meta, ...(path !== undefined && { path }) },
    { user, request },
  )
  return appKey === undefined
    ? `${route.finalStorage.filesPrefix}${id}/${keyName(name)}`
    : checkKey(appKey, route, route.storage.prefix)
}

/**
 * Returns the problem of a key that URLs, policies and discards could read as different keys. Undefined for a valid key.
 */
export function keyProblem(key: string): string | undefined {
  return key === '' || new TextEncoder().encode(key).length > 1024
    ? 'is empty or over 1024 bytes'
    : /^\/|\/\/|(^|\/)\.\.?(\/|$)|\/$/.test(key)
      ? 'has an empty, "." or ".." part between its slashes'
      : /[\p{Cc}\p{Cs}\\]|\$\{/u.test(key)
        ? 'has a backslash, a control character or "${"'
        : undefined
}

/** Checks a key from the app. */
function checkKey(key: string, route: ResolvedRoute, prefix: string): string {
  const problem =
    keyProblem(key) ??
    (key.startsWith(prefix)
      ? `begins with "${prefix}", where tickets write and unconfirmed objects are deleted`
      : undefined)
  if (problem === undefined) return key
  throw new TypeError(`key of route "${route.name}" returned a key that ${problem}.`)
}

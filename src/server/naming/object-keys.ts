import type { UploadUser } from '../routes/route.ts'
import type { ResolvedRoute } from '../routes/resolved-route.ts'
import { keyName, keySegment } from './file-names.ts'
import type { UploadStorage } from '../s3/storage.ts'
import type { UploadClaims } from '../tokens/token-signers.ts'

/**
 * Returns an upload's key prefix, which begins with the prefix of unconfirmed uploads. It contains the user's id and
 * the day, so that administrators can find uploads.
 */
export function privatePrefixOf(storage: UploadStorage, user: UploadUser, id: string, nowMs: number): string {
  const day = new Date(nowMs).toISOString().slice(0, 10)
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
 * Returns what is wrong with a key, or undefined for a valid key. URLs, POST policies and S3 could read an invalid key as
 * different keys.
 */
export function findKeyProblem(key: string): string | undefined {
  return key === '' || new TextEncoder().encode(key).length > 1024
    ? 'is empty or over 1024 bytes'
    : /^\/|\/\/|(^|\/)\.\.?(\/|$)|\/$/.test(key)
      ? 'has an empty, "." or ".." part between its slashes'
      : /[\p{Cc}\p{Cs}\\]|\$\{/u.test(key)
        ? 'has a backslash, a control character or "${"'
        : undefined
}

/** Returns the key that the route's `key` function returned. Throws a TypeError if the key is invalid. */
function checkKey(key: string, route: ResolvedRoute, privatePrefix: string): string {
  const problem =
    findKeyProblem(key) ??
    (key.startsWith(privatePrefix)
      ? `begins with "${privatePrefix}", where tickets write and unconfirmed objects are deleted`
      : undefined)
  if (problem === undefined) return key
  throw new TypeError(`key of route "${route.name}" returned a key that ${problem}.`)
}

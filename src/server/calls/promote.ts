import { UploadError } from '../../protocol/errors.ts'
import { findHintsOf, inspect } from '../inspection/inspect.ts'
import type { ClientReceipt } from '../inspection/client-receipt.ts'
import type { Inspection } from '../inspection/inspect.ts'
import type { PendingInspection } from '../inspection/verify-by-app.ts'
import { contentDisposition } from '../naming/file-names.ts'
import type { AuthorizedUpload, RequestContext } from '../request-context.ts'
import { propertiesOnly } from '../s3/storage.ts'
import type { StoredObject } from '../s3/storage.ts'

/** A confirmed object and its inspection. */
export type ConfirmedObject = Inspection & { readonly object: StoredObject }

/** Maximum copies of one confirm, while other uploads write the same final key. */
const maxCopyTries = 5

/** Inspects the uploaded object. Does not copy the object, which stays at the ticket's key. */
export async function verifyInPlace(
  authorized: AuthorizedUpload,
  clientReceipt: ClientReceipt,
  context: RequestContext,
): Promise<ConfirmedObject | PendingInspection> {
  const { key } = authorized.claims
  const object = await authorized.route.storage.find(key, findHintsOf(authorized, clientReceipt))
  if (!object) throw new UploadError('not-stored', { phase: context.uploadPhase })
  const inspection = await inspect({ ...object, key }, authorized, clientReceipt, authorized.meta, context)
  return 'pending' in inspection ? inspection : { object, ...inspection }
}

/**
 * Inspects the uploaded object at the ticket's key and copies the object to its final key, once. After a confirm, a
 * client may upload another object to the ticket's key. The other object is never copied, see `lookUp`.
 */
export async function promote(
  finalKey: string,
  authorized: AuthorizedUpload,
  clientReceipt: ClientReceipt,
  context: RequestContext,
): Promise<ConfirmedObject | PendingInspection> {
  const { claims, route, meta } = authorized
  const { key, id, name } = claims
  const [source, existingObject] = await lookUp(finalKey, authorized, clientReceipt)
  if (existingObject?.uploadId === id) return inspectionOfCopy(existingObject)
  if (!source) throw new UploadError('not-stored', { phase: context.uploadPhase })
  const object = { ...source, key }
  const inspection = await inspect(object, authorized, clientReceipt, meta, context)
  if ('pending' in inspection) return inspection

  const { type, verified, width, height } = inspection
  const final = {
    key: finalKey,
    type,
    contentDisposition: contentDisposition(name, type),
    headers: route.finalHeaders,
    uploadId: id,
    verified,
    ...(width !== undefined && height !== undefined && { dimensions: { width, height } }),
  }
  let replacedObject = existingObject
  for (let tryCount = 1; ; tryCount += 1) {
    const replacedEtag = replacedObject?.etag
    const copy = await route.finalStorage.copy(object, {
      ...final,
      replaces: replacedObject !== undefined,
      ...(replacedEtag !== undefined && { replacedEtag }),
    })
    if (copy) return { object: copy, ...inspection }

    // Nothing was copied. Either a concurrent confirm of the same upload was faster, or another upload wrote the final
    // key, or the object is no longer the verified one.
    const currentObject = await route.finalStorage.find(finalKey, propertiesOnly)
    if (currentObject?.uploadId === id) return inspectionOfCopy(currentObject)
    if (tryCount === maxCopyTries || currentObject?.etag === replacedEtag) break
    replacedObject = currentObject
  }
  await route.storage.remove(key)
  throw new UploadError('mismatch', {
    phase: context.uploadPhase,
    message: 'The stored object was replaced while it was being confirmed. It was deleted.',
  })
}

/**
 * Looks up the uploaded object and the object at the final key. If a confirm copied the upload before another object was
 * uploaded to the ticket's key, and this function returns that other object, it must return the copy too. So it looks up
 * the final key after the upload. It may look up both at the same time if the store refuses to replace an object that
 * this function has not seen. An upload that may be larger than a single copy has a multipart ticket, which cannot write
 * a second object.
 */
async function lookUp(
  finalKey: string,
  authorized: AuthorizedUpload,
  clientReceipt: ClientReceipt,
): Promise<[source: StoredObject | undefined, existing: StoredObject | undefined]> {
  const { claims, route } = authorized
  const findSource = () => route.storage.find(claims.key, findHintsOf(authorized, clientReceipt))
  const findExisting = () => route.finalStorage.find(finalKey, propertiesOnly)
  if (!(await route.finalStorage.refusesToReplace?.())) {
    const source = await findSource()
    return [source, await findExisting()]
  }
  const [source, existing] = await Promise.all([findSource(), findExisting()])
  // Looks up the final key again if the copy would replace an object of another upload, and if there is no upload, because
  // a concurrent confirm may have removed it.
  const isSettled = existing ? existing.uploadId === claims.id : source !== undefined
  return [source, isSettled ? existing : await findExisting()]
}

/** Reads the inspection of an earlier confirm from the metadata of the copied object. */
function inspectionOfCopy(object: StoredObject): ConfirmedObject {
  const { type, verified = false, dimensions } = object
  return { object, type, verified, ...dimensions }
}

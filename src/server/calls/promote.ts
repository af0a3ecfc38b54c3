import { UploadError } from '../../protocol/errors.ts'
import { inspect } from '../inspection/inspect.ts'
import type { ClientReceipt } from '../inspection/client-receipt.ts'
import type { Inspection } from '../inspection/inspect.ts'
import type { PendingInspection } from '../inspection/verify-by-app.ts'
import { contentDisposition } from '../naming/file-names.ts'
import type { AuthorizedUpload, RequestContext } from '../request-context.ts'
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
  const object = await authorized.route.storage.find(key)
  if (!object) throw new UploadError('not-stored', { phase: context.uploadPhase })
  const inspection = await inspect({ ...object, key }, authorized, clientReceipt, authorized.meta, context)
  return 'pending' in inspection ? inspection : { object, ...inspection }
}

/**
 * Inspects the uploaded object at the ticket's key and copies the object to its final key, once. Looks up the ticket's
 * key first and the final key second. After a confirm, a client may upload another object to the ticket's key. The
 * look-up of the final key then finds the confirmed object, so the other object is never copied.
 */
export async function promote(
  finalKey: string,
  authorized: AuthorizedUpload,
  clientReceipt: ClientReceipt,
  context: RequestContext,
): Promise<ConfirmedObject | PendingInspection> {
  const { claims, route, meta } = authorized
  const { key, id, name } = claims
  const source = await route.storage.find(key)
  const existingObject = await route.finalStorage.find(finalKey)
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
    const currentObject = await route.finalStorage.find(finalKey)
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

/** Reads the inspection of an earlier confirm from the metadata of the copied object. */
function inspectionOfCopy(object: StoredObject): ConfirmedObject {
  const { type, verified = false, dimensions } = object
  return { object, type, verified, ...dimensions }
}

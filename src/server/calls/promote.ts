import { UploadError } from '../../protocol/errors.ts'
import { inspect } from '../inspection/inspect.ts'
import type { ClientReceipt, Inspection } from '../inspection/inspect.ts'
import { contentDisposition } from '../naming/file-names.ts'
import type { AuthorizedUpload, RequestContext } from '../request-context.ts'
import type { StoredObject } from '../s3/storage.ts'

/** A confirmed object and its inspection. */
export type ConfirmedObject = Inspection & { readonly object: StoredObject }

/** Inspects the uploaded object. Does not copy the object, which stays at the ticket's key. */
export async function verifyInPlace(
  authorized: AuthorizedUpload,
  clientReceipt: ClientReceipt,
  context: RequestContext,
): Promise<ConfirmedObject> {
  const { key } = authorized.claims
  const object = await authorized.route.storage.find(key)
  if (!object) throw new UploadError('not-stored', { phase: context.uploadPhase })
  return {
    object,
    ...(await inspect({ ...object, key }, authorized, clientReceipt, authorized.meta, context)),
  }
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
): Promise<ConfirmedObject> {
  const { claims, route, meta } = authorized
  const { key, id, name } = claims
  const source = await route.storage.find(key)
  const existingObject = await route.finalStorage.find(finalKey)
  if (existingObject?.uploadId === id) return inspectionOfCopy(existingObject)
  if (!source) throw new UploadError('not-stored', { phase: context.uploadPhase })
  const object = { ...source, key }
  const inspection = await inspect(object, authorized, clientReceipt, meta, context)

  const { type, verified, width, height } = inspection
  const copy = await route.finalStorage.copy(object, {
    key: finalKey,
    type,
    contentDisposition: contentDisposition(name, type),
    uploadId: id,
    verified,
    ...(width !== undefined && height !== undefined && { dimensions: { width, height } }),
    replaces: existingObject !== undefined,
  })
  if (copy) return { object: copy, ...inspection }

  // Nothing was copied. Either a concurrent confirm of the same upload was faster, or another object has replaced the
  // verified object.
  const currentObject = await route.finalStorage.find(finalKey)
  if (currentObject?.uploadId === id) return inspectionOfCopy(currentObject)
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

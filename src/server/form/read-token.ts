import { UploadError } from '../../protocol/errors.ts'
import { readMeta } from '../../protocol/parse.ts'
import type { ParseContext } from '../../protocol/parse.ts'
import { readImageCrop } from '../../protocol/parse-file-info.ts'
import type { ImageCrop, Meta } from '../../protocol/ticket.ts'
import type { FormReader } from '../handler.ts'
import { isUploadError } from '../error-response.ts'
import { uploadRecordOf } from '../inspection/inspect.ts'
import type { InspectedUpload, UploadRecord } from '../routes/route.ts'
import { sanitizeName, nameForType } from '../naming/file-names.ts'
import { parseMeta } from '../routes/metadata-schema.ts'
import type { StandardSchema } from '../routes/metadata-schema.ts'
import { checkMetaLength, maxAnnouncedNameLength } from '../routes/resolved-route.ts'
import type { PendingClaims, ValueClaims } from '../tokens/token-signers.ts'
import type { EditedUpload, FormUpload } from './form-upload.ts'

export interface TokenEntry {
  readonly token: string
  readonly name?: unknown
  readonly meta?: unknown
  readonly crop?: unknown
}

/** The route and the user that a form must belong to. */
interface TokenOptions {
  readonly route: string
  readonly user: { readonly id: string }
  readonly allowPending?: boolean
}

/** Verifies one entry of a form value. */
export async function readToken(
  { token, ...userChange }: TokenEntry,
  formReader: FormReader,
  { route, user, allowPending = false }: TokenOptions,
  schema: StandardSchema | undefined,
): Promise<FormUpload> {
  try {
    const claims = await readEitherToken(token, formReader)
    const { route: tokenRoute, user: tokenUser } = 'upload' in claims ? claims.upload : claims
    if (tokenUser !== user.id) return errorEntry('forbidden', 'The upload belongs to another user.')
    if (tokenRoute !== route) {
      return errorEntry('forbidden', `The upload was made for route "${tokenRoute}", not for "${route}".`)
    }
    if ('upload' in claims) {
      if (!allowPending) {
        const message = 'The upload is still being checked. Pass allowPending to readUploads to accept it.'
        return errorEntry('rejected', message)
      }
      const pendingUpload = uploadRecordOf(claims.upload, claims.upload.meta) as UploadRecord // its `meta` is that of the claims
      return { status: 'pending', upload: await withEdited(pendingUpload, userChange, schema), token }
    }
    const { exp: _, route: __, user: ___, ...upload } = claims
    return { status: 'new', upload: await withEdited(upload, userChange, schema) }
  } catch (thrown) {
    if (isUploadError(thrown)) return { status: 'error', error: thrown }
    throw thrown
  }
}

/** Reads the token of a confirmed upload, or of one that is still checked. Throws the UploadError of the former. */
function readEitherToken(
  token: string,
  { valueTokenSigner, pendingTokenSigner }: FormReader,
): Promise<ValueClaims | PendingClaims> {
  return valueTokenSigner.read(token, 'finishing').catch((thrown: unknown) => {
    if (isUploadError(thrown) && thrown.code === 'forbidden')
      return pendingTokenSigner.read(token, 'finishing')
    throw thrown
  })
}

async function withEdited<Upload extends UploadRecord>(
  upload: Upload,
  userChange: Omit<TokenEntry, 'token'>,
  schema: StandardSchema | undefined,
): Promise<Upload & { readonly edited?: EditedUpload }> {
  const edited = await readChange(userChange, upload, schema)
  return edited ? { ...upload, edited } : upload
}

/** Returns what the user changed. Throws an UploadError `rejected` for invalid metadata and an invalid crop. */
async function readChange(
  { name, meta, crop }: Omit<TokenEntry, 'token'>,
  upload: Pick<InspectedUpload, 'name' | 'meta' | 'type' | 'crop'>,
  schema: StandardSchema | undefined,
): Promise<EditedUpload | undefined> {
  const newName =
    typeof name === 'string'
      ? nameForType(sanitizeName(name.slice(0, maxAnnouncedNameLength)), upload.type)
      : upload.name
  const changes: { name?: string; meta?: Meta; crop?: ImageCrop } =
    newName === upload.name ? {} : { name: newName }
  if (meta !== undefined) {
    changes.meta = {
      ...upload.meta,
      ...readMeta(formParseContext, meta, 'meta'),
    }
    checkMetaLength(changes.meta, 'finishing')
    await parseMeta(schema, changes.meta, 'finishing')
  }
  if (crop != null) {
    const newCrop = readImageCrop(formParseContext, crop, 'crop')
    if (!isSameCrop(newCrop, upload.crop)) changes.crop = newCrop
  }
  return Object.keys(changes).length > 0 ? changes : undefined
}

export const formParseContext: ParseContext = {
  source: 'The form value',
  uploadPhase: 'finishing',
  code: 'rejected',
}

function isSameCrop(crop: ImageCrop, otherCrop: ImageCrop | undefined): boolean {
  // The keys of `crop` are all keys of an ImageCrop.
  return (Object.keys(crop) as (keyof ImageCrop)[]).every((key) => crop[key] === otherCrop?.[key])
}

export function errorEntry(
  code: UploadError['code'],
  message: string,
): Extract<FormUpload, { status: 'error' }> {
  return { status: 'error', error: new UploadError(code, { phase: 'finishing', message }) }
}

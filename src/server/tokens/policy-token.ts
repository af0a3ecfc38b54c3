import { toHex } from '../../internal/hex.ts'
import { UploadError } from '../../protocol/errors.ts'
import type { UploadPhase } from '../../protocol/errors.ts'
import { parseFileInfo } from '../../protocol/parse-file-info.ts'
import type { ParseContext } from '../../protocol/parse.ts'
import { sanitizeName, nameForType, pathForType } from '../naming/file-names.ts'
import { maxAnnouncedNameLength } from '../routes/resolved-route.ts'
import { parseBase64UrlJson } from './signed-token.ts'
import type { PolicyClaims, UploadClaims } from './token-signers.ts'
import type { TokenSigner } from './signed-token.ts'

/** Whether a token is a policy token followed by the description of one file. */
export function isPolicyToken(token: string): boolean {
  return token.split('.').length === 3
}

/**
 * Reads the claims of an upload with a reusable policy. Takes only id, name, size, meta, path, image and crop from the
 * browser. The upload's id is a hash of the policy's id, so that a user cannot name another user's upload. The hash
 * also contains everything that the browser sent, so that one id has one name, one meta and one final key.
 */
export async function readPolicyToken(
  token: string,
  tokens: Pick<TokenSigner<PolicyClaims>, 'read'>,
  phase: UploadPhase,
): Promise<UploadClaims> {
  const separatorIndex = token.lastIndexOf('.')
  const policy = await tokens.read(token.slice(0, separatorIndex), phase)
  const { route, user, prefix, type, checksum, exp } = policy
  const parseContext: ParseContext = { source: 'The file in the token', uploadPhase: phase, code: 'rejected' }
  const {
    id: fileId,
    name: announcedName,
    size,
    meta: sentMeta = {},
    path: announcedPath,
    image,
    crop,
  } = parseFileInfo(
    { ...Object(parseBase64UrlJson(token.slice(separatorIndex + 1))), type, route },
    parseContext,
  )
  const isAllowed =
    size >= policy.minSize && size <= policy.maxSize && announcedName.length <= maxAnnouncedNameLength
  if (!isAllowed || !/^[\w-]{16,64}$/.test(fileId)) {
    const message = 'The file in the token has an id, a name or a size that the policy does not allow.'
    throw new UploadError('rejected', { phase, message })
  }
  const name = nameForType(sanitizeName(announcedName), type)
  const path = announcedPath === undefined ? undefined : pathForType(announcedPath, type)
  // The fields are sorted, so that their order does not change the upload's id.
  const meta = Object.fromEntries(
    Object.entries(sentMeta).toSorted(([firstName], [secondName]) => (firstName < secondName ? -1 : 1)),
  )
  const picture = { ...(image && { image }), ...(crop && { crop }) }
  const hashedFields: unknown[] = [policy.id, fileId, name, size, type, Object.entries(meta), path]
  if (image || crop) hashedFields.push(picture)
  const id = await uuidOf(JSON.stringify(hashedFields))
  const upload = {
    id,
    route,
    user,
    key: prefix + fileId,
    name,
    size,
    type,
    meta,
    ...(path !== undefined && { path }),
    ...picture,
  }
  return { ...upload, kind: 'post', byPolicy: true, ...(checksum && { checksum }), exp }
}

/** Hashes a text to a UUID, so that databases can store the upload's id in a UUID column. */
async function uuidOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  const hex = toHex(new Uint8Array(digest, 0, 16))
  // The UUID has version 8 of RFC 9562, which is for custom formats.
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`
}

import { UploadError } from '../../protocol/errors.ts'
import { partCount } from '../../protocol/s3-limits.ts'
import { readCount, readList, readObject, readString } from '../../protocol/parse.ts'
import type { ParseContext } from '../../protocol/parse.ts'
import type { StoredPart } from '../../protocol/ticket.ts'
import type { WireAnswers } from '../../protocol/wire.ts'
import type { ResolvedRoute } from '../routes/resolved-route.ts'
import { requestParseContextOf } from '../read-request.ts'
import type { CallBody } from '../read-request.ts'
import type { OpenMultipart, StoredObject } from '../s3/storage.ts'
import { secondsUntilExpiry } from '../tokens/token-signers.ts'
import type { UploadClaims } from '../tokens/token-signers.ts'
import type { RequestContext } from '../request-context.ts'

/** Maximum parts in one call. */
const maxPartNumbers = 1000

export async function signParts(body: CallBody, context: RequestContext): Promise<WireAnswers['sign-parts']> {
  const parseContext = requestParseContextOf('sign-parts')
  const { claims, route, upload } = await authorizeMultipart(body, context, parseContext)
  const count = partCount(upload.size, upload.partSize)
  const entries = readList(parseContext, body.partNumbers, 'partNumbers')
  if (entries.length > maxPartNumbers) {
    const message = `The request names ${entries.length} parts. At most ${maxPartNumbers} are signed in one call.`
    throw new UploadError('rejected', { phase: context.uploadPhase, message })
  }
  const partNumbers = entries.map((entry, index) =>
    readCount(parseContext, entry, `partNumbers[${index}]`, 1, count),
  )
  const checksums = upload.checksum && readObject(parseContext, body.checksums, 'checksums')
  const parts = [...new Set(partNumbers)].map((partNumber) => ({
    partNumber,
    ...(checksums && { checksum: readCrc64(parseContext, checksums[partNumber], `checksums.${partNumber}`) }),
  }))
  return { parts: await route.storage.signParts(upload, parts, secondsUntilExpiry(claims, context)) }
}

/** Reads a CRC64NVME checksum. Checks its format, because the server signs it as a header. */
function readCrc64(parseContext: ParseContext, value: unknown, fieldPath: string): string {
  const checksumText = readString(parseContext, value, fieldPath)
  if (/^[A-Za-z0-9+/]{10}[AEIMQUYcgkosw048]=$/.test(checksumText)) return checksumText
  const message = `The request is invalid at "${fieldPath}": a CRC64NVME is 8 bytes in base64.`
  throw new UploadError('rejected', { phase: parseContext.uploadPhase, message })
}

export async function listParts(body: CallBody, context: RequestContext): Promise<WireAnswers['list-parts']> {
  const { route, upload } = await authorizeMultipart(body, context, requestParseContextOf('list-parts'))
  const parts = await route.storage.listParts(upload)
  if (!parts) throw new UploadError('gone', { phase: context.uploadPhase })
  return { parts }
}

/** Completes a multipart upload with the parts that storage lists. Also succeeds if the upload was completed before. */
export async function complete(body: CallBody, context: RequestContext): Promise<WireAnswers['complete']> {
  const { claims, route, upload } = await authorizeMultipart(body, context, requestParseContextOf('complete'))
  const parts = await route.storage.listParts(upload)
  if (parts) {
    checkParts(parts, upload, context)
    if (await route.storage.completeParts(upload, parts, !route.promote)) return {}
  }
  // The multipart upload no longer exists. Either it was aborted, or an earlier `complete` succeeded and its response
  // was lost. In the second case the object exists: at the ticket's key, or at its final key after a confirm.
  const { storage } = route
  const object =
    (await storage.find(claims.key)) ??
    (claims.to === undefined ? undefined : await route.finalStorage.find(claims.to))
  if (!isComplete(object, claims)) throw new UploadError('gone', { phase: context.uploadPhase })
  return {}
}

async function authorizeMultipart(
  body: CallBody,
  context: RequestContext,
  parseContext: ParseContext,
): Promise<{ claims: UploadClaims; route: ResolvedRoute; upload: OpenMultipart }> {
  const { claims, route } = await context.authorizeUpload(readString(parseContext, body.token, 'token'))
  const { key, size, uploadId, partSize, checksum } = claims
  if (uploadId === undefined || partSize === undefined) {
    const message = `This upload is a ${claims.kind} upload and has no parts.`
    throw new UploadError('rejected', { phase: context.uploadPhase, message })
  }
  return { claims, route, upload: { key, size, uploadId, partSize, ...(checksum && { checksum }) } }
}

function isComplete(object: StoredObject | undefined, claims: UploadClaims): boolean {
  return object?.size === claims.size && (object.uploadId === undefined || object.uploadId === claims.id)
}

/**
 * Compares the stored parts with the file size and the part size in the token. Throws an UploadError `not-stored` or
 * `mismatch`.
 */
function checkParts(
  parts: readonly StoredPart[],
  { size, partSize }: OpenMultipart,
  { uploadPhase: phase }: RequestContext,
): void {
  const count = partCount(size, partSize)
  const storedSizes = new Map(parts.map((part) => [part.partNumber, part.size]))
  const missingNumbers = Array.from({ length: count }, (_, index) => index + 1).filter(
    (partNumber) => !storedSizes.has(partNumber),
  )
  if (missingNumbers.length > 0) {
    const missingText = missingNumbers.slice(0, 10).join(', ') + (missingNumbers.length > 10 ? ', …' : '')
    const message = `${missingNumbers.length} of ${count} parts are not stored: ${missingText}. Send them and complete again.`
    throw new UploadError('not-stored', { phase, message })
  }
  for (const [partNumber, bytes] of storedSizes) {
    const plannedSize = partNumber < count ? partSize : size - (count - 1) * partSize
    if (partNumber > count || bytes !== plannedSize) {
      const message = `Part ${partNumber} has ${bytes} bytes, and the plan says ${partNumber > count ? 'none' : plannedSize}.`
      throw new UploadError('mismatch', { phase, message })
    }
  }
}

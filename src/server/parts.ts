import { UploadError } from '../protocol/errors.ts'
import { partCount } from '../protocol/limits.ts'
import { readCount, readList, readObject, readText } from '../protocol/parse.ts'
import type { Reader } from '../protocol/parse.ts'
import type { StoredPart } from '../protocol/ticket.ts'
import type { WireAnswers } from '../protocol/wire.ts'
import type { ReadyRoute } from './ready-route.ts'
import { readerOf } from './request.ts'
import type { Body } from './request.ts'
import type { OpenParts, StoredObject } from './storage.ts'
import { lifeOf } from './token.ts'
import type { Claims } from './token.ts'
import type { Visit } from './visit.ts'

/** Maximum parts in one call. */
const maxPartNumbers = 1000

export async function signParts(body: Body, visit: Visit): Promise<WireAnswers['sign-parts']> {
  const reader = readerOf('sign-parts')
  const { claims, upload } = await openMultipart(body, visit, reader)
  const count = partCount(upload.size, upload.partSize)
  const numbers = readList(reader, body.partNumbers, 'partNumbers')
  if (numbers.length > maxPartNumbers) {
    const message = `The request names ${numbers.length} parts. At most ${maxPartNumbers} are signed in one call.`
    throw new UploadError('rejected', { phase: visit.phase, message })
  }
  const partNumbers = numbers.map((each, index) => readCount(reader, each, `partNumbers[${index}]`, 1, count))
  const checksums = upload.checksum && readObject(reader, body.checksums, 'checksums')
  const parts = [...new Set(partNumbers)].map((partNumber) => ({
    partNumber,
    ...(checksums && { checksum: readCrc64(reader, checksums[partNumber], `checksums.${partNumber}`) }),
  }))
  return { parts: await visit.storage.signParts(upload, parts, lifeOf(claims, visit)) }
}

/** Reads a CRC64NVME. It becomes a signed header, so its format is checked. */
function readCrc64(reader: Reader, value: unknown, path: string): string {
  const text = readText(reader, value, path)
  if (/^[A-Za-z0-9+/]{10}[AEIMQUYcgkosw048]=$/.test(text)) return text
  const message = `The request is invalid at "${path}": a CRC64NVME is 8 bytes in base64.`
  throw new UploadError('rejected', { phase: reader.phase, message })
}

export async function listParts(body: Body, visit: Visit): Promise<WireAnswers['list-parts']> {
  const { upload } = await openMultipart(body, visit, readerOf('list-parts'))
  const parts = await visit.storage.listParts(upload)
  if (!parts) throw new UploadError('gone', { phase: visit.phase })
  return { parts }
}

/** Completes a multipart upload with the parts that storage lists. Succeeds too when it was completed before. */
export async function complete(body: Body, visit: Visit): Promise<WireAnswers['complete']> {
  const { claims, route, upload } = await openMultipart(body, visit, readerOf('complete'))
  const parts = await visit.storage.listParts(upload)
  if (parts) {
    checkParts(parts, upload, visit)
    if (await visit.storage.completeParts(upload, parts, !route.promote)) return {}
  }
  // The upload no longer exists, or an earlier call completed it and its answer was lost. The object tells which,
  // at its final key when it was confirmed meanwhile.
  const { storage } = visit
  const object =
    (await storage.find(claims.key)) ??
    (claims.to === undefined ? undefined : await route.final.find(claims.to))
  if (!isWhole(object, claims)) throw new UploadError('gone', { phase: visit.phase })
  return {}
}

async function openMultipart(
  body: Body,
  visit: Visit,
  reader: Reader,
): Promise<{ claims: Claims; route: ReadyRoute; upload: OpenParts }> {
  const { claims, route } = await visit.open(readText(reader, body.token, 'token'))
  const { key, size, uploadId, partSize, checksum } = claims
  if (uploadId === undefined || partSize === undefined) {
    const message = `This upload is a ${claims.kind} upload and has no parts.`
    throw new UploadError('rejected', { phase: visit.phase, message })
  }
  return { claims, route, upload: { key, size, uploadId, partSize, ...(checksum && { checksum }) } }
}

function isWhole(object: StoredObject | undefined, claims: Claims): boolean {
  return object?.size === claims.size && (object.uploadId === undefined || object.uploadId === claims.id)
}

/** Compares the stored parts with the plan in the token. Throws an UploadError `not-stored` or `mismatch`. */
function checkParts(parts: readonly StoredPart[], { size, partSize }: OpenParts, { phase }: Visit): void {
  const count = partCount(size, partSize)
  const stored = new Map(parts.map((part) => [part.partNumber, part.size]))
  const missing = Array.from({ length: count }, (_, index) => index + 1).filter(
    (number) => !stored.has(number),
  )
  if (missing.length > 0) {
    const some = missing.slice(0, 10).join(', ') + (missing.length > 10 ? ', …' : '')
    const message = `${missing.length} of ${count} parts are not stored: ${some}. Send them and complete again.`
    throw new UploadError('not-stored', { phase, message })
  }
  for (const [number, bytes] of stored) {
    const planned = number < count ? partSize : size - (count - 1) * partSize
    if (number > count || bytes !== planned) {
      const message = `Part ${number} has ${bytes} bytes, and the plan says ${number > count ? 'none' : planned}.`
      throw new UploadError('mismatch', { phase, message })
    }
  }
}

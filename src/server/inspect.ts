import { UploadError } from '../protocol/errors.ts'
import type { Checksum } from '../protocol/ticket.ts'
import { typeOfContent } from './content.ts'
import { withDeadline } from './deadline.ts'
import { sizesOf } from './frames.ts'
import { largestWithin, loadMeasure, measureOther, refuseImage } from './image.ts'
import type { Dimensions, ImageRules } from './image.ts'
import { canonicalName } from './media-types.ts'
import { nameFor } from './names.ts'
import { wrongType } from './ready-route.ts'
import type { ReadyRoute } from './ready-route.ts'
import { isUploadError } from './refusal.ts'
import type { Upload } from './route.ts'
import { headSize, loadSniffer, sniff } from './sniff.ts'
import { UnreadableImage, createSource } from './source.ts'
import type { FinalStorage, Found, StoredObject } from './storage.ts'
import type { Claims } from './token.ts'
import type { KnownUpload, Visit } from './visit.ts'

/** Claims of the browser about the bytes that it sent. */
export interface Said {
  readonly etag?: string | undefined
  readonly checksum?: Checksum | undefined
}

/** Facts that confirm found about an object. */
export interface Inspection extends Partial<Dimensions> {
  readonly type: string
  /** Whether storage's checksum equals the browser's checksum of its file. */
  readonly verified: boolean
}

/**
 * Inspects an object at its ticket's key: its metadata, the bytes that the route needs, and the app's `verify`. Deletes a
 * rejected object and throws its UploadError.
 */
export async function inspect(
  object: Found,
  known: KnownUpload,
  said: Said,
  meta: unknown,
  visit: Visit,
): Promise<Inspection> {
  const { claims, route } = known
  const refuse = async (error: UploadError): Promise<never> => {
    await visit.storage.remove(object.key)
    throw error
  }

  const different = differenceOf(object, claims, said, visit)
  if (different) return refuse(different)
  const head = headOf(object, visit.storage, visit)
  const found = await typeOf(object, head, known, visit)
  if (typeof found !== 'string') return refuse(found)
  const dimensions = await dimensionsOf(object, found, head, route, visit)
  if (isUploadError(dimensions)) return refuse(dimensions)

  // Without a copy, the object keeps and is served with the type that the ticket required.
  const type = route.promote ? found : claims.type
  const name = nameFor(claims.name, type)
  const upload = { ...uploadOf(claims, meta), name, key: object.key, type, ...dimensions }
  const objection = await objectionTo(object, upload, known, visit)
  if (objection) return refuse(objection)
  return { type, verified: isProven(object, said, known), ...dimensions }
}

/** Returns the upload that the app's callbacks receive. */
export function uploadOf({ id, key, name, size, type }: Claims, meta: unknown): Upload<unknown> {
  return { id, key, name, size, type, meta }
}

async function objectionTo(
  object: Found,
  upload: Upload<unknown>,
  { route, user }: KnownUpload,
  { request, storage, phase }: Visit,
): Promise<UploadError | undefined> {
  const read = async (start: number, length: number) => readBytes(object, storage, start, length, phase)
  const { etag } = object
  const stored = { ...upload, ...(etag !== undefined && { etag }), read }
  try {
    const answer = await route.rules.verify?.(stored, { user, request })
    if (answer === false) return new UploadError('rejected', { phase })
    return isUploadError(answer) ? answer : undefined
  } catch (thrown) {
    if (isUploadError(thrown) && !thrown.retryable) return thrown
    throw thrown
  }
}

/** Returns an error if the stored object is not the announced and sent one. */
function differenceOf(
  object: StoredObject,
  claims: Claims,
  said: Said,
  { phase }: Visit,
): UploadError | undefined {
  const { etag, checksum } = said
  const difference =
    object.size !== claims.size
      ? `has ${object.size} bytes, but ${claims.size} were announced`
      : normalType(object.type) !== normalType(claims.type)
        ? 'is of another type than was announced'
        : etag !== undefined && object.etag !== undefined && etag !== object.etag
          ? 'has another ETag than storage sent to the browser, so it was replaced'
          : checksum && (checksumOf(object, checksum) ?? checksum.value) !== checksum.value
            ? `has another ${checksum.algorithm} than the file that was sent`
            : undefined
  if (difference === undefined) return undefined
  return new UploadError('mismatch', { phase, message: `The stored object ${difference}. It was deleted.` })
}

/**
 * Whether storage's checksum of the object equals the browser's checksum of its file. With multipart, storage accepted
 * only parts with the signed checksum; a checksum of the whole object shows that it checks them.
 */
function isProven(object: StoredObject, { checksum }: Said, { claims }: KnownUpload): boolean {
  if (checksum) return checksumOf(object, checksum) === checksum.value
  const { checksum: algorithm } = claims
  return (
    claims.kind === 'multipart' && algorithm !== undefined && checksumOf(object, { algorithm }) !== undefined
  )
}

function checksumOf(
  { checksums = [] }: StoredObject,
  { algorithm }: Pick<Checksum, 'algorithm'>,
): string | undefined {
  return checksums.find((each) => each.algorithm === algorithm)?.value
}

/** Detects the type from the object's bytes. Returns an error if it is not accepted. */
async function typeOf(
  object: Found,
  readHead: ReadHead,
  { claims, route }: KnownUpload,
  { phase }: Visit,
): Promise<string | UploadError> {
  const { name, type } = claims
  const { accept } = route.rules
  if (!route.sniff || object.size === 0) return type
  const sniffer = await loadSniffer()
  const head = await readHead(headSize)
  const sniffed = await sniff(sniffer, head)
  const known = new Set(Array.from(sniffer.supportedMimeTypes, canonicalName))
  const decided = typeOfContent({ head, sniffed, knows: (mime) => known.has(mime), name, type, accept })
  if ('type' in decided) return decided.type
  return wrongType(accept, phase, `The file was rejected and deleted: ${decided.refused}.`, decided.found)
}

/** Measures an image if the route has `image`. Returns an error if it is outside the limits. */
async function dimensionsOf(
  object: Found,
  type: string,
  readHead: ReadHead,
  { name, image }: Pick<ReadyRoute, 'name' | 'image'>,
  { phase, measured }: Visit,
): Promise<Partial<Dimensions> | UploadError> {
  if (!image || !type.startsWith('image/')) return {}
  const { key, size, etag } = object
  const run = () => measureImage(size, readHead, image, phase)
  return etag === undefined ? run() : measured(JSON.stringify([name, key, etag]), run)
}

async function measureImage(
  size: number,
  readHead: ReadHead,
  image: ImageRules,
  phase: Visit['phase'],
): Promise<Dimensions | UploadError> {
  const measure = await loadMeasure()
  try {
    const sizes = await sizesOf(createSource(readHead, size))
    const measured = sizes
      ? await largestWithin(sizes, image, phase)
      : measureOther(measure, await readHead(headSize), image)
    return isUploadError(measured) ? measured : (refuseImage(measured, image, phase) ?? measured)
  } catch (thrown) {
    if (!(thrown instanceof UnreadableImage)) throw thrown
    const message = `The image was rejected and deleted: ${thrown.message}.`
    return new UploadError('rejected', { phase, message })
  }
}

/**
 * Reads at least `length` bytes from the start of an object, if it has them, and caches them. With another `start` it
 * reads without a cache.
 */
type ReadHead = (length: number, start?: number) => Promise<Uint8Array>

function headOf(object: Found, storage: FinalStorage, { phase }: Visit): ReadHead {
  let head: Uint8Array = new Uint8Array()
  return async (length, start = 0) => {
    if (start > 0) return readBytes(object, storage, start, length, phase)
    if (head.length < Math.min(length, object.size)) head = await readBytes(object, storage, 0, length, phase)
    return head
  }
}

async function readBytes(
  object: Found,
  storage: FinalStorage,
  start: number,
  length: number,
  phase: Visit['phase'],
): Promise<Uint8Array> {
  const bytes = await withDeadline(() => storage.read(object, start, length))
  if (bytes) return bytes
  const message = 'The stored object was replaced or deleted while it was inspected.'
  throw new UploadError('mismatch', { phase, message })
}

function normalType(type: string): string {
  return type.toLowerCase().replace(/\s+/g, '')
}

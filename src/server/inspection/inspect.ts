import { UploadError } from '../../protocol/errors.ts'
import type { Checksum } from '../../protocol/ticket.ts'
import { decideStoredType } from './type-decision.ts'
import { withDeadline } from '../s3/deadline.ts'
import { readAllSizes } from './image/image-frames.ts'
import { checkAllSizes, loadImageMeasure, readSizeFromHeader } from './image/image-rules.ts'
import { checkImage } from '../../protocol/image-rules.ts'
import type { Dimensions, ImageRules } from '../../protocol/image-rules.ts'
import { canonicalName } from './media-types.ts'
import { nameForType, pathForType } from '../naming/file-names.ts'
import { wrongTypeError } from '../routes/resolved-route.ts'
import type { ResolvedRoute } from '../routes/resolved-route.ts'
import { isUploadError } from '../error-response.ts'
import type { AnyRoute, UploadRecord } from '../routes/route.ts'
import { headSize, sniff } from './sniff.ts'
import { builtInFormats, loadSnifferFor } from './built-in-sniffer.ts'
import { UnreadableImage, createImageSource } from './image/image-source.ts'
import type { FinalStorage, FindHints, LocatedObject, StoredObject } from '../s3/storage.ts'
import type { UploadClaims } from '../tokens/token-signers.ts'
import type { ClientReceipt } from './client-receipt.ts'
import { verifyByApp } from './verify-by-app.ts'
import type { PendingInspection } from './verify-by-app.ts'
import type { AuthorizedUpload, RequestContext } from '../request-context.ts'

/** Type, checksum result and image dimensions that the `confirm` call read from an object. */
export interface Inspection extends Partial<Dimensions> {
  readonly type: string
  /** Whether the checksum of storage equals the checksum that the browser computed of its file. */
  readonly verified: boolean
}

/**
 * Returns what `inspect` reads of an object in any case. Without a copy, the browser may confirm the same receipt many
 * times, and an image that was measured before is not read again.
 */
export function findHintsOf({ claims, route }: AuthorizedUpload, { checksum }: ClientReceipt): FindHints {
  const measures = route.promote && route.image !== undefined && claims.type.startsWith('image/')
  return {
    size: claims.size,
    headLength: route.detectType || measures ? headSize : 0,
    checksums: checksum !== undefined || (claims.kind === 'multipart' && claims.checksum !== undefined),
  }
}

/**
 * Inspects an object at its ticket's key: its metadata, the bytes that the route needs, and the app's `verify`. Deletes
 * a rejected object and throws its UploadError. Keeps an object that `verify` still checks.
 */
export async function inspect(
  object: LocatedObject,
  authorized: AuthorizedUpload,
  clientReceipt: ClientReceipt,
  meta: unknown,
  context: RequestContext,
): Promise<Inspection | PendingInspection> {
  const { claims, route } = authorized
  const deleteAndThrow = async (error: UploadError): Promise<never> => {
    await route.storage.remove(object.key)
    throw error
  }

  const mismatch = findMismatch(object, claims, clientReceipt, context)
  if (mismatch) return deleteAndThrow(mismatch)
  const readHead = createHeadReader(object, route.storage, context)
  const detectedType = await detectTypeOf(object, readHead, authorized, context)
  if (typeof detectedType !== 'string') return deleteAndThrow(detectedType)
  const dimensions = await measureIfRequired(object, detectedType, readHead, route, context)
  if (isUploadError(dimensions)) return deleteAndThrow(dimensions)

  // Without a copy, the object keeps the Content-Type that the ticket signed, and storage serves it with that type.
  const storedType = route.promote ? detectedType : claims.type
  const record = uploadRecordOf(claims, meta, { type: storedType, ...dimensions })
  const upload = { ...record, key: object.key, ...dimensions }
  const readObject = (start: number, length: number) =>
    readObjectBytes(object, route.storage, start, length, context.uploadPhase)
  const { etag } = object
  const storedUpload = { ...upload, ...(etag !== undefined && { etag }), read: readObject }
  const problem = await verifyByApp(storedUpload, authorized, clientReceipt, context)
  if (isUploadError(problem)) return deleteAndThrow(problem)
  if (problem) return problem
  return { type: storedType, verified: isChecksumVerified(object, clientReceipt, authorized), ...dimensions }
}

/**
 * Returns the upload that the app's callbacks receive. The file name and the path get an extension that fits the MIME
 * type. A type and a size that an inspection found replace those that the browser claimed.
 */
export function uploadRecordOf(
  { id, key, name, size, path, image, crop, ...claims }: UploadClaims,
  meta: unknown,
  { type = claims.type, width, height }: Partial<Dimensions> & { readonly type?: string } = {},
): UploadRecord<unknown> {
  const isPicture = type.startsWith('image/')
  const measuredSize = width !== undefined && height !== undefined && { width, height }
  return {
    id,
    key,
    name: nameForType(name, type),
    size,
    type,
    meta,
    ...(path !== undefined && { path: pathForType(path, type) }),
    ...(image && isPicture && { image: { ...image, ...measuredSize } }),
    ...(crop && isPicture && { crop }),
  }
}

/**
 * Returns an error if the stored object differs from the file that the browser announced at presign, or from the ETag
 * or checksum in the browser's receipt.
 */
function findMismatch(
  object: StoredObject,
  claims: UploadClaims,
  clientReceipt: ClientReceipt,
  { uploadPhase: phase }: RequestContext,
): UploadError | undefined {
  const { etag, checksum } = clientReceipt
  const problem =
    object.size !== claims.size
      ? `has ${object.size} bytes, but ${claims.size} were announced`
      : normalizeType(object.type) !== normalizeType(claims.type)
        ? 'is of another type than was announced'
        : etag !== undefined && object.etag !== undefined && etag !== object.etag
          ? 'has another ETag than storage sent to the browser, so it was replaced'
          : checksum && (findChecksum(object, checksum) ?? checksum.value) !== checksum.value
            ? `has another ${checksum.algorithm} than the file that was sent`
            : undefined
  if (problem === undefined) return undefined
  return new UploadError('mismatch', { phase, message: `The stored object ${problem}. It was deleted.` })
}

/**
 * Whether storage's checksum of the object equals the browser's checksum of its file. In a multipart upload, the signed
 * request of each part contains a checksum. If storage returns a checksum of the whole object, it supports checksums, so
 * it has checked the parts too.
 */
function isChecksumVerified(
  object: StoredObject,
  { checksum }: ClientReceipt,
  { claims }: AuthorizedUpload,
): boolean {
  if (checksum) return findChecksum(object, checksum) === checksum.value
  const { checksum: algorithm } = claims
  return (
    claims.kind === 'multipart' &&
    algorithm !== undefined &&
    findChecksum(object, { algorithm }) !== undefined
  )
}

function findChecksum(
  { checksums = [] }: StoredObject,
  { algorithm }: Pick<Checksum, 'algorithm'>,
): string | undefined {
  return checksums.find((checksum) => checksum.algorithm === algorithm)?.value
}

/** The canonical names of the types that file-type detects. Their look-up takes longer than a detection. */
let detectableTypes: ReadonlySet<string> | undefined

/** Detects the type from the object's bytes. Returns an error if it is not accepted. */
async function detectTypeOf(
  object: LocatedObject,
  readHead: ReadHead,
  { claims, route }: AuthorizedUpload,
  context: RequestContext,
): Promise<string | UploadError> {
  const { name, type } = claims
  const { accept } = route.rules
  if (!route.detectType || object.size === 0) return type
  const sniffer = await loadSnifferFor(accept)
  const head = await readHead(headSize)
  const sniffed = await sniff(sniffer, head)
  const { supportedMimeTypes } = sniffer
  if (supportedMimeTypes) detectableTypes ??= new Set(Array.from(supportedMimeTypes, canonicalName))
  const decision = decideStoredType({
    head,
    sniffed,
    // Without file-type, a file is accepted only if its type was detected.
    canDetect: (mime) => !supportedMimeTypes || detectableTypes?.has(mime) === true,
    name,
    type,
    accept,
  })
  if ('type' in decision) return decision.type
  const isUndetected = supportedMimeTypes === undefined && decision.foundType === undefined
  const hint = `Without the package file-type, only ${builtInFormats} are detected.`
  if (isUndetected) reportMissingPackage(route, context, `${hint} To accept more: npm install file-type.`)
  return wrongTypeError(
    accept,
    context.uploadPhase,
    `The file was rejected and deleted: ${decision.refusal}.${isUndetected ? ` ${hint}` : ''}`,
    decision.foundType,
  )
}

/** The rules of the routes whose hint was reported. */
const reportedRules = new WeakSet<AnyRoute>()

/** Reports once for a route that a file was refused because a package is not installed. */
function reportMissingPackage({ name, rules }: ResolvedRoute, { toWireError }: RequestContext, hint: string) {
  if (reportedRules.has(rules)) return
  reportedRules.add(rules)
  toWireError(new Error(`Route "${name}" refused a file. ${hint}`))
}

/**
 * Maximum duration of all reads of one image. Without this limit, 128 reads could take minutes if storage is slow.
 */
const measureTimeoutMs = 30_000

/** Measures an image if the route has `image`. Returns an error if it is outside the limits. */
async function measureIfRequired(
  object: LocatedObject,
  imageType: string,
  readHead: ReadHead,
  route: ResolvedRoute,
  context: RequestContext,
): Promise<Partial<Dimensions> | UploadError> {
  const { name, image } = route
  const { measuredImages } = context
  if (!image || !imageType.startsWith('image/')) return {}
  const { key, size, etag } = object
  const measureInTime = () =>
    withDeadline((signal) => {
      const readUnlessAborted: ReadHead = (length, start) => {
        signal.throwIfAborted()
        return readHead(length, start)
      }
      return measureImage(size, readUnlessAborted, image, route, context)
    }, measureTimeoutMs)
  return etag === undefined
    ? measureInTime()
    : measuredImages(JSON.stringify([name, key, etag]), measureInTime)
}

async function measureImage(
  size: number,
  readHead: ReadHead,
  image: ImageRules,
  route: ResolvedRoute,
  context: RequestContext,
): Promise<Dimensions | UploadError> {
  const { uploadPhase: phase } = context
  try {
    const sizes = await readAllSizes(createImageSource(readHead, size))
    const result = sizes
      ? await checkAllSizes(sizes, image, phase)
      : await readSizeFromHeader(loadImageMeasure, await readHead(headSize), image)
    return isUploadError(result) ? result : (checkImage(result, image, phase) ?? result)
  } catch (thrown) {
    if (!(thrown instanceof UnreadableImage)) throw thrown
    if (thrown.cause instanceof Error) reportMissingPackage(route, context, thrown.cause.message)
    const message = `The image was rejected and deleted: ${thrown.message}.`
    return new UploadError('rejected', { phase, message })
  }
}

/**
 * Reads at least `length` bytes from the start of an object (or all, if it has fewer), and caches them. With `start`,
 * reads from that byte and caches nothing.
 */
type ReadHead = (length: number, start?: number) => Promise<Uint8Array>

function createHeadReader(
  object: LocatedObject,
  storage: FinalStorage,
  { uploadPhase: phase }: RequestContext,
): ReadHead {
  let { head = new Uint8Array() } = object
  return async (length, start = 0) => {
    if (start > 0) return readObjectBytes(object, storage, start, length, phase)
    if (head.length < Math.min(length, object.size))
      head = await readObjectBytes(object, storage, 0, length, phase)
    return head
  }
}

async function readObjectBytes(
  object: LocatedObject,
  storage: FinalStorage,
  start: number,
  length: number,
  phase: RequestContext['uploadPhase'],
): Promise<Uint8Array> {
  const bytes = await withDeadline(() => storage.read(object, start, length))
  if (bytes) return bytes
  const message = 'The stored object was replaced or deleted while it was inspected.'
  throw new UploadError('mismatch', { phase, message })
}

function normalizeType(type: string): string {
  return type.toLowerCase().replace(/\s+/g, '')
}

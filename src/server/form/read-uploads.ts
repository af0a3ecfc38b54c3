import { readImageCrop } from '../../protocol/parse-file-info.ts'
import type { ImageCrop } from '../../protocol/ticket.ts'
import { isUploadError } from '../error-response.ts'
import type { FormReader, UploadHandler } from '../handler.ts'
import type { StandardSchema } from '../routes/metadata-schema.ts'
import { createPendingTokenSigner, createValueTokenSigner } from '../tokens/token-signers.ts'
import type { Secret } from '../tokens/signed-token.ts'
import type { FormUpload } from './form-upload.ts'
import { errorEntry, formParseContext, readToken } from './read-token.ts'
import type { TokenEntry } from './read-token.ts'

interface FormOptions {
  /** Route that the uploads must belong to. */
  readonly route: string
  /** User who submits the form. Uploads of other users are rejected. */
  readonly user: { readonly id: string }
  /**
   * Maximum files in the value of the form field. Default: the route's `maxFiles` if `handler` is passed, else no
   * limit.
   */
  readonly maxFiles?: number
  /**
   * Whether the form may contain uploads that the route's `verify` still checks (`status: 'pending'`). Set it if the field
   * has `allowPending`. Default: false, which rejects them.
   */
  readonly allowPending?: boolean
}

/**
 * Options of `readUploads`: the route and the user, and the handler that confirmed the uploads. In place of the
 * handler, pass the secret and the name of the handler.
 */
export type ReadUploadsOptions = FormOptions &
  (
    | {
        readonly handler: Pick<UploadHandler, '~form'>
        readonly secret?: undefined
        readonly name?: undefined
        readonly now?: undefined
      }
    | {
        /** The handler's secret. All secrets in a list verify. */
        readonly secret: Secret | undefined
        /** The handler's `name`, if it has one. */
        readonly name?: string
        /** Validates metadata that the user changed. Default: checks only its length. */
        readonly metaSchema?: StandardSchema
        readonly handler?: undefined
        readonly now?: () => number
      }
  )

/**
 * Reads and verifies the uploads of a form field: every new one was confirmed by this server, for this route and user.
 * Each value of the field is a token, JSON with a `token`, or a JSON list of these. For a JSON body, pass the list of
 * values in place of the form and the name: a value is then also an object with a `token`.
 *
 * ```ts
 * const photos = await readUploads(await request.formData(), 'photos', { handler: uploads, route: 'photos', user })
 * const samePhotos = await readUploads((await request.json()).photos, { handler: uploads, route: 'photos', user })
 * const refused = photos.find(({ status }) => status === 'error')
 * ```
 *
 * Throws a TypeError for a short secret and for an unknown route.
 */
export function readUploads<Types extends FormTypes, Name extends FormRouteName<Types>>(
  form: FormData,
  name: string,
  options: TypedFormOptions<Types, Name>,
): Promise<FormUpload<Types[Name]['meta']>[]>
export function readUploads(form: FormData, name: string, options: SecretOptions): Promise<FormUpload[]>
export function readUploads<Types extends FormTypes, Name extends FormRouteName<Types>>(
  values: readonly unknown[],
  options: TypedFormOptions<Types, Name>,
): Promise<FormUpload<Types[Name]['meta']>[]>
export function readUploads(values: readonly unknown[], options: SecretOptions): Promise<FormUpload[]>
export function readUploads(
  ...callArguments: [FormData, string, ReadUploadsOptions] | [readonly unknown[], ReadUploadsOptions]
): Promise<FormUpload[]> {
  if (callArguments.length === 3) {
    const [form, name, options] = callArguments
    return verifyEntries(form.getAll(name).flatMap(parseEntries), options)
  }
  const [values, options] = callArguments
  // Accepts one value, or undefined, in place of a list. TypeScript cannot check the types of a JSON body.
  const valueList: readonly unknown[] = Array.isArray(values) ? values : [values]
  return verifyEntries(
    valueList.flatMap((value) => (typeof value === 'string' ? parseEntries(value) : parseEntry(value))),
    options,
  )
}

async function verifyEntries(
  entries: readonly FormEntry[],
  options: ReadUploadsOptions,
): Promise<FormUpload[]> {
  const formReader = formRulesOf(options)
  const { maxFilesOf, metaSchemaOf } = formReader
  const schema = metaSchemaOf(options.route)
  const maxFiles = options.maxFiles ?? maxFilesOf(options.route)
  const uploads = await Promise.all(
    entries.map(async (entry, index): Promise<FormUpload> => {
      if (index >= maxFiles) return errorEntry('too-many', `The form has more than ${maxFiles} files.`)
      return 'token' in entry ? await readToken(entry, formReader, options, schema) : entry
    }),
  )
  const seenIds = new Set<string>()
  return uploads.map((entry) => {
    if (entry.status !== 'new' && entry.status !== 'pending') return entry
    if (seenIds.has(entry.upload.id)) return errorEntry('rejected', 'The form names this upload twice.')
    seenIds.add(entry.upload.id)
    return entry
  })
}

/**
 * Reads and verifies a form field of one upload, as `readUploads` does. Returns undefined when it is empty, and an
 * error entry when it has more than one upload.
 */
export function readUpload<Types extends FormTypes, Name extends FormRouteName<Types>>(
  form: FormData,
  name: string,
  options: TypedFormOptions<Types, Name>,
): Promise<FormUpload<Types[Name]['meta']> | undefined>
export function readUpload(
  form: FormData,
  name: string,
  options: SecretOptions,
): Promise<FormUpload | undefined>
export async function readUpload(
  form: FormData,
  name: string,
  options: ReadUploadsOptions,
): Promise<FormUpload | undefined> {
  const entries = form.getAll(name).flatMap(parseEntries)
  const [firstEntry, secondEntry] = await verifyEntries(entries, { ...options, maxFiles: 1 })
  return secondEntry ?? firstEntry
}

/** The `meta` types of a handler's routes. */
interface FormTypes {
  readonly [route: string]: { readonly meta: unknown }
}
type SecretOptions = Extract<ReadUploadsOptions, { readonly handler?: undefined }>
type FormRouteName<Types> = Extract<keyof Types, string>
type TypedFormOptions<Types extends FormTypes, Name extends FormRouteName<Types>> = Omit<
  FormOptions,
  'route'
> & {
  readonly handler: { readonly '~form': FormReader; readonly '~routes'?: Types }
  readonly route: Name
}

function formRulesOf(options: ReadUploadsOptions): FormReader {
  if (options.handler) return options.handler['~form']
  const { secret, name = '', metaSchema, now = Date.now } = options
  const valueTokenSigner = createValueTokenSigner(secret, now, () => name)
  const pendingTokenSigner = createPendingTokenSigner(secret, now, () => name)
  return {
    valueTokenSigner,
    pendingTokenSigner,
    maxFilesOf: () => Infinity,
    metaSchemaOf: () => metaSchema,
  }
}

type FormEntry = TokenEntry | Extract<FormUpload, { readonly status: 'stored' | 'error' }>

function parseEntries(value: FormDataEntryValue): FormEntry[] {
  if (typeof value !== 'string') {
    // Browsers send an empty file for a file input without a selection.
    if (value.size === 0) return []
    return [
      errorEntry(
        'rejected',
        'The form has the file itself: it was submitted before the script of the page ran.',
      ),
    ]
  }
  if (value.trim() === '') return []
  if (/^[\w-]+\.[\w-]+$/.test(value)) return [{ token: value }]
  try {
    const json: unknown = JSON.parse(value)
    return (Array.isArray(json) ? json : [json]).flatMap(parseEntry)
  } catch {
    return [errorEntry('rejected', 'The form has a value that is not a token and not JSON.')]
  }
}

function parseEntry(json: unknown): FormEntry[] {
  if (json === null || json === undefined || json === '') return []
  if (typeof json === 'string' && /^[\w-]+\.[\w-]+$/.test(json)) return [{ token: json }]
  if (typeof json === 'object' && 'token' in json) {
    const { token, name, meta, crop } = json as Readonly<Record<string, unknown>> // a JSON object
    return [{ token: String(token), name, meta, crop }]
  }
  const crop = cropIn(json)
  return [{ status: 'stored', value: json, ...(crop && { crop }) }]
}

/** Returns the crop of a stored image. Undefined if there is none, and if the app's own data has another `crop`. */
function cropIn(value: unknown): ImageCrop | undefined {
  const { crop } = Object(value) as { readonly crop?: unknown } // Object() makes an object of any value
  try {
    return crop == null ? undefined : readImageCrop(formParseContext, crop, 'crop')
  } catch (thrown) {
    if (isUploadError(thrown)) return undefined
    throw thrown
  }
}

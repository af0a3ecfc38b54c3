import type { UploadError } from '../../protocol/errors.ts'
import type { ImageCrop, Meta } from '../../protocol/ticket.ts'
import type { InspectedUpload, UploadRecord } from '../routes/route.ts'

/** An upload as this server confirmed it. `meta` is the unparsed meta that the browser sent. */
export interface SubmittedUpload<SentMeta = Meta> extends InspectedUpload<SentMeta> {
  readonly verified: boolean
  /**
   * Changes that the user made after presign. Undefined if there are none. `authorize` has not seen these changes. It
   * saw the `name` and `meta` of the upload itself.
   */
  readonly edited?: EditedUpload<SentMeta>
}

/**
 * Changes that a form value carries. `meta` is valid by the route's `metaSchema`. `authorize` has not seen this
 * `name` and this `meta`.
 */
export interface EditedUpload<SentMeta = Meta> {
  readonly name?: string
  /** All metadata, from presign and from the changes. It is not the output of the schema. */
  readonly meta?: SentMeta
  /** The part of the picture that the user chose after the upload. Its form is valid: see `toSharpCrop`. */
  readonly crop?: ImageCrop
}

/** An upload that is stored and not yet confirmed. `type` is the one that the browser announced. */
export interface PendingUpload<SentMeta = Meta> extends UploadRecord<SentMeta> {
  readonly edited?: EditedUpload<SentMeta>
}

/** One entry of a form value. */
export type FormUpload<SentMeta = Meta> =
  | { readonly status: 'new'; readonly upload: SubmittedUpload<SentMeta> }
  /**
   * An upload that `verify` still checks, with `allowPending` only. Do not publish its file yet: `upload.key` is below the
   * private prefix. Save `token`, and end the upload by `uploads.resolveUpload(token)`.
   */
  | { readonly status: 'pending'; readonly upload: PendingUpload<SentMeta>; readonly token: string }
  /**
   * An image that was stored before the form was opened. Its value is not signed, so check that the image belongs to
   * the user. `crop` is the property `crop` of the value, if that is valid.
   */
  | { readonly status: 'stored'; readonly value: unknown; readonly crop?: ImageCrop }
  | { readonly status: 'error'; readonly error: UploadError }

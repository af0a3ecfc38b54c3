import type { MultipartTicket, PartUrl, PostTicket, PutTicket, StoredPart } from '../protocol/ticket.ts'

/** What a ticket lets a browser write: exactly this many bytes of this type at this key. */
export interface Target {
  readonly key: string
  /** Bytes. */
  readonly size: number
  readonly type: string
  /** Refuse to write over an object that is there (`If-None-Match: *`). */
  readonly writeOnce: boolean
}

/** A multipart upload that is open in storage. */
export interface OpenParts {
  readonly key: string
  readonly uploadId: string
  /** Bytes of the whole file. */
  readonly size: number
  /** Bytes of every part but the last. */
  readonly partSize: number
}

/** An object as storage describes it. */
export interface StoredObject {
  /** Bytes. */
  readonly size: number
  readonly type: string
  /** Without quotes. Absent where storage gives none. */
  readonly etag?: string
  /** The upload that `copy` put here. Nobody else can write it: the key is out of every ticket's reach. */
  readonly uploadId?: string
}

/** Where and how a verified object is put away. */
export interface FinalObject {
  readonly key: string
  readonly type: string
  readonly contentDisposition: string
  readonly uploadId: string
  /** Whether an object is at the key already and is meant to be replaced. */
  readonly replaces: boolean
}

/** Signed tickets end; `expiresAt` is in epoch milliseconds. */
type Expiring<Signed> = Signed & { readonly expiresAt: number }

/**
 * What the handler needs of a storage: one bucket. `s3Storage` makes it for S3 and everything that speaks S3. It is
 * named so because `Storage` is what browsers call localStorage's type.
 */
export interface UploadStorage {
  /** Every ticket writes below this prefix, unless its route says `promote: false`. */
  readonly prefix: string
  /** What is confirmed is kept below this prefix, unless its route makes its own keys. */
  readonly filesPrefix: string
  /** Files from this many bytes on go in parts. */
  readonly multipartFrom: number
  /** Whether policy POST works here. */
  acceptsPost(): Promise<boolean>

  signPut(target: Target): Promise<Expiring<PutTicket>>
  signPost(target: Target): Promise<Expiring<PostTicket>>

  openParts(target: Target): Promise<MultipartTicket>
  signParts(upload: OpenParts, partNumbers: readonly number[]): Promise<PartUrl[]>
  /** Every part that is stored, in order; undefined where storage does not know the upload (any more). */
  listParts(upload: OpenParts): Promise<StoredPart[] | undefined>
  /** False where storage does not know the upload (any more). */
  completeParts(upload: OpenParts, parts: readonly StoredPart[], writeOnce: boolean): Promise<boolean>
  /** Done as well when storage does not know the upload. */
  abortParts(upload: Pick<OpenParts, 'key' | 'uploadId'>): Promise<void>

  find(key: string): Promise<StoredObject | undefined>
  /**
   * Copies the object as it was found, by its ETag. Undefined, and nothing written, where the source has changed or
   * gone since, or where the destination came to be in the meantime.
   */
  copy(source: StoredObject & { readonly key: string }, to: FinalObject): Promise<StoredObject | undefined>
  /** Done as well when there is none. */
  remove(key: string): Promise<void>
  /** Where a browser reads the object: public, or signed with a life. */
  urlOf(key: string): Promise<string>
}

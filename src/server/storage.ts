import type { Dimensions } from './image.ts'
import type {
  Checksum,
  MultipartTicket,
  PartUrl,
  PostTicket,
  PutTicket,
  StoredPart,
  Ticket,
} from '../protocol/ticket.ts'

/** What a ticket lets a browser write: exactly this many bytes of this type at this key. */
export interface Target {
  readonly key: string
  /** Bytes. */
  readonly size: number
  readonly type: string
  /** Refuse to write over an object that is there (`If-None-Match: *`). */
  readonly writeOnce: boolean
}

/** The limits that a reusable policy signs: any number of objects of this type, each of so many bytes. */
export interface PolicyTarget {
  readonly prefix: string
  readonly type: string
  /** Bytes. */
  readonly minSize: number
  readonly maxSize: number
}

/** A multipart upload that is open in storage. */
export interface OpenParts {
  readonly key: string
  readonly uploadId: string
  /** Bytes of the whole file. */
  readonly size: number
  /** Bytes of every part but the last. */
  readonly partSize: number
  /** Parts are stored with this checksum of theirs, and with no other. */
  readonly checksum?: Ticket['checksum']
}

/** A part that is to be signed, and the checksum that its bytes must have. */
export interface AskedPart {
  readonly partNumber: number
  readonly checksum?: string
}

/** An object as storage describes it. */
export interface StoredObject {
  /** Bytes. */
  readonly size: number
  readonly type: string
  /** Without quotes. Absent where storage gives none. */
  readonly etag?: string
  /** As storage itself made them, or checked them when they were sent. */
  readonly checksums?: readonly Checksum[]
  /** The upload that `copy` put here. Nobody else can write it: the key is out of every ticket's reach. */
  readonly uploadId?: string
  /** What `copy` was told of it. */
  readonly verified?: boolean
  /** Likewise. */
  readonly dimensions?: Dimensions
}

/** Where and how a verified object is put away. */
export interface FinalObject {
  readonly key: string
  readonly type: string
  readonly contentDisposition: string
  readonly uploadId: string
  /** Kept beside the object: a copy may have other checksums. */
  readonly verified: boolean
  /** Of an image that was measured. Kept beside the object, so that a repeated confirm reads none of its bytes. */
  readonly dimensions?: Dimensions
  /** Whether an object is at the key already and is meant to be replaced. */
  readonly replaces: boolean
}

/** Another place for what is confirmed, in reach of the same credentials. */
export interface PromoteTo {
  /** Default: the bucket that files are uploaded to. */
  readonly bucket?: string
  /** What keys begin with that the route does not make itself. Default: the storage's `filesPrefix`. */
  readonly prefix?: string
  /** Where that bucket is public: `url` is then this and the key. Without it `url` is a signed GET. */
  readonly publicUrl?: string
}

/** Where confirmed files are kept. */
export interface FinalStorage {
  /** What is confirmed is kept below this prefix, unless its route makes its own keys. */
  readonly filesPrefix: string
  find(key: string): Promise<StoredObject | undefined>
  /**
   * At most `length` bytes from `start` on of the object as it was found. Undefined where it has changed or gone since.
   */
  read(object: Found, start: number, length: number): Promise<Uint8Array | undefined>
  /**
   * Copies the uploaded object as it was found, by its ETag. Undefined, and nothing written, where the source has
   * changed or gone since, or where the destination came to be in the meantime.
   */
  copy(source: Found, to: FinalObject): Promise<StoredObject | undefined>
  /** Where a browser reads the object: public, or signed with a life. */
  urlOf(key: string): Promise<string>
}

/** An object and where it was found. */
export type Found = StoredObject & { readonly key: string }

/** Signed tickets end; `expiresAt` is in epoch milliseconds. `connections`: see `Ticket`. */
type Expiring<Signed> = Signed & { readonly expiresAt: number; readonly connections?: number }

/**
 * What the handler needs of a storage: one bucket, where confirmed files stay too unless a route says otherwise. `s3Storage` makes it for S3 and everything that speaks S3. It is
 * named so because `Storage` is what browsers call localStorage's type.
 */
export interface UploadStorage extends FinalStorage {
  /**
   * Names this store among all: endpoint and bucket. Tokens are bound to it and to both prefixes, so that a handler of
   * another bucket with the same secret refuses them. Without it to the prefixes alone.
   */
  id?(): Promise<string>
  /** Every ticket writes below this prefix, unless its route says `promote: false`. */
  readonly prefix: string
  /** Files from this many bytes on go in parts. */
  readonly multipartFrom: number
  /** Whether policy POST works here. */
  acceptsPost(): Promise<boolean>
  /** Whether checksums work here. */
  keepsChecksums(): Promise<boolean>

  /** `life`: how many seconds the ticket may live at most. Default: as long as this storage's tickets do. */
  signPut(target: Target, life?: number): Promise<Expiring<PutTicket>>
  signPost(target: Target, life?: number): Promise<Expiring<PostTicket>>

  /** A policy for any number of keys that begin with `prefix`, living so many seconds at most. */
  signPolicy(
    target: PolicyTarget,
    life: number,
  ): Promise<Expiring<Pick<PostTicket, 'url' | 'fields'>> & { readonly origins?: readonly string[] }>
  /** A signed URL of the host that tickets send bytes to, which answers HEAD with nothing: to open connections by. */
  hello(): Promise<string>

  openParts(target: Target): Promise<MultipartTicket>
  /** `life`: as above. */
  signParts(upload: OpenParts, parts: readonly AskedPart[], life?: number): Promise<PartUrl[]>
  /** Every part that is stored, in order; undefined where storage does not know the upload (any more). */
  listParts(upload: OpenParts): Promise<StoredPart[] | undefined>
  /** False where storage does not know the upload (any more). */
  completeParts(upload: OpenParts, parts: readonly StoredPart[], writeOnce: boolean): Promise<boolean>
  /** Done as well when storage does not know the upload. */
  abortParts(upload: Pick<OpenParts, 'key' | 'uploadId'>): Promise<void>

  /** Done as well when there is none. */
  remove(key: string): Promise<void>
  /** Throws a TypeError where tickets could reach that place. */
  promotedTo(place: PromoteTo): FinalStorage
}

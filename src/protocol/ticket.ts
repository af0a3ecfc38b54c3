/** Metadata that an app sends to its backend with a file: small, flat JSON. */
export type Meta = Readonly<Record<string, string | number | boolean | null>>

/** Facts about the picture that is sent, as the browser read them. The backend gets them as claims of the browser. */
export interface ImageInfo {
  /** Width in pixels of the upright picture. */
  readonly width: number
  /** Height in pixels of the upright picture. */
  readonly height: number
  /**
   * A placeholder of about 25 bytes in base64, for the time until the picture has loaded: a ThumbHash
   * (https://evanw.github.io/thumbhash/). Missing if this browser could not decode the picture.
   */
  readonly thumbHash?: string
}

/**
 * The part of a picture that the user chose. `x`, `y`, `width` and `height` are whole pixels of the picture after it was
 * turned upright and then rotated by `rotation`.
 */
export interface ImageCrop {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  /** Degrees clockwise: 0, 90, 180 or 270. */
  readonly rotation: 0 | 90 | 180 | 270
  /** Width in pixels of the whole upright picture, before `rotation`. */
  readonly imageWidth: number
  /** Height in pixels of the whole upright picture, before `rotation`. */
  readonly imageHeight: number
}

/** The description of a file that the backend receives before the upload. */
export interface FileInfo {
  /** Id of this upload, created by the browser. Answers are matched by id, never by name, size or type. */
  readonly id: string
  readonly name: string
  /** Bytes. */
  readonly size: number
  /** MIME type. `application/octet-stream` if the browser does not know the type. */
  readonly type: string
  /** The backend route that receives this upload. */
  readonly route?: string
  readonly meta?: Meta
  /**
   * Path of a file that was dropped or chosen with its folder: `album/2026/beach.jpg`. It is clean: names are in NFC,
   * without `..`, control characters and reserved names. Two files of the same name in different folders have
   * different paths.
   */
  readonly path?: string
  /** Size and placeholder of the picture that is sent. Only for a picture that `image` has prepared. */
  readonly image?: ImageInfo
  /** The part of the picture to show. Only with `crop: { mode: 'coordinates' }`, which sends the whole picture. */
  readonly crop?: ImageCrop
}

/** Permission to write one file to storage, issued by the backend. Its URL is a secret: never log it. */
export type Ticket = TicketBase & (PutTicket | PostTicket | MultipartTicket)

interface TicketBase {
  /** Key of the object in the bucket. */
  readonly key: string
  /** Expiry of the ticket, in epoch milliseconds by the server's clock. */
  readonly expiresAt?: number
  /** Opaque to the browser. Sent back to the backend in every later call about this upload. */
  readonly token?: string
  /**
   * The checksum that the browser must compute. In a multipart upload it computes the checksum of each part before
   * the part is signed. If one request sends the file, it computes the checksum meanwhile. S3 computes the same
   * checksum by default: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
   */
  readonly checksum?: 'CRC64NVME'
  /**
   * Number of parallel requests that storage accepts from one browser. Set only if it is more than six, the number of
   * connections that browsers open to one HTTP/1.1 origin. It is more if storage speaks HTTP/2 or has several host
   * names. The browser cannot detect this, because S3 sends no Timing-Allow-Origin.
   */
  readonly connections?: number
  /** Whether `confirm` may be called while the bytes are sent. The backend then waits for the object. */
  readonly earlyConfirm?: boolean
}

/** A presigned PUT. `headers` are sent unchanged because they are part of the signature. */
export interface PutTicket {
  readonly kind: 'put'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
}

/** A POST with a policy. `fields` precede the file in the form. */
export interface PostTicket {
  readonly kind: 'post'
  readonly url: string
  readonly fields: Readonly<Record<string, string>>
}

/** A multipart upload. Each part is signed just before it is sent. */
export interface MultipartTicket {
  readonly kind: 'multipart'
  readonly uploadId: string
  /** Size of every part except the last, in bytes. */
  readonly partSize: number
}

/** A signed URL for one part of a multipart upload. */
export interface PartUrl {
  readonly partNumber: number
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
}

/** A part that is already in storage. */
export interface StoredPart {
  readonly partNumber: number
  /** Bytes. */
  readonly size: number
  readonly etag?: string
}

/** A checksum in base64, the format of S3. */
export interface Checksum {
  readonly algorithm: 'CRC32' | 'CRC32C' | 'CRC64NVME' | 'SHA1' | 'SHA256'
  readonly value: string
}

/** Evidence that storage accepted the bytes of a file. */
export interface Receipt {
  readonly file: FileInfo
  readonly ticket: Ticket
  /** Without quotes. Missing if the bucket's CORS rule does not expose it. */
  readonly etag?: string
  readonly checksum?: Checksum
}

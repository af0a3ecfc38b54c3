/** What an app tells its backend about a file beside the bytes: small, plain JSON. */
export type Meta = Readonly<Record<string, string | number | boolean | null>>

/** A file as the backend sees it before any byte has moved. */
export interface FileInfo {
  /** Made by the browser for this upload. Answers are matched by it, never by name, size or type. */
  readonly id: string
  readonly name: string
  /** Bytes. */
  readonly size: number
  /** MIME type; `application/octet-stream` where the browser knows none. */
  readonly type: string
  /** Which of the backend's routes this upload is for. */
  readonly route?: string
  readonly meta?: Meta
}

/** Permission to write one file to storage, made by the backend. Its URL is a secret: never log it. */
export type Ticket = TicketBase & (PutTicket | PostTicket | MultipartTicket)

interface TicketBase {
  /** Where the bytes go in the bucket. */
  readonly key: string
  /** When the ticket ends, in epoch milliseconds by the server's clock. */
  readonly expiresAt?: number
  /** Opaque to the browser, echoed to the backend in every later call about this upload. */
  readonly token?: string
  /**
   * The browser is to make this checksum: of each part before it is signed, of a single file while it is sent. What S3
   * makes of every object by itself: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
   */
  readonly checksum?: 'CRC64NVME'
  /**
   * How many requests storage takes at once from one browser, where that is more than the six that browsers open to one
   * HTTP/1.1 origin: it speaks HTTP/2, or has several names. The browser cannot tell: S3 sends no Timing-Allow-Origin.
   */
  readonly connections?: number
  /** Confirm may be asked while the bytes are on their way: the backend waits for them. */
  readonly confirmAhead?: boolean
}

/** One presigned PUT. `headers` are sent exactly as given: they are part of the signature. */
export interface PutTicket {
  readonly kind: 'put'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
}

/** One policy POST. `fields` precede the file in the form. */
export interface PostTicket {
  readonly kind: 'post'
  readonly url: string
  readonly fields: Readonly<Record<string, string>>
}

/** Many parts, each signed when it is about to leave. */
export interface MultipartTicket {
  readonly kind: 'multipart'
  readonly uploadId: string
  /** Bytes of every part but the last. */
  readonly partSize: number
}

/** A signed URL for one part of a multipart upload. */
export interface PartUrl {
  readonly partNumber: number
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
}

/** A part that storage already holds. */
export interface StoredPart {
  readonly partNumber: number
  /** Bytes. */
  readonly size: number
  readonly etag?: string
}

/** A checksum as S3 writes it: base64. */
export interface Checksum {
  readonly algorithm: 'CRC32' | 'CRC32C' | 'CRC64NVME' | 'SHA1' | 'SHA256'
  readonly value: string
}

/** What is known of bytes that storage has accepted. */
export interface Receipt {
  readonly file: FileInfo
  readonly ticket: Ticket
  /** Without quotes. Absent where the bucket's CORS rule hides it. */
  readonly etag?: string
  readonly checksum?: Checksum
}

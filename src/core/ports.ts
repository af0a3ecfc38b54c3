import { UploadError } from '../protocol/errors.ts'
import type { UploadPhase } from '../protocol/errors.ts'
import type { Checksum, FileInfo, PartUrl, Receipt, StoredPart, Ticket } from '../protocol/ticket.ts'

/** The dependencies of the engine. The provider supplies them; tests pass fakes. */
export interface UploadPorts<Result> {
  readonly endpoints: UploadEndpoints<Result>
  readonly transport: Transport
  readonly pool: Pool
  readonly host: Host
  /** Returns a unique id. */
  newId(): string
}

/** Context of every call to the backend. */
export interface EndpointContext {
  /** Aborted when the answer is no longer needed. */
  readonly signal: AbortSignal
  /** Whether other files of the list are queued or uploading, so that this call may wait to be batched with theirs. */
  readonly moreExpected?: boolean
}

/**
 * Confirms that the bytes of a file are stored, and returns the result. Returns a `PendingAnswer` while the backend still
 * checks the file.
 */
export type ConfirmUpload<Result> = (
  receipt: Receipt,
  context: EndpointContext,
) => Promise<Result | PendingAnswer>

/**
 * The answer of `confirm` while the backend still checks the file, for example for viruses. `confirm` is called again with
 * the same receipt after `retryAfter` seconds (from 1 to 3600). Until then the item is `finishing` with the step
 * `checking`. An object with any other property is a result.
 */
export interface PendingAnswer {
  readonly pending: {
    /** Seconds. */
    readonly retryAfter: number
    /** Token for a form with `allowPending`, which the server passes to `resolveUpload`. */
    readonly token?: string | undefined
  }
}

/** Context of a `signParts` call. */
export interface PartsContext extends EndpointContext {
  /** Base64 checksums by part number. Only if the ticket asks for checksums. */
  readonly checksums?: Readonly<Record<number, string>>
}

/**
 * The backend as functions. Only `presign` is required. A function may return the response of an HTTP library: its body
 * is read as JSON, and an error response or an HTML page is an error. A function may throw any error. An `UploadError`
 * keeps its code and gets the phase of its step. A `Response` or an error with an HTTP status gets a code as in
 * `UploadError.fromResponse`. A lost connection gets `network`, and a timeout `stalled`. Errors with these codes are
 * retried like those of `httpEndpoints`. Every other error becomes the cause of an UploadError `unknown`.
 */
export interface UploadEndpoints<Result = unknown> {
  /** Returns permission to write one file to storage. A ticket that is no longer needed is passed to `discard`. */
  presign(file: FileInfo, context: EndpointContext): Promise<Ticket>
  /**
   * Confirms that the bytes are stored. Must be idempotent, because it may be retried. Without this function, the
   * receipt is the result. Returns a `PendingAnswer` while the backend still checks the file, to be called again later.
   */
  confirm?(receipt: Receipt, context: EndpointContext): Promise<Result | PendingAnswer>
  /**
   * Called while the bytes of a single file are sent, so that the backend can start slow work early. Optional,
   * because `confirm` is called in any case. The receipt has the checksum of the file, but nothing from storage yet.
   */
  earlyConfirm?(receipt: Receipt, context: EndpointContext): void
  /**
   * Returns a ticket for the same key and uploadId with a new expiry. Without this function, a file whose ticket
   * expired is presigned again.
   */
  renew?(ticket: Ticket, context: EndpointContext): Promise<Ticket>
  /** Signs parts of a multipart upload. Required for multipart tickets. */
  signParts?(ticket: Ticket, partNumbers: readonly number[], context: PartsContext): Promise<PartUrl[]>
  /** Lists all stored parts of a multipart upload, from all pages. Without it a retry sends every part again. */
  listParts?(ticket: Ticket, context: EndpointContext): Promise<StoredPart[]>
  /** Assembles the parts to one object. Required for multipart tickets. */
  complete?(ticket: Ticket, context: EndpointContext): Promise<void>
  /**
   * Called when an upload ends in `error`. The upload may still be retried. If the backend deletes the stored bytes,
   * it returns `{ deleted: true }`. A retry waits up to 5 seconds for this answer. If the bytes were deleted, it
   * starts with presign.
   */
  failed?(
    file: FileInfo,
    ticket: Ticket | undefined,
    error: UploadError,
    context: EndpointContext,
  ): Promise<void | { readonly deleted: boolean }>
  /**
   * Called when storage repeatedly does not answer requests with this ticket (error `network`), and when storage
   * refuses the ticket (`signature`, `cors`). Returns true if `presign` may now return a ticket of another kind or for
   * another storage. The upload then starts again with `presign`. Without this function, the upload fails.
   */
  replaceTicket?(ticket: Ticket, file: FileInfo, error: UploadError): Promise<boolean>
  /** Called when the user is about to upload, to save round trips later. May be called often. */
  preload?(target: { readonly route?: string | undefined }): void
  /**
   * Called for an upload that was removed, replaced or canceled before it was done. Deletes the stored bytes or aborts
   * the multipart upload.
   */
  discard?(ticket: Ticket, context: EndpointContext): Promise<void>
}

/** Sends bytes to storage. */
export interface Transport {
  send(file: Blob, ticket: Ticket, context: SendContext): Promise<SendResult>
  /** Loads the code for an upload ahead of time. `size` is the size of the file in bytes, if it is known. */
  preload?(size?: number): void
}

export interface SendContext {
  readonly signal: AbortSignal
  /** Whether some parts of this ticket may already be stored. */
  readonly resumed: boolean
  /** The MIME type that was sent to presign. Default: the file's type. */
  readonly type?: string
  /** Reports the bytes of the file sent so far. May decrease when a part is sent again. */
  onProgress(bytes: number): void
  /** Called when storage has all bytes. The next file may use the connection while the checksum is computed. */
  onBytesSent?(): void
  /** Called while the bytes are sent, once the checksum is known if the ticket asks for one. */
  onChecksumReady?(earlyResult: SendResult): void
  /** Retries transient failures by the retry policy of the uploader. Rejects with the last error. */
  withRetry<T>(run: () => Promise<T>): Promise<T>
  /**
   * Acquires one more connection from the pool, in addition to the one that the sender already holds. If `isSpare`,
   * waits with the low priority of files that have not started. Returns the function that releases the connection.
   */
  acquire(signal: AbortSignal, isSpare?: boolean): Promise<() => void>
  /** Signs parts just before they are sent, and lists stored parts. */
  readonly endpoints: Pick<UploadEndpoints, 'signParts' | 'listParts'>
}

/** The response of storage after it accepted the bytes. */
export interface SendResult {
  readonly etag?: string
  readonly checksum?: Checksum
}

/** Connections shared by the uploaders of a provider. */
export interface Pool {
  /** The current limit. */
  readonly size: number
  /**
   * Waits for a connection and returns the function that releases it. Uploads that have started (`started`) are served
   * before new ones. Rejects with the signal's reason if it aborts first.
   */
  acquire(signal: AbortSignal, started?: boolean): Promise<() => void>
  /** Raises the limit to the number of connections that storage accepts from one browser. */
  raiseLimit(connections: number): void
  /** Reports a successful request, so that the limit grows by one. */
  reportSuccess(): void
  /** Reports a throttling response, so that the limit is halved. `now` is in epoch milliseconds. */
  reportThrottled(now: number): void
}

/** Clock, frames, randomness and network state. */
export interface Host {
  /** Epoch milliseconds. */
  now(): number
  /** Calls `run` before the next frame. */
  frame(run: () => void): void
  /** Waits. Rejects with the signal's reason if it aborts first. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>
  /** Returns a random number from 0 to 1. */
  random(): number
  /** False only if the device is certainly offline. True does not prove a connection. */
  isOnline(): boolean
}

/** Returns the error for a multipart ticket from endpoints that lack a multipart function. */
export function missingEndpoint(missingFunction: 'complete' | 'signParts', phase: UploadPhase): UploadError {
  const message = `The ticket is multipart, but the endpoints have no ${missingFunction}(). Add it, or presign a put or post ticket.`
  return new UploadError('invalid-answer', { phase, message })
}

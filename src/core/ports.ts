import { UploadError } from '../protocol/errors.ts'
import type { UploadPhase } from '../protocol/errors.ts'
import type { Checksum, FileInfo, PartUrl, Receipt, StoredPart, Ticket } from '../protocol/ticket.ts'

/** Everything the engine needs from outside. The provider fills these in; tests pass fakes. */
export interface UploadPorts<Result> {
  readonly endpoints: UploadEndpoints<Result>
  readonly transport: Transport
  readonly pool: Pool
  readonly host: Host
  /** A new id, never the same twice. */
  newId(): string
}

/** What comes with every call to the backend. */
export interface EndpointContext {
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal
  /** Whether others of the list wait or are on their way to storage: a call that travels with theirs may wait a moment. */
  readonly more?: boolean
}

/** What comes with a call to sign parts. */
export interface PartsContext extends EndpointContext {
  /** The checksum of every part, in base64, by its number; only where the ticket asks for one. */
  readonly checksums?: Readonly<Record<number, string>>
}

/**
 * The backend, as functions. Only `presign` is needed. A function may throw anything. An `UploadError` keeps its code and
 * gets the phase of its step; the status of a `Response` or of an HTTP client's error becomes a code, as in
 * `UploadError.fromResponse`; a lost connection is `network`, a timeout `stalled`. These are retried like our own
 * requests. Every other error is `unknown`, with what was thrown as its cause. The response of an HTTP client that is
 * returned as it is counts as its JSON, or as an error where it is a refusal; a page of HTML is an error too.
 */
export interface UploadEndpoints<Result = unknown> {
  /** Permission to write one file to storage. When nobody waits any more its ticket is given to `discard`. */
  presign(file: FileInfo, context: EndpointContext): Promise<Ticket>
  /** Tells the backend that the bytes are stored. Idempotent: it may come again. Without it the result is the receipt. */
  confirm?(receipt: Receipt, context: EndpointContext): Promise<Result>
  /**
   * The bytes of a single file are leaving: what takes time may begin. Nothing depends on it, and confirm is asked all the
   * same. The receipt has the file's checksum, and nothing yet that storage has said.
   */
  confirmAhead?(receipt: Receipt, context: EndpointContext): void
  /** The same key and uploadId with a new life. Without it an expired ticket is presigned again. */
  renew?(ticket: Ticket, context: EndpointContext): Promise<Ticket>
  /** Signs parts of a multipart upload. Needed for tickets of that kind. */
  signParts?(ticket: Ticket, partNumbers: readonly number[], context: PartsContext): Promise<PartUrl[]>
  /** What storage already holds of a multipart upload, all pages. Without it a retry sends every part again. */
  listParts?(ticket: Ticket, context: EndpointContext): Promise<StoredPart[]>
  /** Makes one object of the parts. Needed for tickets of kind multipart. */
  complete?(ticket: Ticket, context: EndpointContext): Promise<void>
  /**
   * An upload ended in `error`: for backends that want to know. It may still be retried. A backend that deletes what is
   * stored answers `{ deleted: true }`: the retry waits for this answer, some seconds at most, and begins with presign.
   */
  failed?(
    file: FileInfo,
    ticket: Ticket | undefined,
    error: UploadError,
    context: EndpointContext,
  ): Promise<void | { readonly deleted: boolean }>
  /** Somebody is about to upload: what takes a round trip may be done now. Called more often than it is of use. */
  warm?(about: { readonly route?: string | undefined }): void
  /** Removed, replaced or canceled before it was done: the bytes may go, a multipart upload is aborted. */
  discard?(ticket: Ticket, context: EndpointContext): Promise<void>
}

/** How bytes reach storage. */
export interface Transport {
  send(file: Blob, ticket: Ticket, context: SendContext): Promise<Sent>
  /** Somebody is about to upload, by now perhaps a file of so many bytes: what is needed for it may be loaded. */
  warm?(size?: number): void
}

export interface SendContext {
  readonly signal: AbortSignal
  /** True when parts of this ticket may be stored already. */
  readonly resumed: boolean
  /** The file's type as presign was told. Default: the file's own. */
  readonly type?: string
  /** Tells how many bytes of the file were handed over so far. May fall when a part is sent again. */
  onProgress(bytes: number): void
  /** The bytes are leaving, and their checksum is known where one is asked for. */
  onSealed?(sealed: Sent): void
  /** Repeats what may come right by itself, by the one policy for that. Rejects when it is no use. */
  persist<T>(run: () => Promise<T>): Promise<T>
  /** One connection is the sender's from the start; this asks the pool for a further one, or a `spare` one. */
  acquire(signal: AbortSignal, spare?: boolean): Promise<() => void>
  /** For parts, which are signed when they are about to leave. */
  readonly endpoints: Pick<UploadEndpoints, 'signParts' | 'listParts'>
}

/** What storage said when it had taken the bytes. */
export interface Sent {
  readonly etag?: string
  readonly checksum?: Checksum
}

/** The connections that a provider's uploaders share. */
export interface Pool {
  /** How many there are now. */
  readonly size: number
  /**
   * Waits for a connection and returns the function that gives it back. `started` comes before what has not begun.
   * Rejects with the signal's reason when it is aborted first.
   */
  acquire(signal: AbortSignal, started?: boolean): Promise<() => void>
  /** Storage takes so many at once from one browser. */
  offer(connections: number): void
  /** Bytes have arrived. */
  went(): void
  /** Storage asked for fewer. `now` in epoch milliseconds. */
  throttled(now: number): void
}

/** Time, chance and the network's state, from outside. */
export interface Host {
  /** Epoch milliseconds. */
  now(): number
  /** Runs something before the next frame is shown. */
  frame(run: () => void): void
  /** Waits some milliseconds. Rejects with the signal's reason when it is aborted first. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>
  /** 0 to 1. */
  random(): number
  /** False only when the device is sure that it is offline; true proves nothing. */
  isOnline(): boolean
}

/** A multipart ticket came from a backend whose functions cannot serve it. */
export function missingEndpoint(call: 'complete' | 'signParts', phase: UploadPhase): UploadError {
  const message = `The ticket is multipart, and the endpoints have no ${call}(). Add it, or presign put or post.`
  return new UploadError('invalid-answer', { phase, message })
}

import type { ErrorDetails } from './error-text.ts'
import type { UploadErrorCode, UploadPhase } from './errors.ts'
import type { Checksum, FileInfo, PartUrl, StoredPart, Ticket } from './ticket.ts'

/**
 * The JSON that `httpEndpoints` POSTs to one URL and `createUploadHandler` answers. The token identifies the upload for
 * the backend, so that the URL of a ticket is never sent back.
 */
export type WireRequest =
  /** Sent before a file is chosen. */
  | { readonly type: 'policies'; readonly route?: string }
  /**
   * `refused`: the features that storage refused in earlier tickets of the file. The answer is then a ticket without
   * these features.
   */
  | {
      readonly type: 'presign'
      readonly files: readonly (FileInfo & { readonly refused?: readonly StoreFeature[] })[]
    }
  | { readonly type: 'renew'; readonly token: string }
  | {
      readonly type: 'sign-parts'
      readonly token: string
      readonly partNumbers: readonly number[]
      /** Checksums by part number, if the ticket asks for a checksum. */
      readonly checksums?: Readonly<Record<number, string>>
    }
  | { readonly type: 'list-parts'; readonly token: string }
  | { readonly type: 'complete'; readonly token: string }
  /** `early` means that the bytes are still being sent, so the backend waits for the object. */
  | { readonly type: 'confirm'; readonly receipts: readonly WireReceipt[]; readonly early?: boolean }
  | { readonly type: 'discard'; readonly tokens: readonly string[] }

/**
 * A feature of an upload that a store may refuse: POST with a policy, a checksum of a part, or the condition that a PUT
 * must not replace an object.
 */
export type StoreFeature = (typeof storeFeatures)[number]

export const storeFeatures = ['post', 'checksums', 'writeOnce'] as const

/** The upload phase of each call. Both the browser and the server use the phase for errors of the call. */
export const callPhases: Readonly<Record<WireRequest['type'], UploadPhase>> = {
  policies: 'starting',
  presign: 'starting',
  renew: 'starting',
  'sign-parts': 'uploading',
  'list-parts': 'uploading',
  complete: 'finishing',
  confirm: 'finishing',
  discard: 'finishing',
}

export interface WireReceipt {
  /** Id of the file, repeated in the answer. */
  readonly id: string
  readonly token: string
  readonly etag?: string
  readonly checksum?: Checksum
}

/** The answer to each request, with status 200. Every file has its own ticket, result or error. */
export interface WireAnswers {
  policies: {
    readonly policies: readonly WirePolicy[]
    /** URL of the storage host. The browser sends HEAD to it only to open connections early. */
    readonly hello?: string
    /** Absent if the files of the route are not sent by POST. */
    readonly preflights?: readonly PreflightRequest[]
  }
  presign: {
    /** Policies for later files. */
    readonly policies?: readonly WirePolicy[]
    readonly tickets: readonly ({ readonly id: string } & (
      | { readonly ticket: Ticket }
      | { readonly error: WireError }
    ))[]
  }
  renew: { readonly ticket: Ticket }
  'sign-parts': { readonly parts: readonly PartUrl[] }
  'list-parts': { readonly parts: readonly StoredPart[] }
  complete: Readonly<Record<string, never>>
  confirm: {
    readonly results: readonly ({ readonly id: string } & (
      | { readonly result: unknown }
      | { readonly pending: WirePending }
      | { readonly error: WireError }
    ))[]
  }
  discard: Readonly<Record<string, never>>
}

/**
 * A HEAD of a bucket, signed by headers, at a URL that POSTs are sent to. It needs a preflight, because it has headers.
 * Browsers cache the preflight by URL, so that later POSTs to this URL need none.
 */
export interface PreflightRequest {
  readonly url: string
  /** All headers to send. They are a signature, and therefore secret. */
  readonly headers: Readonly<Record<string, string>>
}

/** The backend still checks the file, and wants the same confirm again after `retryAfter` seconds. */
export interface WirePending {
  readonly retryAfter: number
  /** Token for a form that accepts uploads whose check is pending. */
  readonly token?: string
}

/**
 * A POST policy for many files of one route and one exact type. The browser creates tickets from it without a
 * request. The key of such a ticket is `prefix` plus the file's id. Its token is the policy's token, a dot, and the
 * file (`id`, `name`, `size`, `meta`, `path`, `image`, `crop`) as JSON in base64url.
 */
export interface WirePolicy {
  /** The route that the files name. */
  readonly route?: string
  readonly type: string
  /** Bytes. */
  readonly minSize: number
  readonly maxSize: number
  readonly prefix: string
  readonly url: string
  readonly fields: Readonly<Record<string, string>>
  readonly token: string
  readonly expiresAt: number
  readonly checksum?: Ticket['checksum']
  readonly connections?: number
  readonly earlyConfirm?: boolean
  /** More origins that accept the same requests as `url`. The browser uses all origins in turn, one per file. */
  readonly origins?: readonly string[]
}

/** An error. An answer that is only an error is `{ error }` with a status of 400 or more. */
export interface WireError {
  readonly code: UploadErrorCode
  /** Message for developers. */
  readonly message: string
  /** Text for users that the app wrote. Default: the page makes a sentence from the error code and the details. */
  readonly text?: string
  readonly details?: ErrorDetails
}

/** Maximum number of files in one presign, confirm or discard. */
export const maxBatch = 50

import type { ErrorDetails } from './error-text.ts'
import type { UploadErrorCode, UploadPhase } from './errors.ts'
import type { Checksum, FileInfo, PartUrl, StoredPart, Ticket } from './ticket.ts'

/**
 * The JSON that `httpEndpoints` POSTs to one URL and `createUploadHandler` answers. The token is all that a backend
 * needs to know an upload again: a ticket's URL never travels back.
 */
export type WireRequest =
  /** Asked before a file is chosen. */
  | { readonly type: 'policies'; readonly route?: string }
  | { readonly type: 'presign'; readonly files: readonly FileInfo[] }
  | { readonly type: 'renew'; readonly token: string }
  | {
      readonly type: 'sign-parts'
      readonly token: string
      readonly partNumbers: readonly number[]
      /** By part number, where the ticket asks for a checksum. */
      readonly checksums?: Readonly<Record<number, string>>
    }
  | { readonly type: 'list-parts'; readonly token: string }
  | { readonly type: 'complete'; readonly token: string }
  /** `ahead`: the bytes are on their way, and are waited for. */
  | { readonly type: 'confirm'; readonly receipts: readonly WireReceipt[]; readonly ahead?: boolean }
  | { readonly type: 'discard'; readonly tokens: readonly string[] }

/** The phase of each call, for errors on both sides. */
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
  /** The file's id: the answer carries it too. */
  readonly id: string
  readonly token: string
  readonly etag?: string
  readonly checksum?: Checksum
}

/** What each request is answered with, at status 200. Every file has its own ticket, result or error. */
export interface WireAnswers {
  policies: {
    readonly policies: readonly WirePolicy[]
    /** At the host that the bytes will go to: answers HEAD with nothing, and so opens connections. */
    readonly hello?: string
  }
  presign: {
    /** For files that come later. */
    readonly policies?: readonly WirePolicy[]
    readonly tickets: readonly ({ readonly id: string } & (
      { readonly ticket: Ticket } | { readonly error: WireError }
    ))[]
  }
  renew: { readonly ticket: Ticket }
  'sign-parts': { readonly parts: readonly PartUrl[] }
  'list-parts': { readonly parts: readonly StoredPart[] }
  complete: Readonly<Record<string, never>>
  confirm: {
    readonly results: readonly ({ readonly id: string } & (
      { readonly result: unknown } | { readonly error: WireError }
    ))[]
  }
  discard: Readonly<Record<string, never>>
}

/**
 * One POST policy for many files of one route and exact type. The browser makes a ticket of it by itself: the key is
 * `prefix` and the file's id, and the token is this one, a dot, and what it would tell presign of the file (`id`, `name`,
 * `size`, `meta`) as JSON in base64url.
 */
export interface WirePolicy {
  /** As the files name it. */
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
  readonly confirmAhead?: boolean
  /** Other origins that may stand in `url`: files go round all of them. */
  readonly origins?: readonly string[]
}

/** A refusal. As the whole answer it comes as `{ error }` with a status of 400 or more. */
export interface WireError {
  readonly code: UploadErrorCode
  /** For developers. */
  readonly message: string
  /** For people: an app's own sentence. Absent where the page makes the sentence from code and details. */
  readonly text?: string
  readonly details?: ErrorDetails
}

/** How many files one presign, confirm or discard may name. */
export const maxBatch = 50

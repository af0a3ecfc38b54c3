import type { Meta, Ticket } from '../../protocol/ticket.ts'
import type { InspectedUpload } from '../routes/route.ts'
import { createSignedTokens } from './signed-token.ts'
import type { Secret, Tokens, TokenScope } from './signed-token.ts'

/**
 * State of an upload. The server does not store it. The browser carries it in a token that is signed but not
 * encrypted.
 */
export interface UploadClaims {
  /** Created at presign. It is the same in every call about this upload. */
  readonly id: string
  readonly route: string
  /** The user's id. */
  readonly user: string
  /** Key that the ticket writes to. */
  readonly key: string
  /** Final key that confirm copies the object to. Absent with `promote: false`. */
  readonly to?: string
  /** True for an upload with a reusable policy. `authorize` has not seen the file of such an upload at presign. */
  readonly byPolicy?: true
  readonly name: string
  readonly size: number
  readonly type: string
  readonly meta: Meta
  /** Clean path of a file from a folder. */
  readonly path?: string
  readonly kind: Ticket['kind']
  readonly uploadId?: string
  readonly partSize?: number
  readonly checksum?: Ticket['checksum']
  /** Expiry in epoch milliseconds. Set at presign or with the policy. No later call extends it. */
  readonly exp: number
}

/** Claims of a reusable policy's token. */
export interface PolicyClaims {
  readonly id: string
  readonly route: string
  /** The user's id. */
  readonly user: string
  /** Prefix of the keys of all files that use this policy. */
  readonly prefix: string
  readonly type: string
  /** Bytes. */
  readonly minSize: number
  readonly maxSize: number
  readonly checksum?: Ticket['checksum']
  /** Epoch milliseconds. */
  readonly exp: number
}

/** Claims about a confirmed upload in a form value. The upload endpoint does not accept this token. */
export interface ValueClaims extends InspectedUpload {
  readonly route: string
  /** The user's id. */
  readonly user: string
  readonly verified: boolean
  /** Epoch milliseconds. */
  readonly exp: number
}

/** With this scope, all handlers with the same secret accept the tokens. */
const emptyScope: TokenScope = () => ''

/** Returns the functions that issue and read the tokens in tickets. Throws a TypeError for a short secret. */
export function createUploadTokens(
  secret: Secret | undefined,
  now: () => number,
  scope: TokenScope = emptyScope,
): Tokens<UploadClaims> {
  return createSignedTokens('putaway upload 1:', secret, now, scope)
}

/** Returns the functions that issue and read the tokens of reusable policies. Throws a TypeError for a short secret. */
export function createPolicyTokens(
  secret: Secret | undefined,
  now: () => number,
  scope: TokenScope = emptyScope,
): Tokens<PolicyClaims> {
  return createSignedTokens('putaway policy 1:', secret, now, scope)
}

/** Returns the functions that issue and read the tokens in form values. Throws a TypeError for a short secret. */
export function createValueTokens(
  secret: Secret | undefined,
  now: () => number,
  scope: TokenScope = emptyScope,
): Tokens<ValueClaims> {
  return createSignedTokens('putaway value 1:', secret, now, scope)
}

/**
 * Returns the seconds until an upload's token expires. No signed request of the upload may be valid for a longer time.
 */
export function secondsUntilExpiry(
  { exp }: Pick<UploadClaims, 'exp'>,
  { now }: { readonly now: () => number },
): number {
  return (exp - now()) / 1000
}

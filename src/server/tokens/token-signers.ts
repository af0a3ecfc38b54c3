import type { ImageCrop, ImageInfo, Meta, Ticket } from '../../protocol/ticket.ts'
import type { ClientReceipt } from '../inspection/client-receipt.ts'
import type { InspectedUpload } from '../routes/route.ts'
import { createTokenSigner } from './signed-token.ts'
import type { Secret, TokenSigner, TokenScope } from './signed-token.ts'

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
  readonly image?: ImageInfo
  readonly crop?: ImageCrop
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

/**
 * Claims about an upload that `verify` still checks. `resolveUpload` and a form with `allowPending` read them. The upload
 * endpoint does not accept this token.
 */
export interface PendingClaims {
  readonly upload: UploadClaims
  /** The receipt that the browser sent with `confirm`. */
  readonly receipt: ClientReceipt
  /** Scope of the handler's upload tokens, so that `resolveUpload` rejects a token of another bucket. */
  readonly scope: string
  /** Epoch milliseconds. `resolveUpload` ignores it. */
  readonly exp: number
}

/** Scope of tokens that all handlers with the same secret accept. */
const sharedScope: TokenScope = () => ''

/**
 * Creates a function that returns the functions to issue and to read one kind of token. It throws a TypeError for a short
 * secret.
 */
const signerFactory =
  <Claims extends { readonly exp: number }>(purpose: string) =>
  (secret: Secret | undefined, now: () => number, scope: TokenScope = sharedScope): TokenSigner<Claims> =>
    createTokenSigner(purpose, secret, now, scope)

/** For the tokens in tickets. */
export const createUploadTokenSigner = signerFactory<UploadClaims>('putaway upload 1:')
/** For the tokens of reusable policies. */
export const createPolicyTokenSigner = signerFactory<PolicyClaims>('putaway policy 1:')
/** For the tokens in form values. */
export const createValueTokenSigner = signerFactory<ValueClaims>('putaway value 1:')
/** For the tokens of pending uploads. */
export const createPendingTokenSigner = signerFactory<PendingClaims>('putaway pending 1:')

/**
 * Returns the seconds until an upload's token expires. No signed request of the upload may be valid for a longer time.
 */
export function secondsUntilExpiry(
  { exp }: Pick<UploadClaims, 'exp'>,
  { now }: { readonly now: () => number },
): number {
  return (exp - now()) / 1000
}

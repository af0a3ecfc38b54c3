import { fromBase64Url, toBase64Url } from '../../internal/base64url.ts'
import { UploadError } from '../../protocol/errors.ts'
import type { UploadPhase } from '../../protocol/errors.ts'
import type { Meta, Ticket } from '../../protocol/ticket.ts'
import type { InspectedUpload } from '../routes/route.ts'

/** State of an upload. The server stores none: the browser carries it in a token that is signed but not encrypted. */
export interface UploadClaims {
  /** Created at presign, the same in every call about this upload. */
  readonly id: string
  readonly route: string
  /** The user's id. */
  readonly user: string
  /** Key that the ticket writes to. */
  readonly key: string
  /** Final key that confirm copies the object to. Absent with `promote: false`. */
  readonly to?: string
  /** True for an upload made with a reusable policy: `authorize` has not seen its file at presign. */
  readonly byPolicy?: true
  readonly name: string
  readonly size: number
  readonly type: string
  readonly meta: Meta
  readonly kind: Ticket['kind']
  readonly uploadId?: string
  readonly partSize?: number
  readonly checksum?: Ticket['checksum']
  /** Epoch milliseconds. Set at presign or with the policy; no later call extends it. */
  readonly exp: number
}

/** Claims of a reusable policy's token. */
export interface PolicyClaims {
  readonly id: string
  readonly route: string
  /** The user's id. */
  readonly user: string
  /** Prefix of its files' keys. */
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

/** Issues and reads signed tokens of one secret, one purpose and one scope. */
export interface Tokens<Payload> {
  issue(claims: Payload): Promise<string>
  /** Throws an UploadError: `forbidden` when the signature is invalid, `expired` when the token has expired. */
  read(token: string, phase: UploadPhase): Promise<Payload>
}

/** One secret, or a list whose first entry signs and whose entries all verify. To rotate, put the new secret first. */
export type Secret = string | readonly string[]

/** Identifies where a token is valid, for example a handler and its bucket. A token of another scope is `forbidden`. */
type TokenScope = () => string | Promise<string>

const anyScope: TokenScope = () => ''

const maxLength = 16_384
const minSecretLength = 32

/** Creates the tokens of tickets. Throws a TypeError for a short secret. */
export function createTokens(
  secret: Secret | undefined,
  now: () => number,
  scope: TokenScope = anyScope,
): Tokens<UploadClaims> {
  return createSignedTokens('putaway upload 1:', secret, now, scope)
}

/** Creates the tokens of reusable policies. Throws a TypeError for a short secret. */
export function createPolicyTokens(
  secret: Secret | undefined,
  now: () => number,
  scope: TokenScope = anyScope,
): Tokens<PolicyClaims> {
  return createSignedTokens('putaway policy 1:', secret, now, scope)
}

/** Creates the tokens that results carry for forms. Throws a TypeError for a short secret. */
export function createValueTokens(
  secret: Secret | undefined,
  now: () => number,
  scope: TokenScope = anyScope,
): Tokens<ValueClaims> {
  return createSignedTokens('putaway value 1:', secret, now, scope)
}

/**
 * Signs JSON with HMAC-SHA-256, as `payload.signature`, both in base64url. Purpose and scope are part of the signed
 * text, so a token of another purpose or scope is rejected even when it has the same secret.
 */
function createSignedTokens<Payload extends { readonly exp: number }>(
  purpose: string,
  secret: Secret | undefined,
  now: () => number,
  scope: TokenScope,
): Tokens<Payload> {
  const [newestSecret, ...olderSecrets] = checkSecrets(secret)
  const signingKey = createKeyLoader(newestSecret)
  const keys = [signingKey, ...olderSecrets.map(createKeyLoader)]

  // JSON delimits the scope unambiguously, whatever characters it contains.
  const signedBytes = async (payload: string) =>
    bytesOf(`${purpose}${JSON.stringify(await scope())}${payload}`)

  async function hasValidSignature(payload: string, signature: Uint8Array<ArrayBuffer>): Promise<boolean> {
    const bytes = await signedBytes(payload)
    for (const key of keys) {
      // `verify` compares in constant time.
      if (await crypto.subtle.verify('HMAC', await key(), signature, bytes)) return true
    }
    return false
  }

  return {
    async issue(claims) {
      const payload = toBase64Url(bytesOf(JSON.stringify(claims)))
      const signature = await crypto.subtle.sign('HMAC', await signingKey(), await signedBytes(payload))
      return `${payload}.${toBase64Url(new Uint8Array(signature))}`
    },

    async read(token, phase) {
      const [payload = '', signature = '', ...rest] = token.length > maxLength ? [] : token.split('.')
      const signatureBytes = fromBase64Url(signature)
      const isValid =
        signatureBytes !== undefined &&
        rest.length === 0 &&
        (await hasValidSignature(payload, signatureBytes))
      const json = isValid ? fromBase64Url(payload) : undefined
      if (json === undefined) {
        const message = 'The token was not signed by this backend, or it was changed.'
        throw new UploadError('forbidden', { phase, message })
      }
      const claims: Payload = JSON.parse(new TextDecoder().decode(json)) // the signature is verified, so the type holds
      if (claims.exp <= now()) {
        throw new UploadError('expired', {
          phase,
          message: 'The upload token has expired. Upload the file again.',
        })
      }
      return claims
    },
  }
}

/** Throws a TypeError for a missing or short secret. */
function checkSecrets(secret: Secret | undefined): [string, ...string[]] {
  const [first, ...older]: readonly unknown[] = Array.isArray(secret) ? secret : [secret]
  const isLong = (each: unknown): each is string => typeof each === 'string' && each.length >= minSecretLength
  if (isLong(first) && older.every(isLong)) return [first, ...older]
  throw new TypeError(
    `putaway/server needs a secret of at least ${minSecretLength} characters, or a list of secrets. It signs the ` +
      'tokens that identify uploads, so an attacker who guesses it can confirm the uploads of other users. ' +
      'Create one with `openssl rand -base64 32` and keep it in the environment.',
  )
}

/** Returns a function that imports the secret as a key, once. */
function createKeyLoader(secret: string): () => Promise<CryptoKey> {
  let keyPromise: Promise<CryptoKey> | undefined
  const hmac = { name: 'HMAC', hash: 'SHA-256' }
  return () =>
    (keyPromise ??= crypto.subtle.importKey('raw', bytesOf(secret), hmac, false, ['sign', 'verify']))
}

/** Seconds until an upload's token expires: the maximum lifetime of everything that is signed for it. */
export function secondsLeft(
  { exp }: Pick<UploadClaims, 'exp'>,
  { now }: { readonly now: () => number },
): number {
  return (exp - now()) / 1000
}

/** Parses JSON in base64url; undefined when it is invalid. */
export function parseBase64UrlJson(text: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(fromBase64Url(text))) as unknown
  } catch {
    return undefined
  }
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text)
}

import { fromBase64Url, toBase64Url } from '../protocol/base64url.ts'
import { UploadError } from '../protocol/errors.ts'
import type { UploadPhase } from '../protocol/errors.ts'
import type { Meta, Ticket } from '../protocol/ticket.ts'
import type { InspectedUpload } from './route.ts'

/** What the server knows of an upload: it keeps nothing, the browser carries it, signed. Signed and not secret. */
export interface Claims {
  /** Made at presign, the same in every call about this upload. */
  readonly id: string
  readonly route: string
  /** The user's id. */
  readonly user: string
  /** Where the ticket writes. */
  readonly key: string
  /** Where confirm puts it away; absent with `promote: false`. */
  readonly to?: string
  /** True for an upload by a reusable policy: no presign has shown its file to `authorize`. */
  readonly byPolicy?: true
  readonly name: string
  readonly size: number
  readonly type: string
  readonly meta: Meta
  readonly kind: Ticket['kind']
  readonly uploadId?: string
  readonly partSize?: number
  readonly checksum?: Ticket['checksum']
  /** Epoch milliseconds. Set once, at presign or with the policy: no later call moves it. */
  readonly exp: number
}

/** What a policy is for. */
export interface PolicyClaims {
  readonly id: string
  readonly route: string
  /** The user's id. */
  readonly user: string
  /** What the keys of its files begin with. */
  readonly prefix: string
  readonly type: string
  /** Bytes. */
  readonly minSize: number
  readonly maxSize: number
  readonly checksum?: Ticket['checksum']
  /** Epoch milliseconds. */
  readonly exp: number
}

/** What a form value says of a confirmed upload, signed. It opens nothing at the upload endpoint. */
export interface ValueClaims extends InspectedUpload {
  readonly route: string
  /** The user's id. */
  readonly user: string
  readonly verified: boolean
  /** Epoch milliseconds. */
  readonly exp: number
}

/** Issues and reads the signed tokens of one secret, one purpose and one scope. */
export interface Tokens<Payload> {
  issue(claims: Payload): Promise<string>
  /** Throws an UploadError: `forbidden` for a token that is not ours, `expired` for one whose life is over. */
  read(token: string, phase: UploadPhase): Promise<Payload>
}

/** One secret, or several of which the first signs and all verify: a new one goes in front of the old one. */
export type Secret = string | readonly string[]

/** Names where a token is valid, for example a handler and its bucket. A token of another scope is `forbidden`. */
type Scope = () => string | Promise<string>

const everywhere: Scope = () => ''

const maxLength = 16_384
const minSecretLength = 32

/** The tokens that a ticket carries. Throws a TypeError for a short secret. */
export function createTokens(
  secret: Secret | undefined,
  now: () => number,
  scope: Scope = everywhere,
): Tokens<Claims> {
  return signedFor('putaway upload 1:', secret, now, scope)
}

/** The tokens of policies. Throws a TypeError for a short secret. */
export function createPolicyTokens(
  secret: Secret | undefined,
  now: () => number,
  scope: Scope = everywhere,
): Tokens<PolicyClaims> {
  return signedFor('putaway policy 1:', secret, now, scope)
}

/** The tokens that a result carries, for forms. Throws a TypeError for a short secret. */
export function createValueTokens(
  secret: Secret | undefined,
  now: () => number,
  scope: Scope = everywhere,
): Tokens<ValueClaims> {
  return signedFor('putaway value 1:', secret, now, scope)
}

/**
 * HMAC-SHA-256 over JSON, as `payload.signature`, both in base64url. Purpose and scope are part of what is signed, so
 * a token for another purpose or scope is none of these, also with the same secret.
 */
function signedFor<Payload extends { readonly exp: number }>(
  purpose: string,
  secret: Secret | undefined,
  now: () => number,
  scope: Scope,
): Tokens<Payload> {
  const [newest, ...rotated] = checkedSecrets(secret)
  const first = lazyKey(newest)
  const keys = [first, ...rotated.map(lazyKey)]

  // JSON ends the scope unambiguously, whatever characters it has.
  const signed = async (payload: string) => bytesOf(`${purpose}${JSON.stringify(await scope())}${payload}`)

  async function isOurs(payload: string, signature: Uint8Array<ArrayBuffer>): Promise<boolean> {
    const bytes = await signed(payload)
    for (const key of keys) {
      // `verify` compares in constant time.
      if (await crypto.subtle.verify('HMAC', await key(), signature, bytes)) return true
    }
    return false
  }

  return {
    async issue(claims) {
      const payload = toBase64Url(bytesOf(JSON.stringify(claims)))
      const signature = await crypto.subtle.sign('HMAC', await first(), await signed(payload))
      return `${payload}.${toBase64Url(new Uint8Array(signature))}`
    },

    async read(token, phase) {
      const [payload = '', signature = '', ...rest] = token.length > maxLength ? [] : token.split('.')
      const given = fromBase64Url(signature)
      const ours = given !== undefined && rest.length === 0 && (await isOurs(payload, given))
      const json = ours ? fromBase64Url(payload) : undefined
      if (json === undefined) {
        const message = 'The token is not one that this backend has signed, or it was changed on the way.'
        throw new UploadError('forbidden', { phase, message })
      }
      const claims: Payload = JSON.parse(new TextDecoder().decode(json)) // our own signature is on it
      if (claims.exp <= now()) {
        throw new UploadError('expired', {
          phase,
          message: 'The token of this upload has run out. Upload the file again.',
        })
      }
      return claims
    },
  }
}

/** Throws a TypeError for no secret, and for one that is short. */
function checkedSecrets(secret: Secret | undefined): [string, ...string[]] {
  const [first, ...older]: readonly unknown[] = Array.isArray(secret) ? secret : [secret]
  const isLong = (each: unknown): each is string => typeof each === 'string' && each.length >= minSecretLength
  if (isLong(first) && older.every(isLong)) return [first, ...older]
  throw new TypeError(
    `putaway/server needs a secret of at least ${minSecretLength} characters, or a list of such. It signs the tokens ` +
      'by which the server knows its uploads again, so whoever guesses it can confirm the uploads of others. ' +
      'Make one with `openssl rand -base64 32` and keep it in the environment.',
  )
}

/** The secret as a key, imported once. */
function lazyKey(secret: string): () => Promise<CryptoKey> {
  let imported: Promise<CryptoKey> | undefined
  const hmac = { name: 'HMAC', hash: 'SHA-256' }
  return () => (imported ??= crypto.subtle.importKey('raw', bytesOf(secret), hmac, false, ['sign', 'verify']))
}

/** Seconds until an upload ends: nothing that is signed for it may live longer. */
export function lifeOf({ exp }: Pick<Claims, 'exp'>, { now }: { readonly now: () => number }): number {
  return (exp - now()) / 1000
}

/** What base64url says in JSON; undefined where it says nothing. */
export function readJson(text: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(fromBase64Url(text))) as unknown
  } catch {
    return undefined
  }
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text)
}

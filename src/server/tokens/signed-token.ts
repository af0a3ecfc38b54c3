import { fromBase64Url, toBase64Url } from '../../internal/base64url.ts'
import { UploadError } from '../../protocol/errors.ts'
import type { UploadPhase } from '../../protocol/errors.ts'

/** Issues and reads signed tokens of one secret, one purpose and one scope. */
export interface TokenSigner<Payload> {
  issue(claims: Payload): Promise<string>
  /**
   * Returns the claims of a token. Throws an UploadError `forbidden` if the signature is invalid, and `expired` if the
   * token has expired, unless `allowExpired`.
   */
  read(token: string, phase: UploadPhase, allowExpired?: boolean): Promise<Payload>
}

/**
 * One secret, or a list of secrets. The first secret signs, and all secrets verify. To rotate, put the new secret
 * first.
 */
export type Secret = string | readonly string[]

/** Identifies where a token is valid, for example a handler and its bucket. A token of another scope is `forbidden`. */
export type TokenScope = () => string | Promise<string>

const maxTokenLength = 16_384
const minSecretLength = 32

/**
 * Signs JSON with HMAC-SHA-256, as `payload.signature`, both in base64url. The signed text contains the purpose and the
 * scope, so a token of another purpose or scope is rejected even if the secret is the same.
 */
export function createTokenSigner<Payload extends { readonly exp: number }>(
  purpose: string,
  secret: Secret | undefined,
  now: () => number,
  scope: TokenScope,
): TokenSigner<Payload> {
  const [newestSecret, ...olderSecrets] = checkSecrets(secret)
  const loadSigningKey = createKeyLoader(newestSecret)
  const keyLoaders = [loadSigningKey, ...olderSecrets.map(createKeyLoader)]

  // JSON.stringify puts the scope in quotes and escapes quotes in it, so that scope and payload cannot be confused.
  const signedBytes = async (payload: string) =>
    encodeUtf8(`${purpose}${JSON.stringify(await scope())}${payload}`)

  async function hasValidSignature(payload: string, signature: Uint8Array<ArrayBuffer>): Promise<boolean> {
    const bytes = await signedBytes(payload)
    for (const loadKey of keyLoaders) {
      // `verify` compares in constant time.
      if (await crypto.subtle.verify('HMAC', await loadKey(), signature, bytes)) return true
    }
    return false
  }

  return {
    async issue(claims) {
      const payload = toBase64Url(encodeUtf8(JSON.stringify(claims)))
      const signature = await crypto.subtle.sign('HMAC', await loadSigningKey(), await signedBytes(payload))
      return `${payload}.${toBase64Url(new Uint8Array(signature))}`
    },

    async read(token, phase, allowExpired = false) {
      const [payload = '', signature = '', ...extraParts] =
        token.length > maxTokenLength ? [] : token.split('.')
      const signatureBytes = fromBase64Url(signature)
      const isValid =
        signatureBytes !== undefined &&
        extraParts.length === 0 &&
        (await hasValidSignature(payload, signatureBytes))
      const json = isValid ? fromBase64Url(payload) : undefined
      if (json === undefined) {
        const message = 'The token was not signed by this backend, or it was changed.'
        throw new UploadError('forbidden', { phase, message })
      }
      const claims: Payload = JSON.parse(new TextDecoder().decode(json)) // this backend signed the claims, so the type is right
      if (claims.exp <= now() && !allowExpired) {
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
  const [newestSecret, ...olderSecrets]: readonly unknown[] = Array.isArray(secret) ? secret : [secret]
  const isLongEnough = (value: unknown): value is string =>
    typeof value === 'string' && value.length >= minSecretLength
  if (isLongEnough(newestSecret) && olderSecrets.every(isLongEnough)) return [newestSecret, ...olderSecrets]
  throw new TypeError(
    `putaway/server needs a secret of at least ${minSecretLength} characters, or a list of secrets. It signs the ` +
      'tokens that identify uploads, so an attacker who guesses it can confirm the uploads of other users. ' +
      'Create one with `openssl rand -base64 32` and keep it in the environment.',
  )
}

/** Returns a function that imports the secret as a CryptoKey, once. */
function createKeyLoader(secret: string): () => Promise<CryptoKey> {
  let keyPromise: Promise<CryptoKey> | undefined
  const hmac = { name: 'HMAC', hash: 'SHA-256' }
  return () =>
    (keyPromise ??= crypto.subtle.importKey('raw', encodeUtf8(secret), hmac, false, ['sign', 'verify']))
}

/** Parses JSON in base64url. Returns undefined if the text is invalid. */
export function parseBase64UrlJson(text: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(fromBase64Url(text))) as unknown
  } catch {
    return undefined
  }
}

function encodeUtf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text)
}

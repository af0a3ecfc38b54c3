import { toHex } from '../../internal/hex.ts'
import type { PostTicket } from '../../protocol/ticket.ts'
import type { Bucket } from './connection.ts'
import { objectUrl } from './address.ts'
import { amzDate, startSignature } from './signer.ts'

const algorithm = 'AWS4-HMAC-SHA256'

/**
 * Signs a form for one key, or for every key below a prefix. The policy has a condition for each field, so a browser
 * cannot change the fields. https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
 */
export async function signForm(
  { connection, name }: Bucket,
  target: { readonly key: string } | { readonly prefix: string },
  type: string,
  sizeRange: readonly [min: number, max: number],
  expiresIn: number,
): Promise<Pick<PostTicket, 'url' | 'fields'> & { expiresAt: number }> {
  const address = await connection.addressOf(name)
  const { accessKey, now, expiresAt } = await startSignature(connection, expiresIn)
  const { accessKeyId, secretAccessKey, sessionToken } = accessKey
  const date = amzDate(now)
  const credentialScope = [date.slice(0, 8), address.region, 's3', 'aws4_request']
  const exactFields = {
    'Content-Type': type,
    success_action_status: '201',
    bucket: name,
    'X-Amz-Algorithm': algorithm,
    'X-Amz-Credential': [accessKeyId, ...credentialScope].join('/'),
    'X-Amz-Date': date,
    ...(sessionToken !== undefined && { 'X-Amz-Security-Token': sessionToken }),
  }
  const hasFixedKey = 'key' in target
  // Throws for a key that cannot be part of a URL, because no other request could reach the object.
  if (hasFixedKey) objectUrl(address, target.key)
  const conditions = [
    ['content-length-range', ...sizeRange],
    ...Object.entries(exactFields).map(([field, value]) => ({ [field]: value })),
    hasFixedKey ? { key: target.key } : ['starts-with', '$key', target.prefix],
  ]
  const policy = base64OfText(JSON.stringify({ expiration: new Date(expiresAt).toISOString(), conditions }))
  return {
    url: objectUrl(address).href,
    fields: {
      ...exactFields,
      key: hasFixedKey ? target.key : `${target.prefix}\${filename}`,
      Policy: policy,
      'X-Amz-Signature': await signText(policy, secretAccessKey, credentialScope),
    },
    expiresAt,
  }
}

/** Signs a text with a key that SigV4 derives from the secret and from day, region and service. */
async function signText(text: string, secret: string, credentialScope: readonly string[]): Promise<string> {
  let hmacKey = utf8(`AWS4${secret}`)
  for (const textPart of [...credentialScope, text]) hmacKey = await hmac(hmacKey, textPart)
  return toHex(hmacKey)
}

async function hmac(key: Uint8Array<ArrayBuffer>, text: string): Promise<Uint8Array<ArrayBuffer>> {
  const cryptoKey = await crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
  ])
  return new Uint8Array(await crypto.subtle.sign('HMAC', cryptoKey, utf8(text)))
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text)
}

function base64OfText(text: string): string {
  return btoa(Array.from(utf8(text), (byte) => String.fromCharCode(byte)).join(''))
}

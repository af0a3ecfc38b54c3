import { toHex } from '../../internal/hex.ts'
import type { PostTicket } from '../../protocol/ticket.ts'
import type { Bucket } from './connection.ts'
import { objectUrl } from './address.ts'
import type { PolicyTarget } from './storage.ts'
import { toXmlText } from './xml.ts'
import { amzDate, startSignature } from './signer.ts'

const algorithm = 'AWS4-HMAC-SHA256'

/** The object that a form writes. */
interface FormObject {
  readonly type: string
  readonly headers?: PolicyTarget['headers']
}

/**
 * Signs a form for one key, or for every key below a prefix. The policy has a condition for each field, so a browser
 * cannot change the fields. https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
 */
export async function signForm(
  { connection, name }: Bucket,
  target: { readonly key: string } | { readonly prefix: string },
  { type, headers = {} }: FormObject,
  sizeRange: readonly [min: number, max: number],
  expiresIn: number,
): Promise<Pick<PostTicket, 'url' | 'fields'> & { expiresAt: number }> {
  const address = await connection.publicAddressOf(name)
  const { accessKey, now, expiresAt } = await startSignature(connection, expiresIn)
  const { accessKeyId, secretAccessKey, sessionToken } = accessKey
  const date = amzDate(now)
  const credentialScope = [date.slice(0, 8), address.region, 's3', 'aws4_request']
  const exactFields = {
    'Content-Type': type,
    ...formFieldsOf(headers),
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

/**
 * Returns the fields of a form that have the effect of headers. Two have another name or form:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
 */
function formFieldsOf(headers: Readonly<Record<string, string>>): Record<string, string> {
  const fields = Object.entries(headers).map(([name, value]) => {
    if (name === 'x-amz-acl') return ['acl', value]
    return name === 'x-amz-tagging' ? ['tagging', formTaggingXml(value)] : [name, value]
  })
  return Object.fromEntries(fields) as Record<string, string> // pairs of texts
}

/** Converts tags from the form of the header, `a=1&b=2`, to XML. */
function formTaggingXml(tags: string): string {
  const elements = Array.from(
    new URLSearchParams(tags),
    ([key, value]) => `<Tag><Key>${toXmlText(key)}</Key><Value>${toXmlText(value)}</Value></Tag>`,
  )
  return `<Tagging><TagSet>${elements.join('')}</TagSet></Tagging>`
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

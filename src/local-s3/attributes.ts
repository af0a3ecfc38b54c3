import { S3Error } from './error.ts'
import type { Attributes, StoredObject } from './store.ts'
import { checksumHeader } from './checksums.ts'

/** One named value of a request: a header, or a field of a form. */
export type Lookup = (name: string) => string | null | undefined

const kept = [
  'content-type',
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'expires',
]
const storageClasses = [
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER',
  'DEEP_ARCHIVE',
  'GLACIER_IR',
]

const metadataLimit = 2048

/** A value that goes back out in a header must be able to. */
export function headerSafe(name: string, value: string) {
  // oxlint-disable-next-line no-control-regex -- they are what it looks for
  if (!/[\u0000-\u0008\u000a-\u001f\u007f]/.test(value)) return value
  throw new S3Error('InvalidArgument', 'A value holds a character that no header can carry.', {
    ArgumentName: name,
  })
}

/** S3 gives back what is not ASCII in RFC 2047's form. */
const asciiOnly = (value: string) =>
  /[\u0080-\uffff]/.test(value) ? `=?UTF-8?B?${Buffer.from(value).toString('base64')}?=` : value

/** `aws-chunked` is how the body came and not what the object is; a list without it stays as it was sent. */
function withoutFraming(encodings: string) {
  const all = encodings.split(',')
  const rest = all.filter((one) => one.trim().toLowerCase() !== 'aws-chunked')
  return rest.length === all.length ? encodings : rest.join(',').trim()
}

/**
 * Reads what is stored beside the bytes.
 * @throws S3Error MetadataTooLarge, InvalidTag, InvalidStorageClass, NotImplemented for encryption, locks and grants
 */
export function readAttributes(names: readonly string[], lookup: Lookup): Attributes {
  const headers: Record<string, string> = { 'content-type': 'binary/octet-stream' }
  for (const name of kept) {
    const value = lookup(name)
    if (value) headers[name] = headerSafe(name, value)
  }
  if (headers['content-encoding'] !== undefined) {
    const encoding = withoutFraming(headers['content-encoding'])
    if (encoding) headers['content-encoding'] = encoding
    else delete headers['content-encoding']
  }
  const storage = lookup('x-amz-storage-class')
  if (storage && !storageClasses.includes(storage)) throw new S3Error('InvalidStorageClass')
  // Such an object cannot be read before it is restored, and there is no restoring here.
  if (storage === 'GLACIER' || storage === 'DEEP_ARCHIVE')
    throw new S3Error('NotImplemented', undefined, { Header: 'x-amz-storage-class' })
  if (storage && storage !== 'STANDARD') headers['x-amz-storage-class'] = storage
  refuseUnsupported(lookup)
  return { headers, metadata: readMetadata(names, lookup), tags: parseTagging(lookup('x-amz-tagging') ?? '') }
}

/** Values of headers that we have, for what we have not. */
function refuseUnsupported(lookup: Lookup) {
  const encryption = lookup('x-amz-server-side-encryption')
  if (encryption && encryption !== 'AES256') {
    throw new S3Error('NotImplemented', undefined, { Header: 'x-amz-server-side-encryption' })
  }
  const acl = lookup('x-amz-acl') ?? lookup('acl')
  if (acl && acl !== 'private' && acl !== 'bucket-owner-full-control')
    throw new S3Error('AccessControlListNotSupported')
}

function readMetadata(names: readonly string[], lookup: Lookup) {
  const metadata: [string, string][] = []
  let size = 0
  for (const name of names) {
    const value = name.startsWith('x-amz-meta-') ? lookup(name) : undefined
    if (value === undefined || value === null) continue
    const short = name.slice('x-amz-meta-'.length)
    if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(short)) {
      throw new S3Error('InvalidArgument', 'A metadata name holds a character that no header can carry.', {
        ArgumentName: name,
      })
    }
    size += short.length + Buffer.byteLength(value)
    metadata.push([short, headerSafe(name, value)])
  }
  if (size > metadataLimit)
    throw new S3Error('MetadataTooLarge', undefined, { Size: size, MaxSizeAllowed: metadataLimit })
  return Object.fromEntries(metadata)
}

/** `a=1&b=2`, as in x-amz-tagging. */
export const parseTagging = (text: string) => checkTags([...new URLSearchParams(text)])

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html: 10 tags, 128 and 256 characters. */
export function checkTags(tags: [string, string][], limit = 10): Record<string, string> {
  if (tags.length > limit) throw new S3Error('BadRequest', `Object tags cannot be greater than ${limit}`)
  for (const [name, value] of tags) {
    if (!name || name.length > 128 || value.length > 256)
      throw new S3Error('InvalidTag', undefined, { TagKey: name })
  }
  if (new Set(tags.map(([name]) => name)).size < tags.length) {
    throw new S3Error('InvalidTag', 'Cannot provide multiple Tags with the same key')
  }
  return Object.fromEntries(tags)
}

/** Headers of GET and HEAD. */
export function attributeHeaders(object: StoredObject): Record<string, string | number> {
  const headers: Record<string, string | number> = {
    'accept-ranges': 'bytes',
    etag: `"${object.etag}"`,
    'last-modified': new Date(object.lastModified).toUTCString(),
  }
  for (const [name, value] of Object.entries(object.headers)) headers[name] = asciiOnly(value)
  for (const [name, value] of Object.entries(object.metadata))
    headers[`x-amz-meta-${name}`] = asciiOnly(value)
  const tags = Object.keys(object.tags).length
  if (tags > 0) headers['x-amz-tagging-count'] = tags
  return headers
}

export function checksumHeaders({ checksum }: Pick<StoredObject, 'checksum'>): Record<string, string> {
  if (!checksum) return {}
  return { [checksumHeader(checksum.algorithm)]: checksum.value, 'x-amz-checksum-type': checksum.type }
}

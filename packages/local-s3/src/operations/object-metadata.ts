import { S3Error } from '../http/error.ts'
import type { ObjectMetadata, ObjectRecord } from '../storage/records.ts'
import { checkChildren } from '../http/xml-elements.ts'
import { parseXml } from '../http/xml.ts'
import { checksumHeader } from '../checksums/checksums.ts'

/** Looks up one request value by name: a header, or a form field. */
export type ValueGetter = (name: string) => string | null | undefined

const systemHeaders = [
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

const maxMetadataBytes = 2048

/** Rejects control characters, because the value becomes a response header. */
export function checkHeaderValue(name: string, value: string) {
  // oxlint-disable-next-line no-control-regex -- the pattern matches control characters
  if (!/[\u0000-\u0008\u000a-\u001f\u007f]/.test(value)) return value
  throw new S3Error('InvalidArgument', 'The value contains a character that is not allowed in a header.', {
    ArgumentName: name,
  })
}

/** Encodes values outside of ASCII as RFC 2047, as S3 does. */
const encodeNonAscii = (value: string) =>
  /[\u0080-\uffff]/.test(value) ? `=?UTF-8?B?${Buffer.from(value).toString('base64')}?=` : value

/** Removes `aws-chunked`, which describes the request body and not the object. Other lists stay unchanged. */
function withoutAwsChunked(encodings: string) {
  const all = encodings.split(',')
  const rest = all.filter((one) => one.trim().toLowerCase() !== 'aws-chunked')
  return rest.length === all.length ? encodings : rest.join(',').trim()
}

/**
 * Reads the metadata to store with an object.
 * @throws S3Error MetadataTooLarge, InvalidTag, InvalidStorageClass, NotImplemented for encryption, locks and grants
 */
export function readObjectMetadata(names: readonly string[], getValue: ValueGetter): ObjectMetadata {
  const headers: Record<string, string> = { 'content-type': 'binary/octet-stream' }
  for (const name of systemHeaders) {
    const value = getValue(name)
    if (value) headers[name] = checkHeaderValue(name, value)
  }
  if (headers['content-encoding'] !== undefined) {
    const encoding = withoutAwsChunked(headers['content-encoding'])
    if (encoding) headers['content-encoding'] = encoding
    else delete headers['content-encoding']
  }
  const storageClass = getValue('x-amz-storage-class')
  if (storageClass && !storageClasses.includes(storageClass)) throw new S3Error('InvalidStorageClass')
  // An object of these classes must be restored before it can be read, and local-s3 has no RestoreObject.
  if (storageClass === 'GLACIER' || storageClass === 'DEEP_ARCHIVE')
    throw new S3Error('NotImplemented', undefined, { Header: 'x-amz-storage-class' })
  if (storageClass && storageClass !== 'STANDARD') headers['x-amz-storage-class'] = storageClass
  rejectUnsupported(getValue)
  return {
    headers,
    metadata: readMetadata(names, getValue),
    tags: parseTagging(getValue('x-amz-tagging') ?? ''),
  }
}

/** Rejects values that local-s3 does not support, in headers that it does. */
function rejectUnsupported(getValue: ValueGetter) {
  const encryption = getValue('x-amz-server-side-encryption')
  if (encryption && encryption !== 'AES256') {
    throw new S3Error('NotImplemented', undefined, { Header: 'x-amz-server-side-encryption' })
  }
  const acl = getValue('x-amz-acl') ?? getValue('acl')
  if (acl && acl !== 'private' && acl !== 'bucket-owner-full-control')
    throw new S3Error('AccessControlListNotSupported')
}

function readMetadata(names: readonly string[], getValue: ValueGetter) {
  const metadata: [string, string][] = []
  let size = 0
  for (const name of names) {
    const value = name.startsWith('x-amz-meta-') ? getValue(name) : undefined
    if (value === undefined || value === null) continue
    const shortName = name.slice('x-amz-meta-'.length)
    if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(shortName)) {
      throw new S3Error(
        'InvalidArgument',
        'A metadata name contains a character that is not allowed in a header name.',
        {
          ArgumentName: name,
        },
      )
    }
    size += shortName.length + Buffer.byteLength(value)
    metadata.push([shortName, checkHeaderValue(name, value)])
  }
  if (size > maxMetadataBytes)
    throw new S3Error('MetadataTooLarge', undefined, { Size: size, MaxSizeAllowed: maxMetadataBytes })
  return Object.fromEntries(metadata)
}

/** Parses the value of x-amz-tagging, for example `a=1&b=2`. */
export const parseTagging = (text: string) => checkTags([...new URLSearchParams(text)])

/**
 * Parses the XML of tags, which PutObjectTagging has as its body and a form in the field `tagging`.
 * @throws S3Error MalformedXML, InvalidTag
 */
export function parseTaggingXml(xml: string, limit = 10) {
  const root = parseXml(xml, 'Tagging')
  checkChildren(root, ['TagSet'])
  const tagSet = root.child('TagSet')
  if (!tagSet) throw new S3Error('MalformedXML')
  checkChildren(tagSet, [], ['Tag'])
  const tags = tagSet.all('Tag').map((tag): [string, string] => {
    checkChildren(tag, ['Key', 'Value'])
    const [name, value] = [tag.get('Key'), tag.get('Value')]
    if (name === undefined || value === undefined) throw new S3Error('MalformedXML')
    return [name, value]
  })
  return checkTags(tags, limit)
}

/** The characters of a tag that S3 allows in all of its regions. */
const tagCharacters = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u

/**
 * Checks tags: at most 10 per object, names of 128 and values of 256 characters, no name of AWS's own (`aws:`).
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
 */
function checkTags(tags: [string, string][], limit = 10): Record<string, string> {
  if (tags.length > limit) throw new S3Error('BadRequest', `Object tags cannot be greater than ${limit}`)
  for (const [name, value] of tags) {
    if (
      !name ||
      name.length > 128 ||
      value.length > 256 ||
      /^aws:/i.test(name) ||
      !tagCharacters.test(name) ||
      !tagCharacters.test(value)
    )
      throw new S3Error('InvalidTag', undefined, { TagKey: name })
  }
  if (new Set(tags.map(([name]) => name)).size < tags.length) {
    throw new S3Error('InvalidTag', 'Cannot provide multiple Tags with the same key')
  }
  return Object.fromEntries(tags)
}

/** Returns the metadata headers of GET and HEAD. */
export function metadataHeaders(object: ObjectRecord): Record<string, string | number> {
  const headers: Record<string, string | number> = {
    'accept-ranges': 'bytes',
    etag: `"${object.etag}"`,
    'last-modified': new Date(object.lastModified).toUTCString(),
  }
  for (const [name, value] of Object.entries(object.headers)) headers[name] = encodeNonAscii(value)
  for (const [name, value] of Object.entries(object.metadata))
    headers[`x-amz-meta-${name}`] = encodeNonAscii(value)
  const tags = Object.keys(object.tags).length
  if (tags > 0) headers['x-amz-tagging-count'] = tags
  return headers
}

export function checksumHeaders({ checksum }: Pick<ObjectRecord, 'checksum'>): Record<string, string> {
  if (!checksum) return {}
  return { [checksumHeader(checksum.algorithm)]: checksum.value, 'x-amz-checksum-type': checksum.type }
}

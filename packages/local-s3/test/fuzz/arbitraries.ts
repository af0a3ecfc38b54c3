import fc from 'fast-check'

const unusualText = fc.constantFrom(
  '..',
  '.',
  '/',
  '//',
  '\\',
  '%2e%2e',
  '%00',
  '%',
  '%zz',
  '%C3%28',
  '\u00fc',
  '?',
  '#',
  '&',
  '=',
  '+',
  ' ',
  '*',
  '"',
  '<',
  '__proto__',
  'constructor',
  '${filename}',
  '\u202e',
  '🎉',
)
export const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.array(unusualText, { maxLength: 8 }).map((parts) => parts.join('')),
)
export const method = fc.constantFrom('GET', 'PUT', 'POST', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH', 'TRACE')
export const printable = fc.string({ maxLength: 40 }).map((value) => value.replace(/[^\x20-\x7e]/g, ''))
const parameter = fc.constantFrom(
  'uploads',
  'uploadId',
  'partNumber',
  'delete',
  'cors',
  'policy',
  'tagging',
  'lifecycle',
  'versionId',
  'list-type',
  'prefix',
  'max-keys',
  'continuation-token',
  'encoding-type',
  'acl',
  'X-Amz-Algorithm',
  'X-Amz-Credential',
  'X-Amz-Date',
  'X-Amz-Expires',
  'X-Amz-SignedHeaders',
  'X-Amz-Signature',
  'response-content-type',
  '__proto__',
)
export const header = fc.constantFrom(
  'range',
  'if-match',
  'if-none-match',
  'if-modified-since',
  'content-md5',
  'x-amz-checksum-crc32',
  'x-amz-sdk-checksum-algorithm',
  'x-amz-trailer',
  'x-amz-content-sha256',
  'x-amz-decoded-content-length',
  'x-amz-copy-source',
  'x-amz-copy-source-range',
  'x-amz-meta-__proto__',
  'x-amz-tagging',
  'content-type',
  'authorization',
  'x-amz-date',
  'origin',
  'access-control-request-method',
  'content-encoding',
  'x-amz-checksum-mode',
  'x-amz-mp-object-size',
)
export const query = fc
  .array(fc.tuple(parameter, text), { maxLength: 5 })
  .map((pairs) => new URLSearchParams(pairs.map(([name, value]) => [name, value])).toString())
const element = fc.constantFrom(
  'Delete',
  'Object',
  'Key',
  'CompleteMultipartUpload',
  'Part',
  'PartNumber',
  'ETag',
  'CORSConfiguration',
  'CORSRule',
  'Tagging',
  'TagSet',
  'Tag',
  '!DOCTYPE x [<!ENTITY a "b">]',
  '?xml version="1.0"?',
  '![CDATA[x]]',
  '__proto__',
)
export const xml = fc
  .array(
    fc.oneof(
      element.map((name) => `<${name}>`),
      element.map((name) => `</${name}>`),
      text,
      fc.constant('&a;&#x0;&#99999999;'),
    ),
    { maxLength: 14 },
  )
  .map((parts) => parts.join(''))
/** Method and query of each operation that reads XML. */
export const xmlOperation = fc.constantFrom(
  ['POST', 'delete='],
  ['PUT', 'cors='],
  ['PUT', 'tagging='],
  ['PUT', 'lifecycle='],
  ['PUT', 'policy='],
  ['POST', 'uploadId=x'],
) as fc.Arbitrary<[string, string]>

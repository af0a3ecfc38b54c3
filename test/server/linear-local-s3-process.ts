import { parseBucketPolicy } from '../../packages/local-s3/src/auth/bucket-policy.ts'
import { parsePostPolicy } from '../../packages/local-s3/src/auth/post-policy.ts'
import { parseCredential, parseSignature } from '../../packages/local-s3/src/auth/sigv4-parse.ts'
import { decodeChunked } from '../../packages/local-s3/src/http/aws-chunked.ts'
import { parseCors } from '../../packages/local-s3/src/http/cors.ts'
import { compilePattern } from '../../packages/local-s3/src/http/pattern.ts'
import { readBoundary, readForm } from '../../packages/local-s3/src/http/post-form.ts'
import { encodePath, type S3Request } from '../../packages/local-s3/src/http/request.ts'
import {
  isNotModified,
  parseRange,
  readWriteCondition,
} from '../../packages/local-s3/src/operations/conditions.ts'
import { findCopySource } from '../../packages/local-s3/src/operations/copy.ts'
import { parseLifecycle } from '../../packages/local-s3/src/operations/lifecycle.ts'
import { checkHeaderValue, parseTagging } from '../../packages/local-s3/src/operations/object-metadata.ts'
import type { ObjectCall } from '../../packages/local-s3/src/operations/operation.ts'
import type { ObjectRecord } from '../../packages/local-s3/src/storage/records.ts'
import { measureTexts } from './hostile-texts.ts'

async function* chunksOf(text: string, chunkBytes: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes)
}

async function readToEnd(stream: AsyncIterable<Buffer>): Promise<void> {
  for await (const chunk of stream) void chunk
}

/** A part of the text, for readers that spend several microseconds on each of its letters. */
const shorten = (text: string) => text.slice(0, text.length / 32)

// Conditions read only the ETag and the date.
const storedObject = { etag: 'a', lastModified: 0 } as ObjectRecord

/** Reads a form whose file is the text. */
async function readFormFile(form: string, chunkBytes: number): Promise<void> {
  const { file } = await readForm(chunksOf(form, chunkBytes), 'a')
  if (file) await readToEnd(file.bytes)
}

const partOf = (disposition: string, value: string) =>
  `--a\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n${value}\r\n`
const chunked = (text: string, chunkBytes: number) =>
  readToEnd(decodeChunked(chunksOf(text, chunkBytes), undefined, false, new Set(['a']), new Map()))
const requestOf = (headers: S3Request['headers'], query = '') =>
  // The parsers read only headers and query.
  ({ headers, query: new URLSearchParams(query) }) as S3Request

await measureTexts({
  'a range': (text) => parseRange(text, 100),
  wildcards: (text) => compilePattern('a*b*c*-*;*d').test(text),
  'a boundary': readBoundary,
  'the parts of a form': (text) => readFormFile(text, 65_536),
  'the fields of a form': (text) =>
    readFormFile(Array.from(shorten(text), (_, index) => partOf(`name="${index}"`, '')).join(''), 65_536),
  'the headers of a part': (text) => readFormFile(partOf(text, ''), 65_536),
  'the file of a form': (text) => readFormFile(`${partOf('name="file"', text)}--a--\r\n`, 65_536),
  'the file of a form in small pieces': (text) => readFormFile(`${partOf('name="file"', text)}--a--\r\n`, 16),
  'an aws-chunked body': (text) => chunked(text, 65_536),
  'aws-chunked chunks': (text) => chunked(`1\r\na\r\n`.repeat(text.length / 6), 16),
  'aws-chunked trailers': (text) => chunked(`0\r\n${text}`, 16),
  'an authorization header': (text) =>
    parseSignature(requestOf({ authorization: `AWS4-HMAC-SHA256 Credential=${text},SignedHeaders=${text}` })),
  'a signed query': (text) => parseSignature(requestOf({}, `X-Amz-Algorithm=AWS4-HMAC-SHA256&${text}`)),
  'a credential': (text) => parseCredential(text, '20260102T000000Z', 'header'),
  'a copy source': (text) =>
    // The parser fails at the name, before it reads another field of the call.
    findCopySource({
      request: requestOf({ 'x-amz-copy-source': text }),
      store: { findBucket: () => undefined },
    } as unknown as ObjectCall),
  'a bucket policy': (text) => parseBucketPolicy(text, 'uploads'),
  'the actions of a bucket policy': (text) =>
    parseBucketPolicy(
      JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: '*', Action: text, Resource: text }],
      }),
      'uploads',
    ),
  'a form policy': (text) => parsePostPolicy(Buffer.from(text).toString('base64')),
  'the conditions of a form policy': (text) =>
    parsePostPolicy(
      Buffer.from(
        JSON.stringify({
          expiration: '2026-01-02T00:00:00Z',
          conditions: Array.from(shorten(text), (letter) => ['eq', `$${letter}`, text[0]]),
        }),
      ).toString('base64'),
    ),
  'a CORS document': (text) => parseCors(`<CORSConfiguration>${text}</CORSConfiguration>`),
  'a lifecycle document': (text) =>
    parseLifecycle(`<LifecycleConfiguration>${text}</LifecycleConfiguration>`),
  tags: parseTagging,
  'the conditions of a write': (text) => readWriteCondition({ 'if-match': text })?.(storedObject),
  'the ETags of a read': (text) => isNotModified({ 'if-none-match': text }, storedObject),
  'the date of a read': (text) => isNotModified({ 'if-modified-since': text }, storedObject),
  'a header value': (text) => checkHeaderValue('x-amz-meta-a', text),
  'the path of a key': encodePath,
})
process.disconnect()

import { createHash } from 'node:crypto'
import { S3Error } from './error.ts'

/** Verifies the chain of signatures of an aws-chunked body. */
export interface ChunkVerifier {
  verify(part: 'PAYLOAD' | 'TRAILER', contentSha256: string, signature: string): void
}

const maxLineBytes = 16_384

/** Reads bytes and lines from a stream of chunks. Buffers the rest of one chunk, or an incomplete line. */
function createReader(source: AsyncIterable<Buffer>) {
  const iterator = source[Symbol.asyncIterator]()
  let buffer: Buffer = Buffer.alloc(0)
  const readChunk = async () => {
    const { value, done } = await iterator.next()
    if (done) throw new S3Error('IncompleteBody')
    return value
  }
  return {
    /** Returns the available bytes, at most `limit`. */
    async some(limit: number) {
      while (buffer.length === 0) buffer = await readChunk()
      const chunk = buffer.subarray(0, limit)
      buffer = buffer.subarray(chunk.length)
      return chunk
    },
    async line() {
      let end: number
      while ((end = buffer.indexOf('\r\n')) < 0) {
        if (buffer.length > maxLineBytes)
          throw new S3Error('InvalidRequest', 'A line of the aws-chunked body is too long.')
        buffer = Buffer.concat([buffer, await readChunk()])
      }
      if (end > maxLineBytes)
        throw new S3Error('InvalidRequest', 'A line of the aws-chunked body is too long.')
      const line = buffer.toString('utf8', 0, end)
      buffer = buffer.subarray(end + 2)
      return line
    },
    /** @throws S3Error InvalidRequest when more bytes follow */
    async end() {
      while (buffer.length === 0) {
        const { value, done } = await iterator.next()
        if (done) return
        buffer = value
      }
      throw new S3Error('InvalidRequest', 'The aws-chunked body is malformed: bytes follow its end.')
    },
    close: () => iterator.return?.(),
  }
}

/**
 * Decodes an `aws-chunked` body: `size[;chunk-signature=…]`, bytes, …, a zero chunk, trailers.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 * @param declaredTrailers the names in x-amz-trailer, in lower case
 * @param trailers receives the trailers at the end of the body
 * @throws S3Error SignatureDoesNotMatch, IncompleteBody, InvalidRequest; MalformedTrailerError for a trailer that was not
 *   declared, or came twice
 */
export async function* decodeChunked(
  source: AsyncIterable<Buffer>,
  verifier: ChunkVerifier | undefined,
  hasSignedTrailer: boolean,
  declaredTrailers: ReadonlySet<string>,
  trailers: Map<string, string>,
): AsyncGenerator<Buffer> {
  const reader = createReader(source)
  try {
    for (;;) {
      const [, hex, signature] =
        /^([0-9a-f]{1,12})(?:;chunk-signature=([0-9a-f]{64}))?$/i.exec(await reader.line()) ?? []
      if (hex === undefined) throw new S3Error('InvalidRequest', 'The aws-chunked body is malformed.')
      if (verifier && !signature) throw new S3Error('SignatureDoesNotMatch')
      const size = parseInt(hex, 16)
      const hash = verifier && createHash('sha256')
      for (let remaining = size; remaining > 0;) {
        const bytes = await reader.some(remaining)
        hash?.update(bytes)
        remaining -= bytes.length
        yield bytes
      }
      // The signature covers the complete chunk, so it is checked after the bytes. The caller discards them on an error.
      if (hash && signature) verifier.verify('PAYLOAD', hash.digest('hex'), signature)
      if (size === 0) break
      if ((await reader.line()) !== '')
        throw new S3Error('InvalidRequest', 'The aws-chunked body is malformed.')
    }
    await readTrailers(reader, hasSignedTrailer ? verifier : undefined, declaredTrailers, trailers)
    await reader.end()
  } finally {
    await reader.close()
  }
}

async function readTrailers(
  reader: ReturnType<typeof createReader>,
  verifier: ChunkVerifier | undefined,
  declared: ReadonlySet<string>,
  trailers: Map<string, string>,
) {
  const hash = createHash('sha256')
  let isVerified = false
  for (let line = await reader.line(); line !== ''; line = await reader.line()) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).trim().toLowerCase()
    const value = line.slice(colon + 1).trim()
    if (name === 'x-amz-trailer-signature') {
      verifier?.verify('TRAILER', hash.digest('hex'), value)
      isVerified = true
      continue
    }
    if (!declared.has(name) || trailers.has(name)) throw new S3Error('MalformedTrailerError')
    hash.update(`${name}:${value}\n`)
    trailers.set(name, value)
  }
  if (verifier && !isVerified) throw new S3Error('SignatureDoesNotMatch')
}

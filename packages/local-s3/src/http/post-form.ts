import { S3Error } from './error.ts'

/** A form as S3 reads it: fields up to the file, then the file. Fields after the file are ignored. */
export interface PostForm {
  /** Names in lower case. */
  fields: Map<string, string>
  file: { name: string; bytes: AsyncIterable<Buffer> } | undefined
}

/**
 * Bytes of the fields before the file: 20 kB in https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html.
 * Part headers count separately.
 */
const maxFieldsBytes = 20_000
/** The maximum size of the headers of one part. */
const maxHeadersBytes = 16_384

const malformedForm = () => new S3Error('MalformedPOSTRequest')

/** @throws S3Error InvalidRequest when the type is not multipart/form-data with a boundary */
export function readBoundary(contentType: string | undefined): string {
  const [, quoted, plain] =
    /^multipart\/form-data\s*;(?:.*;)?\s*boundary=(?:"([^"]{1,200})"|([^\s;]{1,200}))/i.exec(
      contentType ?? '',
    ) ?? []
  const boundary = quoted ?? plain
  if (boundary) return boundary
  throw new S3Error('InvalidRequest', 'POST requires a body of type multipart/form-data with a boundary.')
}

/** Reads the fields. The file is a stream, read by the caller. */
export async function readForm(body: AsyncIterable<Buffer>, boundary: string): Promise<PostForm> {
  const source = body[Symbol.asyncIterator]()
  const delimiter = Buffer.from(`\r\n--${boundary}`)
  let buffer: Buffer = Buffer.from('\r\n') // the first boundary has no line break before it, all others do

  async function readChunk() {
    const { value, done } = await source.next()
    if (done) throw malformedForm()
    buffer = Buffer.concat([buffer, value])
  }

  /** Reads the bytes before a mark, and consumes the mark. */
  async function readUntil(mark: Buffer, limit: number, tooLong: () => S3Error) {
    let end: number
    while ((end = buffer.indexOf(mark)) < 0) {
      if (buffer.length > limit + mark.length) throw tooLong()
      await readChunk()
    }
    if (end > limit) throw tooLong()
    const found = buffer.subarray(0, end)
    buffer = buffer.subarray(end + mark.length)
    return found
  }

  /** Reads the rest of a delimiter line. Returns whether another part follows. */
  async function hasNextPart() {
    while (buffer.length < 2) await readChunk()
    const end = buffer.toString('latin1', 0, 2)
    if (end === '--') return false
    const padding = await readUntil(Buffer.from('\r\n'), 200, malformedForm)
    if (padding.toString('latin1').trim() !== '') throw malformedForm()
    return true
  }

  async function* readFileBytes(): AsyncGenerator<Buffer> {
    for (;;) {
      const end = buffer.indexOf(delimiter)
      if (end >= 0) {
        if (end > 0) yield buffer.subarray(0, end)
        buffer = buffer.subarray(end + delimiter.length)
        break
      }
      // The last bytes may be the start of a delimiter.
      const safeLength = buffer.length - delimiter.length
      if (safeLength > 0) {
        yield buffer.subarray(0, safeLength)
        buffer = buffer.subarray(safeLength)
      }
      await readChunk()
    }
    await hasNextPart()
    // Reads to the end of the body, so that a form that is truncated after the file fails.
    for (let rest = await source.next(); !rest.done; rest = await source.next()) void rest
  }

  const fields = new Map<string, string>()
  let total = 0
  await readUntil(delimiter, maxHeadersBytes, malformedForm)
  while (await hasNextPart()) {
    const { name, filename } = readPartHeaders(
      await readUntil(Buffer.from('\r\n\r\n'), maxHeadersBytes, malformedForm),
    )
    if (name === 'file') return { fields, file: { name: filename ?? '', bytes: readFileBytes() } }
    const tooLarge = () =>
      new S3Error('MaxPostPreDataLengthExceeded', undefined, { MaxPostPreDataLengthExceeded: maxFieldsBytes })
    const value = (await readUntil(delimiter, maxFieldsBytes - total, tooLarge)).toString('utf8')
    total += name.length + value.length
    if (total > maxFieldsBytes) throw tooLarge()
    if (fields.has(name))
      throw new S3Error('InvalidArgument', `POST may contain only one field named '${name}'.`, {
        ArgumentName: name,
      })
    fields.set(name, value)
  }
  return { fields, file: undefined }
}

function readPartHeaders(bytes: Buffer) {
  const disposition = bytes
    .toString('utf8')
    .split('\r\n')
    .find((line) => /^content-disposition\s*:/i.test(line))
  const readParameter = (name: string) => {
    const [, quoted, plain] =
      new RegExp(`;\\s*${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s;]+))`, 'i').exec(disposition ?? '') ?? []
    // Browsers percent-encode quotes and line breaks in a name, other clients use a backslash.
    return (quoted ?? plain)
      ?.replace(/\\(["\\])/g, '$1')
      .replace(/%(22|0D|0A)/gi, (escape) => decodeURIComponent(escape))
  }
  const name = readParameter('name')?.toLowerCase()
  if (!name) throw malformedForm()
  return { name, filename: readParameter('filename') }
}

import { readCount, readList, readObject, readText, readTexts, readUrl } from './parse.ts'
import type { Reader } from './parse.ts'
import type { PartUrl, StoredPart } from './ticket.ts'

/** Parses the signed URLs of parts. Throws an UploadError that names the invalid field. */
export function parsePartUrls(value: unknown, reader: Reader, path = 'parts'): PartUrl[] {
  return readList(reader, value, path).map((each, index) => {
    const fields = readObject(reader, each, `${path}[${index}]`)
    return {
      partNumber: readCount(reader, fields.partNumber, `${path}[${index}].partNumber`, 1),
      url: readUrl(reader, fields.url, `${path}[${index}].url`),
      ...(fields.headers != null && {
        headers: readTexts(reader, fields.headers, `${path}[${index}].headers`),
      }),
    }
  })
}

/** Parses a list of stored parts. Throws an UploadError that names the invalid field. */
export function parseStoredParts(value: unknown, reader: Reader, path = 'parts'): StoredPart[] {
  return readList(reader, value, path).map((each, index) => {
    const fields = readObject(reader, each, `${path}[${index}]`)
    return {
      partNumber: readCount(reader, fields.partNumber, `${path}[${index}].partNumber`, 1),
      size: readCount(reader, fields.size, `${path}[${index}].size`),
      ...(fields.etag != null && { etag: readText(reader, fields.etag, `${path}[${index}].etag`) }),
    }
  })
}

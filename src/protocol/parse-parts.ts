import { readCount, readList, readObject, readString, readStringRecord, readUrl } from './parse.ts'
import type { ParseContext } from './parse.ts'
import type { PartUrl, StoredPart } from './ticket.ts'

/** Parses the signed URLs of parts. Throws an UploadError that names the invalid field. */
export function parsePartUrls(value: unknown, context: ParseContext, path = 'parts'): PartUrl[] {
  return readList(context, value, path).map((item, index) => {
    const fields = readObject(context, item, `${path}[${index}]`)
    return {
      partNumber: readCount(context, fields.partNumber, `${path}[${index}].partNumber`, 1),
      url: readUrl(context, fields.url, `${path}[${index}].url`),
      ...(fields.headers != null && {
        headers: readStringRecord(context, fields.headers, `${path}[${index}].headers`),
      }),
    }
  })
}

/** Parses a list of stored parts. Throws an UploadError that names the invalid field. */
export function parseStoredParts(value: unknown, context: ParseContext, path = 'parts'): StoredPart[] {
  return readList(context, value, path).map((item, index) => {
    const fields = readObject(context, item, `${path}[${index}]`)
    return {
      partNumber: readCount(context, fields.partNumber, `${path}[${index}].partNumber`, 1),
      size: readCount(context, fields.size, `${path}[${index}].size`),
      ...(fields.etag != null && { etag: readString(context, fields.etag, `${path}[${index}].etag`) }),
    }
  })
}

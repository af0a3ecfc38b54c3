import { readCount, readList, readObject, readString, readStringRecord, readUrl } from './parse.ts'
import type { ParseContext } from './parse.ts'
import type { PartUrl, StoredPart } from './ticket.ts'

/** Parses the signed URLs of parts. Throws an UploadError that names the invalid field. */
export function parsePartUrls(value: unknown, context: ParseContext, fieldPath = 'parts'): PartUrl[] {
  return readList(context, value, fieldPath).map((item, index) => {
    const fields = readObject(context, item, `${fieldPath}[${index}]`)
    return {
      partNumber: readCount(context, fields.partNumber, `${fieldPath}[${index}].partNumber`, 1),
      url: readUrl(context, fields.url, `${fieldPath}[${index}].url`),
      ...(fields.headers != null && {
        headers: readStringRecord(context, fields.headers, `${fieldPath}[${index}].headers`),
      }),
    }
  })
}

/** Parses a list of stored parts. Throws an UploadError that names the invalid field. */
export function parseStoredParts(value: unknown, context: ParseContext, fieldPath = 'parts'): StoredPart[] {
  return readList(context, value, fieldPath).map((item, index) => {
    const fields = readObject(context, item, `${fieldPath}[${index}]`)
    return {
      partNumber: readCount(context, fields.partNumber, `${fieldPath}[${index}].partNumber`, 1),
      size: readCount(context, fields.size, `${fieldPath}[${index}].size`),
      ...(fields.etag != null && { etag: readString(context, fields.etag, `${fieldPath}[${index}].etag`) }),
    }
  })
}

import { randomName } from './browser-host.ts'

/**
 * Encodes a form with a file whose bytes are in memory, in the same way as browsers:
 * https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data. `FormData` is not
 * used, because it would hold the bytes as a Blob. The browser copies a Blob to another process, and back for the
 * request.
 */
export function encodeFormBody(fields: Readonly<Record<string, string>>, file: Blob, bytes: ArrayBuffer) {
  // The boundary is random, so that no file can contain it on purpose.
  const boundary = `putaway-${randomName()}`
  const formatFormPart = (name: string, headersAndValue: string) =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${escapeQuotes(normalizeNewlines(name))}"${headersAndValue}\r\n`
  const textParts = Object.entries(fields).map(([name, value]) =>
    formatFormPart(name, `\r\n\r\n${normalizeNewlines(value)}`),
  )
  // The file is the last part, because S3 ignores every field after it.
  // https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
  const name = escapeQuotes(formFileNameOf(file))
  const type = file.type || 'application/octet-stream'
  const fileHeader = formatFormPart('file', `; filename="${name}"\r\nContent-Type: ${type}\r\n`)

  const encoder = new TextEncoder()
  const bytesBeforeFile = encoder.encode(textParts.join('') + fileHeader)
  const bytesAfterFile = encoder.encode(`\r\n--${boundary}--\r\n`)
  const body = new Uint8Array(bytesBeforeFile.length + bytes.byteLength + bytesAfterFile.length)
  body.set(bytesBeforeFile)
  body.set(new Uint8Array(bytes), bytesBeforeFile.length)
  body.set(bytesAfterFile, bytesBeforeFile.length + bytes.byteLength)
  // This Content-Type needs no CORS preflight: https://fetch.spec.whatwg.org/#cors-safelisted-request-header.
  return { body, headers: { 'content-type': `multipart/form-data; boundary=${boundary}` } }
}

/** Returns the name that `FormData` gives a file. */
export const formFileNameOf = (file: Blob): string => (file instanceof File ? file.name : 'blob')

const escapeQuotes = (text: string) =>
  text.replaceAll('\r', '%0D').replaceAll('\n', '%0A').replaceAll('"', '%22')

const normalizeNewlines = (text: string) => text.replaceAll(/\r\n?|\n/g, '\r\n')

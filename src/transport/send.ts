import type { SendContext, Sent, Transport } from '../core/ports.ts'
import { UploadError } from '../protocol/errors.ts'
import { maxSingleSize } from '../protocol/limits.ts'
import type { PostTicket, PutTicket } from '../protocol/ticket.ts'
import { request } from './xhr.ts'
import type { StorageAnswer } from './xhr.ts'

/** Sends bytes to S3 and what speaks its language. */
export const s3Transport: Transport = {
  async send(file, ticket, context) {
    if (ticket.kind === 'multipart') {
      // Most apps send small files: the code for large ones comes with the first of them.
      const { sendParts } = await import('./multipart.ts')
      return sendParts(file, ticket, context)
    }
    // Only parts carry more: docs/errors.md says so.
    if (file.size > maxSingleSize) throw new UploadError('too-large', { phase: 'uploading' })
    return ticket.kind === 'put' ? put(file, ticket, context) : post(file, ticket, context)
  },
}

async function put(
  file: Blob,
  { url, headers }: PutTicket,
  { signal, onProgress }: SendContext,
): Promise<Sent> {
  const answer = await request({ method: 'PUT', url, headers, body: untyped(file), file, signal, onProgress })
  return etagOf(answer.header('etag'))
}

async function post(
  file: Blob,
  { url, fields }: PostTicket,
  { signal, onProgress }: SendContext,
): Promise<Sent> {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  // S3 ignores every field after the file. https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
  form.append('file', file)
  const answer = await request({
    method: 'POST',
    url,
    body: form,
    file,
    signal,
    // What is loaded counts the form around the file too.
    onProgress: (loaded, total) => onProgress(total > 0 ? (loaded / total) * file.size : 0),
  })
  return etagOf(answer.header('etag') ?? etagInXml(answer))
}

/** With `success_action_status=201` the ETag is in the body, also where CORS hides the header. */
function etagInXml({ text }: StorageAnswer): string | undefined {
  return /<ETag>(?:"|&quot;|&#34;)?([^<&"]+)/.exec(text)?.[1]
}

/** Only signed headers may travel, and a Blob with a type would add one of its own. */
export function untyped(blob: Blob): Blob {
  return blob.slice(0, blob.size, '')
}

function etagOf(value: string | null | undefined): Sent {
  const etag = value?.replaceAll('"', '')
  return etag ? { etag } : {}
}

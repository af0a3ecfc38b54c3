import type { SendContext, Sent, Transport } from '../core/ports.ts'
import { UploadError } from '../protocol/errors.ts'
import { maxSingleSize } from '../protocol/limits.ts'
import type { PostTicket, PutTicket, Ticket } from '../protocol/ticket.ts'
import type { Patience } from './stall.ts'
import { loadStall, sendRequest } from './xhr.ts'
import type { StorageAnswer } from './xhr.ts'

const defaultPatience: Patience = { sending: 30_000, answering: 180_000 }

/** Sends bytes to S3 and what speaks its language. `patience` is for tests that cannot wait. */
export function s3Transport(patience: Patience = defaultPatience): Transport {
  return {
    async send(file, ticket, context) {
      // Where that code does not come an upload is only not `verified`.
      const sealing = loadSeal()
        .then(({ seal }) => seal(file, ticket, context))
        .catch(() => undefined)
      const sent = await sendBy(file, ticket, context, patience)
      const sealed = await sealing
      return { ...sent, ...(await sealed?.()) }
    },
    warm() {
      for (const load of [loadSeal, loadStall]) load().catch(() => {})
    },
  }
}

const loadSeal = () => import('./seal.ts')

async function sendBy(file: Blob, ticket: Ticket, context: SendContext, patience: Patience): Promise<Sent> {
  if (ticket.kind === 'multipart') {
    // Most apps send small files: the code for large ones comes with the first of them.
    const { sendParts } = await import('./multipart.ts')
    return sendParts(file, ticket, context, patience)
  }
  // Only parts carry more: docs/errors.md says so.
  if (file.size > maxSingleSize) throw new UploadError('too-large', { phase: 'uploading' })
  return ticket.kind === 'put' ? put(file, ticket, context, patience) : post(file, ticket, context, patience)
}

async function put(
  file: Blob,
  { url, headers }: PutTicket,
  context: SendContext,
  patience: Patience,
): Promise<Sent> {
  const { signal, onProgress, persist } = context
  const asked = {
    method: 'PUT',
    url,
    headers,
    body: untyped(file),
    file,
    signal,
    onProgress,
    patience,
  } as const
  const answer = await sendRequest(() => asked, persist)
  return etagOf(answer)
}

async function post(
  file: Blob,
  { url, fields }: PostTicket,
  context: SendContext,
  patience: Patience,
): Promise<Sent> {
  const { signal, persist } = context
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  // S3 ignores every field after the file. https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
  form.append('file', file)
  // What is loaded counts the form around the file too.
  const onProgress = (loaded: number, total: number) =>
    context.onProgress(total > 0 ? (loaded / total) * file.size : 0)
  const quiet = isInstant(file)
  const asked = { method: 'POST', url, body: form, file, signal, onProgress, patience, quiet } as const
  const began = Date.now()
  guessing ||= quiet
  try {
    const answer = await sendRequest(() => asked, persist)
    const last = (1000 * file.size) / Math.max(1, Date.now() - began)
    pace = pace === undefined ? last : (pace + last) / 2
    return etagOf(answer)
  } finally {
    guessing = false
  }
}

/** Bytes per second, as files have gone lately. */
let pace: number | undefined
/** Whether one goes by which it will be known. */
let guessing = false

/**
 * Whether it is gone before anybody could see its progress: in half a second by the pace of the last ones. Before there
 * are any, one file may go by what Chrome says of the network at most, 10 megabits
 * (https://wicg.github.io/netinfo/#downlink-attribute).
 */
function isInstant({ size }: Blob): boolean {
  if (pace !== undefined) return size <= pace / 2
  const { connection } = navigator as { connection?: { downlink?: number } }
  return !guessing && size <= (connection?.downlink ?? 10) * 31_250
}

/** Only signed headers may travel, and a Blob with a type would add one of its own. */
function untyped(blob: Blob): Blob {
  return blob.slice(0, blob.size, '')
}

/** In a header, or in the XML that `success_action_status=201` asks for, also where CORS hides the header. */
function etagOf(answer: StorageAnswer): Sent {
  const etag = /^etag: *"?([^"\r\n]+)|<ETag>(?:"|&quot;|&#34;)?([^<&"]+)/im.exec(answer)
  return etag ? { etag: etag[1] ?? etag[2] ?? '' } : {}
}

import { once } from '../protocol/once.ts'
import type { SendContext, Sent, Transport } from '../core/ports.ts'
import { sizeOf } from '../core/size.ts'
import { UploadError } from '../protocol/errors.ts'
import type { Packed, WholeTicket } from './pack.ts'
import type { Patience } from './stall.ts'
import { loadStall, sendRequest } from './xhr.ts'
import type { StorageAnswer, StorageRequest } from './xhr.ts'

const defaultPatience: Patience = { sending: 30_000, answering: 180_000 }

/** Sends bytes to S3 and what speaks its language. `patience` is for tests that cannot wait. */
export function s3Transport(patience: Patience = defaultPatience): Transport {
  return {
    async send(file, ticket, context) {
      const { pack, seal } = await context.persist(loadPack)
      if (ticket.kind === 'multipart') {
        const sealed = seal(file, ticket, context)
        // Most apps send small files: the code for large ones comes with the first of them.
        const { sendParts } = await import('./multipart.ts')
        const sent = await sendParts(file, ticket, context, patience)
        return { ...sent, ...(await sealed()) }
      }
      const packed = await pack(file, ticket)
      context.signal.throwIfAborted()
      const sealed = seal(file, ticket, context, packed.bytes)
      const sent = await sendWhole(file, ticket, packed, context, patience)
      return { ...sent, ...(await sealed()) }
    },
    warm() {
      for (const load of [loadPack, loadStall]) load().catch(() => {})
    },
  }
}

const loadPack = once(() =>
  import('./pack.ts').catch((cause: unknown) => {
    throw new UploadError('network', { phase: 'uploading', cause })
  }),
)

async function sendWhole(
  file: Blob,
  { kind, url }: WholeTicket,
  { body, headers, bytes }: Packed,
  { signal, onProgress, persist }: SendContext,
  patience: Patience,
): Promise<Sent> {
  const size = sizeOf(file)
  const quiet = kind === 'post' && isInstant(size)
  const asked: StorageRequest = {
    method: kind,
    url,
    headers,
    body,
    file: bytes ? undefined : file,
    signal,
    // What is loaded counts the form around the file too.
    onProgress: (loaded, total) => onProgress(total > 0 ? (loaded / total) * size : 0),
    patience,
    quiet,
  }
  const began = Date.now()
  if (quiet) guessed += size
  try {
    const answer = await sendRequest(() => asked, persist)
    const last = (1000 * size) / Math.max(1, Date.now() - began)
    pace = ((pace ?? last) + last) / 2
    return etagOf(answer)
  } finally {
    if (quiet) guessed -= size
  }
}

/** Bytes per second, as files have gone lately. */
let pace: number | undefined
/** Bytes of files by which it will be known. */
let guessed = 0

/**
 * Whether it is gone before anybody could see its progress: in half a second by the pace of the last ones. Before there
 * are any, in a quarter, together with all others that leave on that word, by what Chrome says of the network: at most 10
 * megabits (https://wicg.github.io/netinfo/#downlink-attribute), also where it is slower.
 */
function isInstant(size: number): boolean {
  if (pace !== undefined) return size <= pace / 2
  const { connection } = navigator as { connection?: { downlink?: number } }
  return guessed + size <= (connection?.downlink ?? 10) * 31_250
}

/** In a header, or in the XML that `success_action_status=201` asks for, also where CORS hides the header. */
function etagOf(answer: StorageAnswer): Sent {
  const etag = /^etag: *"?([^"\r\n]+)|<ETag>(?:"|&quot;|&#34;)?([^<&"]+)/im.exec(answer)
  return etag ? { etag: etag[1] ?? etag[2] ?? '' } : {}
}

import { plainEtag } from '../protocol/etag.ts'
import type { SendContext, Sent, Transport } from '../core/ports.ts'
import { sizeOf } from '../core/size.ts'
import { UploadError } from '../protocol/errors.ts'
import { once } from '../protocol/once.ts'
import type { Packed, Trip, WholeTicket } from './pack.ts'
import type { Patience } from './stall.ts'
import { loadStall, sendRequest } from './xhr.ts'
import type { StorageAnswer, StorageRequest } from './xhr.ts'

const defaultPatience: Patience = { sending: 30_000, answering: 180_000 }

/** Creates the transport for S3 and compatible storage. Tests pass shorter `timeouts`. */
export function s3Transport(patience: Patience = defaultPatience): Transport {
  return {
    async send(file, ticket, context) {
      const { pack, seal, depart } = await context.persist(loadPack)
      if (ticket.kind === 'multipart') {
        const sealed = seal(file, ticket, context)
        // Most apps send small files, so the multipart code is loaded with the first large file.
        const { sendParts } = await import('./multipart.ts')
        const sent = await sendParts(file, ticket, context, patience)
        return { ...sent, ...(await sealed()) }
      }
      const packed = await pack(file, ticket, context.type)
      context.signal.throwIfAborted()
      const sealed = seal(file, ticket, context, packed.bytes)
      const trip = depart(file, ticket)
      const sent = await sendWhole(file, ticket, packed, trip, context, patience)
      return { ...sent, ...(await sealed()) }
    },
    warm(size = 0) {
      loadStall().catch(() => {})
      loadPack()
        .then(({ warm }) => warm(size))
        .catch(() => {})
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
  { quiet, arrived, over }: Trip,
  { signal, onProgress, persist }: SendContext,
  patience: Patience,
): Promise<Sent> {
  const size = sizeOf(file)
  const asked: StorageRequest = {
    method: kind,
    url,
    headers,
    body,
    file: bytes ? undefined : file,
    signal,
    // `loaded` and `total` include the form around the file.
    onProgress: (loaded, total) => onProgress(total > 0 ? (loaded / total) * size : 0),
    patience,
    quiet,
  }
  try {
    const answer = await sendRequest(() => asked, persist)
    arrived()
    return etagOf(answer)
  } finally {
    over()
  }
}

/** Reads the ETag from the headers or, if CORS hides it, from the XML that `success_action_status=201` requests. */
function etagOf(answer: StorageAnswer): Sent {
  const found = /^etag: *([^\r\n]+)|<ETag>(?:"|&quot;|&#34;)?([^<&"]+)/im.exec(answer)
  const etag = plainEtag(found?.[1] ?? found?.[2])
  return etag === undefined ? {} : { etag }
}

import { plainEtag } from '../protocol/etag.ts'
import type { SendContext, SendResult, Transport } from '../core/ports.ts'
import { sizeOf } from '../core/files/file-size.ts'
import { ignoreLoadError } from '../internal/lazy-module.ts'
import { createRequestBody, loadMultipart, preload, startChecksum } from './request-body.ts'
import type { RequestBody, SingleRequestTicket } from './request-body.ts'
import type { StallTimeouts } from './stall-watchdog.ts'
import { sendRequest } from './xhr.ts'
import type { StorageAnswer, StorageRequest } from './storage-request.ts'

const defaultTimeouts: StallTimeouts = { startingMs: 60_000, sendingMs: 30_000, answeringMs: 180_000 }

/** Creates the transport for S3 and compatible storage. Tests pass shorter `timeouts`. */
export function s3Transport(timeouts: StallTimeouts = defaultTimeouts): Transport {
  return {
    async send(file, ticket, context) {
      if (ticket.kind === 'multipart') {
        const finishChecksum = startChecksum(file, ticket, context)
        // Most apps send small files, so the multipart code is loaded with the first large file.
        const { sendParts } = await loadMultipart()
        const sendResult = await sendParts(file, ticket, context, timeouts)
        context.onBytesSent?.()
        return { ...sendResult, ...(await finishChecksum()) }
      }
      const requestBody = await createRequestBody(file, ticket, context.type)
      context.signal.throwIfAborted()
      const finishChecksum = startChecksum(file, ticket, context, requestBody.bytes)
      const sendResult = await sendSingleRequest(file, ticket, requestBody, context, timeouts)
      context.onBytesSent?.()
      return { ...sendResult, ...(await finishChecksum()) }
    },
    preload(size = 0) {
      preload(size).catch(ignoreLoadError)
    },
  }
}

async function sendSingleRequest(
  file: Blob,
  { kind, url }: SingleRequestTicket,
  { body, headers, bytes }: RequestBody,
  { signal, onProgress, withRetry }: SendContext,
  timeouts: StallTimeouts,
): Promise<SendResult> {
  const size = sizeOf(file)
  const request: StorageRequest = {
    method: kind,
    url,
    headers,
    body,
    file: bytes ? undefined : file,
    signal,
    // Converts to bytes of the file, because `loaded` and `total` include the form around the file.
    onProgress: (loaded, total) => onProgress(total > 0 ? (loaded / total) * size : 0),
    timeouts,
  }
  return etagOf(await sendRequest(() => request, withRetry))
}

/** Reads the ETag from the headers or, if CORS hides it, from the XML that `success_action_status=201` requests. */
function etagOf(answer: StorageAnswer): SendResult {
  const match = /^etag: *([^\r\n]+)|<ETag>(?:"|&quot;|&#34;)?([^<&"]+)/im.exec(answer)
  const etag = plainEtag(match?.[1] ?? match?.[2])
  return etag === undefined ? {} : { etag }
}

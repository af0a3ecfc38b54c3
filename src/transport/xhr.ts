import { UploadError } from '../protocol/errors.ts'
import { storageError } from './s3-error.ts'

export interface StorageRequest {
  readonly method: 'PUT' | 'POST'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body: Blob | FormData
  readonly signal: AbortSignal
  /** Bytes of the body that the browser has handed over, and all there are. */
  readonly onProgress: (loaded: number, total: number) => void
}

export interface StorageAnswer {
  /** A response header; null where CORS hides it. */
  header(name: string): string | null
  readonly text: string
}

/**
 * The one XMLHttpRequest: `fetch` tells no upload progress (https://github.com/whatwg/fetch/issues/607). Resolves for
 * a 2xx. Throws an UploadError: what storage said, or `network`. Rejects with the signal's reason when it is aborted.
 */
export function request({
  method,
  url,
  headers = {},
  body,
  signal,
  onProgress,
}: StorageRequest): Promise<StorageAnswer> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error)
    const xhr = new XMLHttpRequest()
    const abort = () => xhr.abort()

    xhr.upload.onprogress = ({ loaded, total }) => onProgress(loaded, total)
    xhr.onload = () => {
      if (xhr.status >= 200 && xhr.status < 300) {
        return resolve({ header: (name) => xhr.getResponseHeader(name), text: xhr.responseText })
      }
      reject(storageError(xhr.status, xhr.responseText))
    }
    xhr.onerror = () =>
      reject(new UploadError('network', { phase: 'uploading', status: 0, message: noAnswer(url) }))
    // Safari fires abort for a connection that it dropped: only our signal makes it a cancel.
    xhr.onabort = () => {
      if (signal.aborted) reject(signal.reason as Error)
      else reject(new UploadError('network', { phase: 'uploading', status: 0, message: noAnswer(url) }))
    }
    // A part per listener would keep every request alive as long as the file's signal.
    xhr.onloadend = () => signal.removeEventListener('abort', abort)
    signal.addEventListener('abort', abort)

    xhr.open(method, url)
    for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value)
    xhr.send(body)
  })
}

function noAnswer(url: string): string {
  return (
    `No answer that the page may read came from ${new URL(url, location.href).host}. It is offline, the connection ` +
    "broke, or the bucket's CORS rule does not allow this origin, method or header; the browser's network panel tells which."
  )
}

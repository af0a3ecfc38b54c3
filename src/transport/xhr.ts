import { UploadError, codeOfStatus } from '../protocol/errors.ts'

export interface StorageRequest {
  readonly method: 'PUT' | 'POST'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body: Blob | FormData
  /** What of the file is in the body: asked whether it can still be read when there is no answer. */
  readonly file: Blob
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
 * a 2xx. Throws an UploadError: what storage said, `network` or `unreadable`. Rejects with the signal's reason when it
 * is aborted.
 */
export function request(asked: StorageRequest): Promise<StorageAnswer> {
  const { method, url, headers = {}, body, signal, onProgress } = asked
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error)
    const xhr = new XMLHttpRequest()
    const abort = () => xhr.abort()

    xhr.upload.onprogress = ({ loaded, total }) => onProgress(loaded, total)
    xhr.onloadend = () => {
      // Or this listener would keep every request alive as long as the file's signal.
      signal.removeEventListener('abort', abort)
      // Safari aborts by itself when it drops a connection: only our signal makes it a cancel.
      if (signal.aborted) return reject(signal.reason as Error)
      if (xhr.status < 200 || xhr.status > 299) return void failure(xhr, asked).then(reject)
      resolve({ header: (name) => xhr.getResponseHeader(name), text: xhr.responseText })
    }
    signal.addEventListener('abort', abort)

    xhr.open(method, url)
    for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value)
    xhr.send(body)
  })
}

/** What went wrong is told by code that comes with the first failure, or by the status alone where it cannot come. */
async function failure(
  { status, responseText }: XMLHttpRequest,
  asked: StorageRequest,
): Promise<UploadError> {
  try {
    const { diagnose } = await import('./diagnosis.ts')
    return await diagnose(status, responseText, asked)
  } catch (cause) {
    return new UploadError(status ? codeOfStatus(status) : 'network', { phase: 'uploading', status, cause })
  }
}

import { lazyModule } from '../protocol/lazy-module.ts'
import type { SendContext } from '../core/ports.ts'
import { UploadError } from '../protocol/errors.ts'
import type { TransferState, StallTimeouts } from './stall-watchdog.ts'

export interface StorageRequest {
  readonly method: 'put' | 'post'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body: Blob | FormData | Uint8Array<ArrayBuffer>
  /** File that the body is read from. If no response arrives, a check follows whether it is still readable. */
  readonly file?: Blob | undefined
  readonly signal: AbortSignal
  /** Called with the sent bytes and the total bytes of the body. */
  readonly onProgress: (loaded: number, total: number) => void
  readonly timeouts: StallTimeouts
  /**
   * Sends without a progress listener: with one, a form needs a preflight. https://xhr.spec.whatwg.org/#the-send()-method
   */
  readonly isUnwatched?: boolean
}

/** The visible headers and the body, in one string. Reading a hidden header by name logs an error in the console. */
export type StorageAnswer = string

/**
 * Sends a request with retries. `createRequest` is called before every attempt. Throws an UploadError: the error of
 * storage, `unreadable`, `stalled`, or the reason why there was no answer.
 */
export async function sendRequest(
  createRequest: () => StorageRequest | Promise<StorageRequest>,
  withRetry: SendContext['withRetry'],
): Promise<StorageAnswer> {
  let storageRequest: StorageRequest | undefined
  try {
    return await withRetry(async () => {
      storageRequest = await createRequest()
      return sendOnce(storageRequest)
    })
  } catch (thrown) {
    if (!(thrown instanceof UploadError && thrown.code === 'network' && storageRequest)) throw thrown
    const { explainNetworkError } = await import('./diagnosis.ts')
    throw await explainNetworkError(thrown, storageRequest)
  }
}

/**
 * Sends an XMLHttpRequest: `fetch` has no upload progress (https://github.com/whatwg/fetch/issues/607). Resolves for a
 * 2xx. Rejects with an UploadError (the error of storage, `network`, `stalled` or `unreadable`), or with the signal's
 * reason if it aborts.
 */
function sendOnce(storageRequest: StorageRequest): Promise<StorageAnswer> {
  const { method, url, headers = {}, body, signal, onProgress, timeouts, isUnwatched } = storageRequest
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error)
    const xhr = new XMLHttpRequest()
    const abort = () => xhr.abort()

    const transfer: TransferState = { at: 0, loaded: 0, total: Infinity, stalled: false }
    const recordProgress = ({ loaded, total }: Pick<TransferState, 'loaded' | 'total'>) =>
      Object.assign(transfer, { at: Date.now(), loaded, total })

    // Without progress events the body counts as sent.
    if (isUnwatched) recordProgress({ loaded: 0, total: 0 })
    else {
      xhr.upload.onprogress = (event) => {
        recordProgress(event)
        onProgress(event.loaded, event.total)
      }
    }
    // The watchdog is not needed in the first 30 seconds, so it is loaded meanwhile.
    loadStallWatchdog()
      .then(({ watchForStall }) => watchForStall(xhr, transfer, timeouts))
      .catch(() => {})
    xhr.onloadend = () => {
      // Otherwise the listener would keep the request in memory as long as the file's signal.
      signal.removeEventListener('abort', abort)
      // Safari fires `abort` when it drops a connection, so only our signal means a cancel.
      if (signal.aborted) return reject(signal.reason as Error)
      if (transfer.stalled) return reject(new UploadError('stalled', { phase: 'uploading', status: 0 }))
      if (xhr.status < 200 || xhr.status > 299) return void diagnoseFailure(xhr, storageRequest).then(reject)
      resolve(xhr.getAllResponseHeaders() + xhr.responseText)
    }
    signal.addEventListener('abort', abort)

    xhr.open(method, url)
    for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value)
    xhr.send(body)
  })
}

export const loadStallWatchdog = lazyModule(() => import('./stall-watchdog.ts'))

/** Diagnoses a failed request. The diagnosis module is loaded with the first failure; without it the code is generic. */
async function diagnoseFailure(xhr: XMLHttpRequest, storageRequest: StorageRequest): Promise<UploadError> {
  const { status } = xhr
  try {
    const { diagnose } = await import('./diagnosis.ts')
    return await diagnose(xhr, storageRequest)
  } catch (cause) {
    return new UploadError(status ? 'unknown' : 'network', { phase: 'uploading', status, cause })
  }
}

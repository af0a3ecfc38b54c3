import type { SendContext } from '../core/ports.ts'
import { isDevelopment } from '../internal/development-log.ts'
import { UploadError } from '../protocol/errors.ts'
import { diagnose, explainNetworkError } from './diagnosis.ts'
import { checkReadable } from './file-check.ts'
import { watchForStall } from './stall-watchdog.ts'
import type { TransferState } from './stall-watchdog.ts'
import type { StorageAnswer, StorageRequest } from './storage-request.ts'

/**
 * Sends a request with retries. `createRequest` is called before every attempt. Throws an UploadError. It is the
 * error of storage, `unreadable`, `stalled`, or the reason why there was no answer.
 */
export async function sendRequest(
  createRequest: () => StorageRequest | Promise<StorageRequest>,
  withRetry: SendContext['withRetry'],
): Promise<StorageAnswer> {
  let storageRequest: StorageRequest | undefined
  let failureCount = 0
  try {
    return await withRetry(async () => {
      storageRequest = await createRequest()
      try {
        return await sendOnce(storageRequest)
      } catch (thrown) {
        failureCount += 1
        // Explains a missing CORS rule to developers after the second failure, and not after the last retry. The
        // retries continue, because the explanation may be wrong.
        if (
          process.env.NODE_ENV !== 'production' &&
          failureCount === 2 &&
          isNetworkFailure(thrown) &&
          isDevelopment()
        )
          void explainNetworkError(thrown, storageRequest)
        throw thrown
      }
    })
  } catch (thrown) {
    if (!isNetworkFailure(thrown) || !storageRequest) throw thrown
    throw await explainNetworkError(thrown, storageRequest)
  }
}

const isNetworkFailure = (thrown: unknown): thrown is UploadError =>
  thrown instanceof UploadError && thrown.code === 'network'

/**
 * Sends an XMLHttpRequest, because `fetch` has no upload progress (https://github.com/whatwg/fetch/issues/607).
 * Resolves for a 2xx. Rejects with an UploadError (the error of storage, `network`, `stalled` or `unreadable`), or
 * with the signal's reason if it aborts.
 */
function sendOnce(storageRequest: StorageRequest): Promise<StorageAnswer> {
  const { method, url, headers = {}, body, file, signal, onProgress, timeouts } = storageRequest
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error)
    const xhr = new XMLHttpRequest()
    const abort = () => xhr.abort()

    const transfer: TransferState = {
      progressAt: Date.now(),
      loaded: 0,
      total: Infinity,
      abortError: undefined,
    }
    xhr.upload.onprogress = ({ loaded, total }) => {
      transfer.progressAt = Date.now()
      transfer.loaded = loaded
      transfer.total = total
      onProgress(loaded, total)
    }
    xhr.onloadend = () => {
      // Removes the listener, which would keep the request in memory as long as the signal of the file exists.
      signal.removeEventListener('abort', abort)
      // Safari fires `abort` when it drops a connection, so only our signal means a cancel.
      if (signal.aborted) return reject(signal.reason as Error)
      if (transfer.abortError) return reject(transfer.abortError)
      if (xhr.status < 200 || xhr.status > 299) return void diagnoseFailure(xhr, storageRequest).then(reject)
      resolve(xhr.getAllResponseHeaders() + xhr.responseText)
    }
    signal.addEventListener('abort', abort)

    xhr.open(method, url)
    for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value)
    xhr.send(body)
    watchForStall(xhr, transfer, timeouts, async () => file && checkReadable(file))
  })
}

/** Diagnoses a failed request. If the diagnosis fails too, the code is generic, or `unreadable` for a changed file. */
async function diagnoseFailure(xhr: XMLHttpRequest, storageRequest: StorageRequest): Promise<UploadError> {
  const { status } = xhr
  try {
    return await diagnose(xhr, storageRequest)
  } catch (cause) {
    if (cause instanceof UploadError) return cause
    return new UploadError(status ? 'unknown' : 'network', { phase: 'uploading', status, cause })
  }
}

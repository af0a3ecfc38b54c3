import { once } from '../protocol/once.ts'
import type { SendContext } from '../core/ports.ts'
import { UploadError } from '../protocol/errors.ts'
import type { Motion, Patience } from './stall.ts'

export interface StorageRequest {
  readonly method: 'put' | 'post'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body: Blob | FormData | Uint8Array<ArrayBuffer>
  /** What the body is read from while it is sent: asked whether it can still be read when there is no answer. */
  readonly file?: Blob | undefined
  readonly signal: AbortSignal
  /** Bytes of the body that the browser has handed over, and all there are. */
  readonly onProgress: (loaded: number, total: number) => void
  readonly patience: Patience
  /**
   * Without listening to its progress, for which a form needs a preflight: https://xhr.spec.whatwg.org/#the-send()-method.
   */
  readonly quiet?: boolean
}

/** The headers that the page may see, and the body. Asking for a hidden one by name is an error in people's console. */
export type StorageAnswer = string

/**
 * Sends one request, and again as long as `persist` finds that it may help; `ask` says anew what to send. Throws an
 * UploadError: what storage said, `unreadable`, `stalled`, or why there was no answer.
 */
export async function sendRequest(
  ask: () => StorageRequest | Promise<StorageRequest>,
  persist: SendContext['persist'],
): Promise<StorageAnswer> {
  let asked: StorageRequest | undefined
  try {
    return await persist(async () => {
      asked = await ask()
      return request(asked)
    })
  } catch (thrown) {
    if (!(thrown instanceof UploadError && thrown.code === 'network' && asked)) throw thrown
    const { explain } = await import('./diagnosis.ts')
    throw await explain(thrown, asked)
  }
}

/**
 * The one XMLHttpRequest: `fetch` tells no upload progress (https://github.com/whatwg/fetch/issues/607). Resolves for
 * a 2xx. Throws an UploadError: what storage said, `network` or `unreadable`. Rejects with the signal's reason when it
 * is aborted.
 */
function request(asked: StorageRequest): Promise<StorageAnswer> {
  const { method, url, headers = {}, body, signal, onProgress, patience, quiet } = asked
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error)
    const xhr = new XMLHttpRequest()
    const abort = () => xhr.abort()

    const motion: Motion = { at: 0, loaded: 0, total: Infinity, stalled: false }
    const move = ({ loaded, total }: Pick<Motion, 'loaded' | 'total'>) =>
      Object.assign(motion, { at: Date.now(), loaded, total })

    // What nobody hears of is taken for sent.
    if (quiet) move({ loaded: 0, total: 0 })
    else {
      xhr.upload.onprogress = (event) => {
        move(event)
        onProgress(event.loaded, event.total)
      }
    }
    // The watchdog has half a minute to come.
    loadStall()
      .then(({ watch }) => watch(xhr, motion, patience))
      .catch(() => {})
    xhr.onloadend = () => {
      // Or this listener would keep every request alive as long as the file's signal.
      signal.removeEventListener('abort', abort)
      // Safari aborts by itself when it drops a connection: only our signal makes it a cancel.
      if (signal.aborted) return reject(signal.reason as Error)
      if (motion.stalled) return reject(new UploadError('stalled', { phase: 'uploading', status: 0 }))
      if (xhr.status < 200 || xhr.status > 299) return void failure(xhr, asked).then(reject)
      resolve(xhr.getAllResponseHeaders() + xhr.responseText)
    }
    signal.addEventListener('abort', abort)

    xhr.open(method, url)
    for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value)
    xhr.send(body)
  })
}

export const loadStall = once(() => import('./stall.ts'))

/** What went wrong is told by code that comes with the first failure, or not at all where it cannot come. */
async function failure(xhr: XMLHttpRequest, asked: StorageRequest): Promise<UploadError> {
  const { status } = xhr
  try {
    const { diagnose } = await import('./diagnosis.ts')
    return await diagnose(xhr, asked)
  } catch (cause) {
    return new UploadError(status ? 'unknown' : 'network', { phase: 'uploading', status, cause })
  }
}

import type { StallTimeouts } from './stall-watchdog.ts'

export interface StorageRequest {
  readonly method: 'put' | 'post'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body: Blob | FormData | Uint8Array<ArrayBuffer>
  /** The file that the body is read from. Without an answer it is checked whether the file can still be read. */
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

import type { StallTimeouts } from './stall-watchdog.ts'

export interface StorageRequest {
  readonly method: 'put' | 'post'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body: Blob | FormData | Uint8Array<ArrayBuffer>
  /**
   * The file that the body is read from. If there is no answer, the file is read again to check whether it is still
   * readable.
   */
  readonly file?: Blob | undefined
  readonly signal: AbortSignal
  /** Called with the sent bytes and the total bytes of the body. */
  readonly onProgress: (loaded: number, total: number) => void
  readonly timeouts: StallTimeouts
}

/**
 * The response headers that CORS exposes, and the response body, in one string. Headers are not read by name, because
 * reading a hidden header logs an error in the console.
 */
export type StorageAnswer = string

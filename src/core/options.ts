import type { UploadError } from '../protocol/errors.ts'
import type { Meta } from '../protocol/ticket.ts'
import type { UploadItem } from './item.ts'
import type { Retry } from './retry.ts'
import type { Rules } from './rules.ts'

export interface UploaderOptions<Result> extends Rules {
  /** False: the list holds one file, and another one replaces it. Default: true. */
  readonly multiple?: boolean | undefined
  /** Which of the backend's routes the files are for. */
  readonly route?: string | undefined
  /** What the backend is told beside name, size and type. */
  readonly meta?: Meta | ((file: File) => Meta) | undefined
  /** How many files of this list may be on their way at once. Default: as many as the pool has connections for. */
  readonly concurrency?: number | undefined
  /** Changes a file before it is uploaded, for example makes it smaller. May throw an `UploadError`. */
  readonly prepare?: ((file: File, context: { signal: AbortSignal }) => File | Promise<File>) | undefined
  /** How patient uploads are with what may come right by itself. Default: see `RetryOptions`. */
  readonly retry?: Retry | undefined
  /** Called once for every file that is done. */
  readonly onDone?: ((result: Result, item: UploadItem<Result>) => void) | undefined
  /** Called whenever a file ends in `error`. */
  readonly onError?: ((error: UploadError, item: UploadItem<Result>) => void) | undefined
}

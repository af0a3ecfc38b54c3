import type { UploadError, UploadErrorCode } from '../protocol/errors.ts'
import type { Meta } from '../protocol/ticket.ts'
import type { UploadItem } from './item.ts'
import type { UploadEvent, UploadState } from './machine.ts'
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
  /** Hears of every step of every upload, for telemetry: no names, no URLs, no keys. */
  readonly onEvent?: ((event: UploadTrace) => void) | undefined
  /** Called once for every file that is done. */
  readonly onDone?: ((result: Result, item: UploadItem<Result>) => void) | undefined
  /** Called whenever a file ends in `error`. */
  readonly onError?: ((error: UploadError, item: UploadItem<Result>) => void) | undefined
}

/** One step of one upload. */
export interface UploadTrace {
  /** The file's id: the same as in `FileInfo`. */
  readonly id: string
  /** Bytes. */
  readonly size: number
  /** What happened. `held`: the step waits to be tried again. `repeated`: it is tried again. `deleted`: the backend deleted what a retry would build on. `failed` that leads to `starting`: it helps itself. */
  readonly type: UploadEvent<unknown>['type']
  readonly from: UploadState<unknown>['status']
  readonly to: UploadState<unknown>['status']
  /** Milliseconds since the step before. */
  readonly duration: number
  /** Of a failure, and of what a step waits after. */
  readonly code: UploadErrorCode | undefined
}

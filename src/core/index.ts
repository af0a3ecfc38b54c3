/** The engine without React: an uploader on a zustand store, and its ports. Entry `putaway/core`. */
export { createConnectionPool } from './connection-pool.ts'
export type {
  ConfirmUpload,
  EndpointContext,
  Host,
  PartsContext,
  PendingAnswer,
  Pool,
  SendContext,
  SendResult,
  Transport,
  UploadEndpoints,
  UploadPorts,
} from './ports.ts'
export type { ItemStatus, ReadonlyStore, UploadItem } from './item.ts'
export { itemProgress, totalProgress } from './entry-functions.ts'
export type { Rejection, Rules, ValidateFile } from './rules.ts'
export { createUploader } from './create-uploader.ts'
export type { UploaderOptions, UploaderEvent } from './options.ts'
export type { AddOptions, ItemChange, ItemOrId, Uploader, UploaderState } from './uploader-types.ts'
export { UploadError } from '../protocol/errors.ts'
export type { UploadErrorCode, UploadPhase } from '../protocol/errors.ts'
export type {
  Checksum,
  FileInfo,
  ImageCrop,
  ImageInfo,
  Meta,
  PartUrl,
  Receipt,
  StoredPart,
  Ticket,
} from '../protocol/ticket.ts'
export type { Retry, RetryOptions } from './retry/retry.ts'

export { UploadProvider } from './react/UploadProvider.tsx'
export type { UploadProviderProps } from './react/UploadProvider.tsx'
export type { Endpoints, UploadOptions } from './react/context.ts'
export type { Register } from './react/register.ts'
export { useUpload } from './react/useUpload.ts'
export type { SingleUploadOptions, UseUpload } from './react/useUpload.ts'
export { useMultiUpload } from './react/useMultiUpload.ts'
export type { UseMultiUpload } from './react/useMultiUpload.ts'
export { useUploadItem } from './react/useUploadItem.ts'
export { useIsUploading, useUploadSummary } from './react/useUploadSummary.ts'
export type { UploadSummary } from './react/useUploadSummary.ts'
export { useUploadSpeed } from './react/useUploadSpeed.ts'
export type { UploadSpeed } from './core/speed.ts'
export { httpEndpoints } from './transport/http/http-endpoints.ts'
export type { HttpEndpointsOptions } from './transport/http/post-json.ts'
export { UploadError } from './protocol/errors.ts'
export type { UploadErrorCode, UploadPhase } from './protocol/errors.ts'
export { imageSize } from './validate/image-size.ts'
export type { ImageSizeLimits } from './validate/image-size.ts'
export { itemProgress, pathOf, totalProgress } from './core/entry-functions.ts'
export { formatSize } from './protocol/byte-size.ts'
export type { ItemStatus, UploadItem } from './core/item.ts'
export type {
  ConfirmUpload,
  EndpointContext,
  PartsContext,
  PendingAnswer,
  UploadEndpoints,
} from './core/ports.ts'
export type { Retry, RetryOptions } from './core/retry/retry.ts'
export type { Rejection, Rules, ValidateFile } from './core/rules.ts'
export type { UploaderOptions, UploaderEvent } from './core/options.ts'
export type { AddOptions, ItemChange, ItemOrId, Uploader, UploaderState } from './core/uploader-types.ts'
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
} from './protocol/ticket.ts'
export * as Upload from './headless/index.ts'
export type { DropzoneState } from './headless/drop/dropzone.tsx'
export type { PageDropState } from './headless/drop/PageDrop.tsx'
export type { ItemState } from './headless/item.tsx'
export type { ProgressState } from './headless/status/status-parts.tsx'
export type { RejectionState } from './headless/rejections.tsx'
export type { PartProps } from './headless/create-part.tsx'
export type { RootProps } from './headless/root.tsx'
export type { UploaderLike } from './headless/context.ts'
export { Dropzone } from './styled/Dropzone/Dropzone.tsx'
export type { DropzoneProps } from './styled/Dropzone/Dropzone.tsx'
export { ImageUploader } from './styled/ImageUploader/ImageUploader.tsx'
export type { ImageUploaderProps } from './styled/ImageUploader/ImageUploader.tsx'
export { FileUploader } from './styled/FileUploader/FileUploader.tsx'
export type { FileUploaderProps } from './styled/FileUploader/FileUploader.tsx'
export type { UploaderHandle } from './styled/UploaderField/layout-props.ts'
export type { SlotName, SlotComponents } from './styled/styling.ts'
export type { Messages } from './i18n/en.ts'
export type { ErrorText } from './i18n/messages.ts'
export type { NumberFormatters } from './i18n/number-format.ts'
export { UploadPageDrop } from './styled/UploadPageDrop/UploadPageDrop.tsx'
export type { UploadPageDropProps } from './styled/UploadPageDrop/UploadPageDrop.tsx'
export { UploadProgress } from './styled/UploadProgress/UploadProgress.tsx'
export type { UploadProgressProps } from './styled/UploadProgress/UploadProgress.tsx'
export { UploadDocumentTitle, UploadTray } from './styled/UploadTray/UploadTray.tsx'
export type { UploadTrayProps } from './styled/UploadTray/UploadTray.tsx'
export { UploadI18nProvider } from './i18n/UploadI18nProvider.tsx'
export type { TextOptions } from './i18n/UploadI18nProvider.tsx'
export { ProgressBar } from './styled/ProgressBar/ProgressBar.tsx'
export type { ProgressBarProps } from './styled/ProgressBar/ProgressBar.tsx'
export { UploadList } from './styled/UploadList/UploadList.tsx'
export type { UploadListProps } from './styled/UploadList/UploadList.tsx'
export { useUploadField } from './field/useUploadField.ts'
export type { FieldEntry, FieldOptions, FieldProblem, FieldState, UploadField } from './field/field-state.ts'
export type { FieldValue, StoredImage } from './field/stored-image.ts'

export { applyBucketRules, bucketRules } from './bucket-rules.ts'
export type { BucketPlan, BucketRules } from './bucket-rules.ts'
export { createUploadHandler } from './handler.ts'
export type { UploadHandler, UploadHandlerOptions } from './handler.ts'
export { readUpload, readUploads } from './read-uploads.ts'
export type { FormUpload, ReadUploadsOptions, SubmittedUpload } from './read-uploads.ts'
export { route } from './route.ts'
export type {
  RequestedFile,
  AuthorizeContext,
  ConfirmedUpload,
  InspectedUpload,
  OfferedPolicy,
  Route,
  StoredUpload,
  UploadRecord,
  RouteContext,
  UploadStep,
  UploadUser,
} from './route.ts'
export type { Dimensions, ImageRules } from './image.ts'
export type { StandardSchema } from './metadata-schema.ts'

export { toNodeHandler } from './node-handler.ts'
export type { NodeRequest, NodeResponse } from './node-handler.ts'
export { s3Storage } from './s3.ts'
export type { S3StorageOptions } from './s3.ts'
export type { FinalStorage, PromoteTo, UploadStorage } from './storage.ts'
export type { Strategy } from './strategy.ts'
export { UploadError } from '../protocol/errors.ts'
export type { UploadErrorCode, UploadErrorOptions, UploadPhase } from '../protocol/errors.ts'
export type { Accept } from '../protocol/accept.ts'
export type { Size } from '../protocol/limits.ts'
export type { FileInfo, Meta } from '../protocol/ticket.ts'

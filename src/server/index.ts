export { applyBucketRules, bucketRules } from './s3/bucket-rules.ts'
export type { BucketPlan, BucketRules, UploadLifecycleRule } from './s3/bucket-rules.ts'
export type { UploadCorsRule } from '../protocol/cors-rule.ts'
export { createUploadHandler } from './handler.ts'
export type { UploadHandler, UploadHandlerOptions } from './handler.ts'
export type { ResolvedUpload, ResolveUploadOptions } from './resolve-upload.ts'
export type { StoredUrlOptions } from './stored-url.ts'
export { readUpload, readUploads } from './form/read-uploads.ts'
export type { EditedUpload, FormUpload, PendingUpload, SubmittedUpload } from './form/form-upload.ts'
export type { ReadUploadsOptions } from './form/read-uploads.ts'
export { toSharpCrop } from './sharp-crop.ts'
export type { SharpCrop } from './sharp-crop.ts'
export { route } from './routes/route.ts'
export type {
  RequestedFile,
  AuthorizeContext,
  ConfirmedUpload,
  InspectedUpload,
  OfferedPolicy,
  PendingCheck,
  Route,
  StoredUpload,
  UploadRecord,
  RouteContext,
  UploadStep,
  UploadUser,
} from './routes/route.ts'
export type { Dimensions, ImageRules } from '../protocol/image-rules.ts'
export type { StandardSchema } from './routes/metadata-schema.ts'

export { nodeRequestOf, toNodeHandler } from './node-handler.ts'
export type { NodeRequest, NodeResponse } from './node-handler.ts'
export { lambdaEventOf, toLambdaHandler } from './lambda-handler.ts'
export type { LambdaEvent, LambdaResult } from './lambda-handler.ts'
export { s3Storage } from './s3/s3-storage.ts'
export type { AwsS3Client } from './s3/aws-client.ts'
export type { S3Access, S3ClientAccess, S3KeyAccess } from './s3/connection.ts'
export type { S3Credentials, S3CredentialSource } from './s3/credentials.ts'
export type { S3BucketOptions, S3StorageOptions } from './s3/s3-storage.ts'
export type { FinalStorage, PromoteTo, SignedGetOptions, UploadStorage } from './s3/storage.ts'
export type { ObjectHeaderName, ObjectHeaders } from './routes/object-headers.ts'
export type { Strategy } from './routes/choose-ticket-kind.ts'
export type { PreflightRequest } from '../protocol/wire.ts'
export { UploadError } from '../protocol/errors.ts'
export type { UploadErrorCode, UploadErrorOptions, UploadPhase } from '../protocol/errors.ts'
export type { Accept } from '../protocol/accept/accept.ts'
export type { Size } from '../protocol/byte-size.ts'
export type { FileInfo, ImageCrop, ImageInfo, Meta } from '../protocol/ticket.ts'

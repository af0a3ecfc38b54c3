import type { ObjectChecksum, ChecksumAlgorithm, ChecksumType } from '../checksums/checksums.ts'
import type { CorsRule } from '../http/cors.ts'
import type { Segment } from './disk.ts'

/** Client metadata of an object, returned with it. */
export interface ObjectMetadata {
  /** System metadata, for example content-type. Names are in lower case. */
  headers: Record<string, string>
  /** User metadata. Names without `x-amz-meta-`. */
  metadata: Record<string, string>
  tags: Record<string, string>
}

export interface ObjectRecord extends ObjectMetadata {
  key: string
  size: number
  /** Without quotes. */
  etag: string
  /** Epoch ms. */
  lastModified: number
  checksum?: ObjectChecksum
  segments: Segment[]
  /** The multipart upload that created it, so that a repeated completion returns the same result. */
  uploadId?: string
}

export interface PartRecord {
  number: number
  etag: string
  lastModified: number
  segment: Segment
}

export interface OpenUpload extends ObjectMetadata {
  id: string
  key: string
  initiated: number
  checksum?: { algorithm: ChecksumAlgorithm; type: ChecksumType }
  parts: Map<number, PartRecord>
}

/** Bucket configurations. local-s3 parses CORS and tags; lifecycle (XML) and policy (JSON) are stored as text. */
export interface BucketSettings {
  cors?: CorsRule[]
  lifecycle?: string
  policy?: string
  tags?: Record<string, string>
}

export interface BucketRecord {
  name: string
  created: number
  settings: BucketSettings
  objects: Map<string, ObjectRecord>
  uploads: Map<string, OpenUpload>
  /** Cached keys in S3's order; undefined when stale. */
  sortedKeys: string[] | undefined
}

import { createHash } from 'node:crypto'
import { combineChecksums } from '../checksums/checksums.ts'
import type { OpenUpload, ObjectRecord, PartRecord } from '../storage/records.ts'

/** Returns the ETag of a multipart object: the MD5 of its parts' MD5s, then `-` and the number of parts. */
export const combinedEtag = (etags: readonly string[]) =>
  `${createHash('md5')
    .update(Buffer.from(etags.join(''), 'hex'))
    .digest('hex')}-${etags.length}`

/** Builds the object record of a multipart upload from these parts. */
export function assemble(upload: OpenUpload, parts: readonly PartRecord[], now: number): ObjectRecord {
  const segments = parts.map(({ segment }) => segment)
  const { key, headers, metadata, tags } = upload
  const { algorithm, type } = upload.checksum ?? { algorithm: 'CRC64NVME', type: 'FULL_OBJECT' }
  return {
    key,
    headers,
    metadata,
    tags,
    size: segments.reduce((sum, segment) => sum + segment.size, 0),
    etag: combinedEtag(parts.map(({ etag }) => etag)),
    lastModified: now,
    checksum: combineChecksums(
      algorithm,
      type,
      segments.map((segment) => ({ size: segment.size, checksum: segment.checksum ?? '' })),
    ),
    segments,
    uploadId: upload.id,
  }
}

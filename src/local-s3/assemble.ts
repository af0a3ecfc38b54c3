import { createHash } from 'node:crypto'
import { combineChecksums } from './checksums.ts'
import type { OpenUpload, StoredObject, StoredPart } from './store.ts'

/** MD5 of the MD5s, and how many: what S3 calls the ETag of an object of parts. */
export const combinedEtag = (etags: readonly string[]) =>
  `${createHash('md5')
    .update(Buffer.from(etags.join(''), 'hex'))
    .digest('hex')}-${etags.length}`

/** The object that an upload becomes with these parts. */
export function assemble(upload: OpenUpload, parts: readonly StoredPart[], now: number): StoredObject {
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

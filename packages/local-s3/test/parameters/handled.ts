/** Headers and query parameters that a supported operation handles; all others of its model must answer 501. */
export const handled: Record<string, string> = {
  PutObject:
    'x-amz-acl if-match if-none-match x-amz-server-side-encryption x-amz-storage-class x-amz-tagging x-amz-meta-',
  CopyObject:
    'x-amz-acl x-amz-checksum-algorithm x-amz-copy-source x-amz-copy-source-if-match x-amz-copy-source-if-modified-since ' +
    'x-amz-copy-source-if-none-match x-amz-copy-source-if-unmodified-since if-match if-none-match x-amz-metadata-directive ' +
    'x-amz-tagging-directive x-amz-server-side-encryption x-amz-storage-class x-amz-tagging x-amz-meta- ' +
    'x-amz-source-expected-bucket-owner',
  CreateMultipartUpload:
    'x-amz-acl x-amz-server-side-encryption x-amz-storage-class x-amz-tagging x-amz-meta- x-amz-checksum-algorithm ' +
    'x-amz-checksum-type',
  UploadPart: 'partNumber uploadId',
  UploadPartCopy:
    'partNumber uploadId x-amz-copy-source x-amz-copy-source-if-match x-amz-copy-source-if-modified-since ' +
    'x-amz-copy-source-if-none-match x-amz-copy-source-if-unmodified-since x-amz-copy-source-range ' +
    'x-amz-source-expected-bucket-owner',
  CompleteMultipartUpload: 'uploadId x-amz-checksum-type x-amz-mp-object-size if-match if-none-match',
  AbortMultipartUpload: 'uploadId',
  ListParts: 'uploadId max-parts part-number-marker',
  GetObject:
    'if-match if-modified-since if-none-match if-unmodified-since range x-amz-checksum-mode partNumber ' +
    'response-cache-control response-content-disposition response-content-encoding response-content-language ' +
    'response-content-type response-expires',
  DeleteObject: 'if-match',
  ListMultipartUploads: 'delimiter encoding-type key-marker max-uploads prefix upload-id-marker',
  // There is nothing to restore, so a response without the restore status is complete.
  ListObjectsV2:
    'delimiter encoding-type max-keys prefix continuation-token fetch-owner start-after x-amz-optional-object-attributes',
  ListObjects: 'delimiter encoding-type marker max-keys prefix x-amz-optional-object-attributes',
  ListBuckets: 'max-buckets continuation-token prefix bucket-region',
}
handled.HeadObject = handled.GetObject ?? ''

/** Headers of every operation: the body, its checksums, the payer (always the owner) and stored headers. */
export const handledEverywhere =
  /^(content-(type|length|md5|encoding|disposition|language)|cache-control|expires|x-amz-sdk-checksum-algorithm|x-amz-checksum-(crc32|crc32c|crc64nvme|sha1|sha256)|x-amz-expected-bucket-owner|x-amz-request-payer)$/

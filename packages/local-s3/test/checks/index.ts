import { bucketChecks } from './buckets/buckets.ts'
import { corsChecks } from './buckets/cors.ts'
import { listingChecks } from './buckets/listings.ts'
import { conditionChecks } from './conditions.ts'
import { completeChecksums } from './integrity/complete-checksums.ts'
import { objectChecksums } from './integrity/object-checksums.ts'
import { partChecksums } from './integrity/part-checksums.ts'
import { partChecks } from './multiparts/parts.ts'
import { multipartChecks } from './multiparts/uploads.ts'
import { awsChunkedChecks } from './objects/aws-chunked.ts'
import { copyChecks } from './objects/copies.ts'
import { deleteChecks } from './objects/deletes.ts'
import { rangeChecks } from './objects/ranges.ts'
import { objectChecks } from './objects/stored-objects.ts'
import { formChecks } from './posts/forms.ts'
import { policyChecks } from './posts/policies.ts'
import { presignedUrlChecks } from './signatures/presigned-urls.ts'
import { signedRequestChecks } from './signatures/signed-requests.ts'

/** All checks of S3's behaviour. They need only an endpoint and keys. */
export const checks = [
  ...signedRequestChecks,
  ...presignedUrlChecks,
  ...formChecks,
  ...policyChecks,
  ...objectChecks,
  ...awsChunkedChecks,
  ...rangeChecks,
  ...deleteChecks,
  ...copyChecks,
  ...multipartChecks,
  ...partChecks,
  ...objectChecksums,
  ...partChecksums,
  ...completeChecksums,
  ...conditionChecks,
  ...bucketChecks,
  ...listingChecks,
  ...corsChecks,
]

import { bucketChecks } from './buckets.ts'
import { conditionChecks } from './conditions.ts'
import { integrityChecks } from './integrity.ts'
import { multipartChecks } from './multiparts.ts'
import { objectChecks } from './objects.ts'
import { postChecks } from './posts.ts'
import { signatureChecks } from './signatures.ts'

/** What an S3 does, in checks that need nothing but an endpoint and keys. */
export const checks = [
  ...signatureChecks,
  ...postChecks,
  ...objectChecks,
  ...multipartChecks,
  ...integrityChecks,
  ...conditionChecks,
  ...bucketChecks,
]

import { bucketChecks } from './buckets.ts'
import { conditionChecks } from './conditions.ts'
import { integrityChecks } from './integrity.ts'
import { multipartChecks } from './multiparts.ts'
import { objectChecks } from './objects.ts'
import { postChecks } from './posts.ts'
import { signatureChecks } from './signatures.ts'

/** All checks of S3's behaviour. They need only an endpoint and keys. */
export const checks = [
  ...signatureChecks,
  ...postChecks,
  ...objectChecks,
  ...multipartChecks,
  ...integrityChecks,
  ...conditionChecks,
  ...bucketChecks,
]

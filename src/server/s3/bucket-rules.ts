import { corsRule } from '../../protocol/cors-rule.ts'
import {
  GetBucketCorsCommand,
  GetBucketLifecycleConfigurationCommand,
  PutBucketCorsCommand,
  PutBucketLifecycleConfigurationCommand,
} from '@aws-sdk/client-s3'
import type { CORSRule, LifecycleRule, S3Client } from '@aws-sdk/client-s3'
import { httpStatusOf } from '../error-response.ts'

/** Options of `bucketRules`. */
export interface BucketPlan {
  readonly bucket: string
  /** Origins of the pages that upload: `https://your.app`. */
  readonly origins: readonly string[]
  /** Prefix of unconfirmed objects, as in `s3Storage`. Default: `uploads/`. */
  readonly prefix?: string
  /** Prefix of confirmed objects, as in `s3Storage`. Default: `files/`. */
  readonly filesPrefix?: string
  /** Days until unconfirmed uploads are deleted. Must not be shorter than `tokenExpiresIn`. Default: 1. */
  readonly expireDays?: number
  /** Bucket that the routes' `promoteTo` copies to, if it is not `bucket`. Default: none. */
  readonly promoteTo?: string
}

/** Configuration that a bucket needs: CORS, lifecycle and the IAM policy of the server's key. */
export interface BucketRules {
  readonly cors: CORSRule & { readonly ID: string }
  readonly lifecycle: readonly (LifecycleRule & { readonly ID: string })[]
  /** IAM policy with the minimum for `s3Storage`. An app that deletes confirmed files adds s3:DeleteObject for them. */
  readonly policy: object
}

/** Returns the CORS rule, lifecycle rules and IAM policy that a bucket needs. */
export function bucketRules(plan: BucketPlan): BucketRules {
  const { bucket, origins, prefix = 'uploads/', filesPrefix = 'files/', expireDays = 1, promoteTo } = plan
  const abort = { AbortIncompleteMultipartUpload: { DaysAfterInitiation: expireDays } }
  const arn = `arn:aws:s3:::${bucket}`
  const confirmed = [
    `${arn}/${filesPrefix}*`,
    ...(promoteTo === undefined ? [] : [`arn:aws:s3:::${promoteTo}/*`]),
  ]
  return {
    cors: {
      ID: 'putaway',
      ...corsRule(origins),
    },
    lifecycle: [
      {
        ID: 'putaway-unconfirmed',
        Status: 'Enabled',
        Filter: { Prefix: prefix },
        Expiration: { Days: expireDays },
        // With versioning, a delete only hides the object.
        NoncurrentVersionExpiration: { NoncurrentDays: expireDays },
        ...abort,
      },
      // Aborts interrupted copies in parts.
      { ID: 'putaway-parts', Status: 'Enabled', Filter: { Prefix: filesPrefix }, ...abort },
    ],
    policy: {
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'Uploads',
          Effect: 'Allow',
          Action: [
            's3:PutObject',
            's3:GetObject',
            's3:DeleteObject',
            's3:AbortMultipartUpload',
            's3:ListMultipartUploadParts',
          ],
          Resource: `${arn}/${prefix}*`,
        },
        {
          Sid: 'Confirmed',
          Effect: 'Allow',
          Action: ['s3:PutObject', 's3:GetObject', 's3:AbortMultipartUpload'],
          Resource: confirmed,
        },
        {
          // Without it S3 answers 403 instead of 404 for a missing object.
          Sid: 'NotFound',
          Effect: 'Allow',
          Action: 's3:ListBucket',
          Resource: promoteTo === undefined ? arn : [arn, `arn:aws:s3:::${promoteTo}`],
        },
      ],
    },
  }
}

/** Sets the CORS and lifecycle rules of a bucket. Replaces rules with the same ids and keeps all others. */
export async function applyBucketRules(client: S3Client, bucket: string, rules: BucketRules): Promise<void> {
  const Bucket = bucket
  const cors = await undefinedIfMissing(client.send(new GetBucketCorsCommand({ Bucket })))
  const otherRules = (cors?.CORSRules ?? []).filter(({ ID }) => ID !== rules.cors.ID)
  const CORSConfiguration = { CORSRules: [...otherRules, rules.cors] }
  await client.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration }))

  const lifecycle = await undefinedIfMissing(
    client.send(new GetBucketLifecycleConfigurationCommand({ Bucket })),
  )
  const ownIds = new Set(rules.lifecycle.map(({ ID }) => ID))
  const otherLifecycleRules = (lifecycle?.Rules ?? []).filter(({ ID }) => !ownIds.has(ID ?? ''))
  const LifecycleConfiguration = { Rules: [...otherLifecycleRules, ...rules.lifecycle] }
  await client.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration }))
}

/** Returns undefined for a bucket without rules. S3 answers 404 for it, and also for a missing bucket, which throws. */
async function undefinedIfMissing<Answer>(response: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await response
  } catch (thrown) {
    const isMissingBucket = thrown instanceof Error && thrown.name === 'NoSuchBucket'
    if (!isMissingBucket && httpStatusOf(thrown) === 404) return undefined
    throw thrown
  }
}

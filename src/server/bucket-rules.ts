import { corsRule } from '../protocol/cors-rule.ts'
import {
  GetBucketCorsCommand,
  GetBucketLifecycleConfigurationCommand,
  PutBucketCorsCommand,
  PutBucketLifecycleConfigurationCommand,
} from '@aws-sdk/client-s3'
import type { CORSRule, LifecycleRule, S3Client } from '@aws-sdk/client-s3'
import { httpStatusOf } from './refusal.ts'

export interface BucketPlan {
  readonly bucket: string
  /** Of the pages that upload: `https://your.app`. */
  readonly origins: readonly string[]
  /** As in `s3Storage`. Default: `uploads/`. */
  readonly prefix?: string
  /** As in `s3Storage`. Default: `files/`. */
  readonly filesPrefix?: string
  /** When what was never confirmed goes. Default: 1. Not sooner than tokens end. */
  readonly expireDays?: number
  /** Where `promoteTo` puts the confirmed, if that is another bucket. */
  readonly promoteTo?: string
}

/** What a bucket needs: who may upload to it from a page, what goes by itself, and what the server's key may do. */
export interface BucketRules {
  readonly cors: CORSRule & { readonly ID: string }
  readonly lifecycle: readonly (LifecycleRule & { readonly ID: string })[]
  /** For IAM: no more than `s3Storage` needs. An app that deletes confirmed files adds s3:DeleteObject there. */
  readonly policy: object
}

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
        // In a bucket with versions a delete only hides.
        NoncurrentVersionExpiration: { NoncurrentDays: expireDays },
        ...abort,
      },
      // A copy in parts that broke off.
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
          // Without it S3 answers 403 and not 404 for what is not there.
          Sid: 'NotFound',
          Effect: 'Allow',
          Action: 's3:ListBucket',
          Resource: promoteTo === undefined ? arn : [arn, `arn:aws:s3:::${promoteTo}`],
        },
      ],
    },
  }
}

/** Puts the CORS and lifecycle rules on the bucket. Its other rules stay; ours are known by their ids. */
export async function applyBucketRules(client: S3Client, bucket: string, rules: BucketRules): Promise<void> {
  const Bucket = bucket
  const cors = await orNone(client.send(new GetBucketCorsCommand({ Bucket })))
  const others = (cors?.CORSRules ?? []).filter(({ ID }) => ID !== rules.cors.ID)
  const CORSConfiguration = { CORSRules: [...others, rules.cors] }
  await client.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration }))

  const lifecycle = await orNone(client.send(new GetBucketLifecycleConfigurationCommand({ Bucket })))
  const ours = new Set(rules.lifecycle.map(({ ID }) => ID))
  const kept = (lifecycle?.Rules ?? []).filter(({ ID }) => !ours.has(ID ?? ''))
  const LifecycleConfiguration = { Rules: [...kept, ...rules.lifecycle] }
  await client.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration }))
}

/** A bucket without rules is a 404, and so is one that is not there. */
async function orNone<Answer>(asked: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await asked
  } catch (thrown) {
    const missing = thrown instanceof Error && thrown.name === 'NoSuchBucket'
    if (!missing && httpStatusOf(thrown) === 404) return undefined
    throw thrown
  }
}

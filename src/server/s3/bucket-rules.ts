import { corsRule } from '../../protocol/cors-rule.ts'
import type { UploadCorsRule } from '../../protocol/cors-rule.ts'
import { connect } from './connection.ts'
import type { Bucket, S3Access } from './connection.ts'
import { httpStatusOf } from './errors.ts'
import { prepareBucket } from './feature-memory.ts'
import { sendForHeaders, sendForXml } from './request.ts'
import { elementsOf, toXmlText, elementText } from './xml.ts'

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
  readonly cors: UploadCorsRule & { readonly ID: string }
  readonly lifecycle: readonly UploadLifecycleRule[]
  /** IAM policy with the minimum for `s3Storage`. An app that deletes confirmed files adds s3:DeleteObject for them. */
  readonly policy: object
}

/**
 * Rule that deletes unconfirmed objects and interrupted multipart uploads, in the format of
 * PutBucketLifecycleConfiguration.
 */
export interface UploadLifecycleRule {
  readonly ID: string
  readonly Status: 'Enabled'
  readonly Filter: { readonly Prefix: string }
  readonly Expiration?: { readonly Days: number }
  readonly NoncurrentVersionExpiration?: { readonly NoncurrentDays: number }
  readonly AbortIncompleteMultipartUpload: { readonly DaysAfterInitiation: number }
}

/** Returns the CORS rule, lifecycle rules and IAM policy that a bucket needs. */
export function bucketRules(plan: BucketPlan): BucketRules {
  const { bucket, origins, prefix = 'uploads/', filesPrefix = 'files/', expireDays = 1, promoteTo } = plan
  const abortRule = { AbortIncompleteMultipartUpload: { DaysAfterInitiation: expireDays } }
  const arn = `arn:aws:s3:::${bucket}`
  const confirmedFileArns = [
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
        // A delete only hides the object if the bucket has versioning. This rule deletes the hidden version.
        NoncurrentVersionExpiration: { NoncurrentDays: expireDays },
        ...abortRule,
      },
      // Aborts multipart copies that were interrupted.
      { ID: 'putaway-parts', Status: 'Enabled', Filter: { Prefix: filesPrefix }, ...abortRule },
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
          Resource: confirmedFileArns,
        },
        {
          // Without s3:ListBucket, S3 answers 403 instead of 404 for a missing object.
          Sid: 'NotFound',
          Effect: 'Allow',
          Action: 's3:ListBucket',
          Resource: promoteTo === undefined ? arn : [arn, `arn:aws:s3:::${promoteTo}`],
        },
      ],
    },
  }
}

/**
 * Sets the CORS and lifecycle rules of a bucket. Replaces rules with the same ids and keeps all others. Throws an Error
 * whose `name` is the error code of S3, for example AccessDenied.
 */
export async function applyBucketRules(
  access: S3Access & { readonly bucket: string },
  { cors, lifecycle }: BucketRules,
): Promise<void> {
  const bucket = prepareBucket(connect(access), access.bucket)
  await addRules(bucket, 'cors', 'CORSConfiguration', 'CORSRule', [cors])
  await addRules(bucket, 'lifecycle', 'LifecycleConfiguration', 'Rule', lifecycle)
}

/** Adds rules to the bucket. S3 replaces all rules at once, so the request also contains the other rules, unchanged. */
async function addRules(
  bucket: Bucket,
  subresource: string,
  rootName: string,
  elementName: string,
  rules: readonly { readonly ID: string }[],
): Promise<void> {
  const query = { [subresource]: '' }
  const operation = `bucket ${subresource}`
  const getRequest = { operation: `Get ${operation}`, method: 'GET', query } as const
  const existingXml = (await undefinedIfMissing(sendForXml(bucket, getRequest, rootName))) ?? ''
  const newIds = new Set<string | undefined>(rules.map(({ ID }) => ID))
  const otherRules = elementsOf(existingXml, elementName).filter(
    (rule) => !newIds.has(elementText(rule, 'ID')),
  )
  const allRules = [...otherRules, ...rules.map(ruleToXml)].map(
    (rule) => `<${elementName}>${rule}</${elementName}>`,
  )
  const body = `<${rootName} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${allRules.join('')}</${rootName}>`
  const headers = {
    'x-amz-sdk-checksum-algorithm': 'SHA256',
    'x-amz-checksum-sha256': await sha256Of(body),
  }
  await sendForHeaders(bucket, { operation: `Put ${operation}`, method: 'PUT', query, headers, body })
}

/**
 * Converts a rule to XML. A list becomes several elements with a singular name: each entry of `AllowedOrigins`
 * becomes an `<AllowedOrigin>`.
 */
function ruleToXml(rule: object): string {
  return Object.entries(rule)
    .flatMap(([name, value]: [string, unknown]) => {
      const elementName = Array.isArray(value) ? name.replace(/s$/, '') : name
      return [value].flat().map((item) => {
        const content = typeof item === 'object' && item !== null ? ruleToXml(item) : toXmlText(String(item))
        return `<${elementName}>${content}</${elementName}>`
      })
    })
    .join('')
}

/** Returns the SHA-256 of a text in base64, which S3 requires for rules. */
async function sha256Of(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return btoa(String.fromCharCode(...new Uint8Array(digest)))
}

/**
 * Resolves with undefined if the bucket has no rules, because S3 then answers 404. S3 also answers 404 for a missing
 * bucket. In that case, rejects with the error.
 */
async function undefinedIfMissing<Answer>(response: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await response
  } catch (thrown) {
    const isMissingBucket = thrown instanceof Error && thrown.name === 'NoSuchBucket'
    if (!isMissingBucket && httpStatusOf(thrown) === 404) return undefined
    throw thrown
  }
}

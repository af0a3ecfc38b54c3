import { S3Error } from '../http/error.ts'
import { compilePattern } from '../http/pattern.ts'
import type { Identity } from './sigv4-verify.ts'
import type { BucketRecord } from '../storage/records.ts'

/** The elements of a bucket policy statement that local-s3 evaluates. */
interface PolicyStatement {
  allows: boolean
  isPublic: boolean
  actions: string[]
  resources: string[]
}

const toStrings = (value: unknown): string[] =>
  (Array.isArray(value) ? value : [value]).filter((one): one is string => typeof one === 'string')

/**
 * Parses a bucket policy: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html
 * @throws S3Error MalformedPolicy; NotImplemented for Condition and Not… elements, which local-s3 cannot evaluate
 */
export function parseBucketPolicy(text: string, bucket: string): PolicyStatement[] {
  let policy: unknown
  try {
    policy = JSON.parse(text)
  } catch {
    throw new S3Error('MalformedPolicy')
  }
  const statements: unknown = isRecord(policy) ? policy.Statement : undefined
  if (!statements) throw new S3Error('MalformedPolicy', 'Missing required field Statement')
  return (Array.isArray(statements) ? statements : [statements]).map((statement: unknown) => {
    if (!isRecord(statement)) throw new S3Error('MalformedPolicy')
    const unsupportedElement = Object.keys(statement).find((name) =>
      /^(Condition|Not(Action|Principal|Resource))$/.test(name),
    )
    if (unsupportedElement)
      throw new S3Error(
        'NotImplemented',
        `local-s3 does not evaluate ${unsupportedElement} in a bucket policy.`,
      )
    const { Effect, Principal, Action, Resource } = statement
    if (Effect !== 'Allow' && Effect !== 'Deny')
      throw new S3Error('MalformedPolicy', `Invalid effect: ${String(Effect)}`)
    const actions = toStrings(Action)
    const resources = toStrings(Resource)
    if (actions.length === 0) throw new S3Error('MalformedPolicy', 'Missing required field Action')
    if (
      resources.length === 0 ||
      resources.some(
        (one) =>
          !compilePattern('arn:aws:s3:::*').test(one) ||
          !one.slice(13).split('/')[0]?.match(compilePattern(bucket)),
      )
    ) {
      throw new S3Error('MalformedPolicy', 'Policy has invalid resource')
    }
    if (Principal === undefined) throw new S3Error('MalformedPolicy', 'Missing required field Principal')
    return {
      allows: Effect === 'Allow',
      isPublic: Principal === '*' || (isRecord(Principal) && toStrings(Principal.AWS).includes('*')),
      actions,
      resources,
    }
  })
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

/**
 * Allows the owner everything that no policy denies, and anonymous requests only what a policy allows everyone.
 * @throws S3Error AccessDenied
 */
export function authorize(identity: Identity, bucket: BucketRecord, action: string, key?: string) {
  if (identity.kind === 'anonymous' && identity.isRebound) {
    throw new S3Error(
      'AccessDenied',
      'Unsigned requests must name this machine (localhost, 127.0.0.1, [::1]): a page may have been rebound to it.',
    )
  }
  const { policy } = bucket.settings
  const resource = `arn:aws:s3:::${bucket.name}${key === undefined ? '' : `/${key}`}`
  const matching = (policy === undefined ? [] : parseBucketPolicy(policy, bucket.name)).filter(
    ({ isPublic: everyone, actions, resources }) =>
      everyone &&
      actions.some((one) => compilePattern(one, 'is').test(action)) &&
      resources.some((one) => compilePattern(one).test(resource)),
  )
  // Without this exception, a policy can deny its owner the right to change it.
  const isOwnPolicyAction = identity.kind === 'owner' && /^s3:(Get|Put|Delete)BucketPolicy$/.test(action)
  if (!isOwnPolicyAction && matching.some(({ allows: allow }) => !allow)) throw new S3Error('AccessDenied')
  if (identity.kind === 'owner' || matching.some(({ allows: allow }) => allow)) return
  throw new S3Error('AccessDenied')
}

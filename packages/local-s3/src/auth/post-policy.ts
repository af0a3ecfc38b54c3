import { S3Error } from '../http/error.ts'

/**
 * A POST policy: expiration, conditions on form fields, and limits on the file size. `sigv4-verify.ts` checks its
 * signature.
 */
export interface PostPolicy {
  /** Epoch ms. */
  expiration: number
  conditions: FieldCondition[]
  /** Ranges of the file size in bytes, both ends inclusive. All of them apply. */
  sizeRanges: { min: number; max: number }[]
}

interface FieldCondition {
  match: 'eq' | 'starts-with'
  /** Field name in lower case, without `$`. */
  field: string
  value: string
}

const invalidPolicy = (message: string) => new S3Error('InvalidPolicyDocument', `Invalid Policy: ${message}`)
const policyDenied = (message: string) =>
  new S3Error('AccessDenied', `Invalid according to Policy: ${message}`)

/**
 * Parses a policy: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
 * @throws S3Error InvalidPolicyDocument; AccessDenied for an invalid condition
 */
export function parsePostPolicy(base64: string): PostPolicy {
  let document: unknown
  try {
    document = JSON.parse(Buffer.from(base64, 'base64').toString('utf8'))
  } catch {
    throw invalidPolicy('Invalid JSON.')
  }
  const { expiration, conditions }: { expiration?: unknown; conditions?: unknown } = Object(document)
  const expiresAt =
    typeof expiration === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(expiration)
      ? Date.parse(expiration)
      : Number.NaN
  if (Number.isNaN(expiresAt)) throw invalidPolicy("Invalid 'expiration' value.")
  if (!Array.isArray(conditions)) throw invalidPolicy('Policy is missing conditions.')
  const policy: PostPolicy = { expiration: expiresAt, conditions: [], sizeRanges: [] }
  for (const condition of conditions as unknown[]) addCondition(policy, condition)
  return policy
}

/** Adds a condition. S3 treats an invalid condition as one that always fails. */
function addCondition(policy: PostPolicy, condition: unknown) {
  const invalidCondition = policyDenied(`Policy Condition failed: ${JSON.stringify(condition)}`)
  if (!Array.isArray(condition)) {
    const fields = typeof condition === 'object' && condition !== null ? Object.entries(condition) : []
    const [field, value] = fields[0] ?? []
    if (fields.length !== 1 || field === undefined || typeof value !== 'string') throw invalidCondition
    policy.conditions.push({ match: 'eq', field: field.toLowerCase(), value })
    return
  }
  const [operator, first, second, ...rest] = condition as unknown[]
  const match = typeof operator === 'string' ? operator.toLowerCase() : undefined
  if (match === 'content-length-range') {
    const [min, max] = [Number(first), Number(second)]
    if (rest.length > 0 || !Number.isInteger(min) || !Number.isInteger(max) || min < 0) throw invalidCondition
    policy.sizeRanges.push({ min, max })
    return
  }
  if (rest.length > 0 || (match !== 'eq' && match !== 'starts-with')) throw invalidCondition
  if (typeof first !== 'string' || !first.startsWith('$') || typeof second !== 'string')
    throw invalidCondition
  policy.conditions.push({ match, field: first.slice(1).toLowerCase(), value: second })
}

const conditionHolds = ({ match, field, value }: FieldCondition, actual: string) => {
  if (match === 'eq') return actual === value
  // Content-Type may be a list. Every element must match.
  const each = field === 'content-type' ? actual.split(',').map((one) => one.trim()) : [actual]
  return each.every((one) => one.startsWith(value))
}

/** Whether a policy may omit the field. */
const isExempt = (name: string) =>
  ['x-amz-signature', 'file', 'policy'].includes(name) || name.startsWith('x-ignore-')

/**
 * Checks form fields against the policy; `enforceSizes` checks the file size.
 * @param fields names in lower case, variables expanded
 * @param now epoch ms
 * @throws S3Error AccessDenied
 */
export function checkPostPolicy(
  policy: PostPolicy,
  fields: ReadonlyMap<string, string>,
  bucket: string,
  now: number,
) {
  if (now > policy.expiration) throw policyDenied('Policy expired.')
  // The bucket of the request overrides a field named bucket, and the policy must have a condition for it.
  const all = new Map([...fields, ['bucket', bucket]])
  for (const condition of policy.conditions) {
    const actual = all.get(condition.field)
    // A missing field fails every condition, also starts-with ''.
    if (actual !== undefined && conditionHolds(condition, actual)) continue
    const { match, field, value } = condition
    throw policyDenied(`Policy Condition failed: ${JSON.stringify([match, `$${field}`, value])}`)
  }
  if ((fields.get('bucket') ?? bucket) !== bucket) {
    throw policyDenied('Policy Condition failed: the field bucket names a different bucket.')
  }
  const coveredFields = new Set(policy.conditions.map(({ field }) => field))
  const extraFields = [...all.keys()].filter((name) => !isExempt(name) && !coveredFields.has(name))
  if (extraFields.length > 0) throw policyDenied(`Extra input fields: ${extraFields.join(', ')}`)
}

/**
 * Passes bytes through and enforces the policy's sizes.
 * @throws S3Error EntityTooLarge at the first byte over the maximum; EntityTooSmall at the end
 */
export async function* enforceSizes(
  bytes: AsyncIterable<Buffer>,
  sizeRanges: PostPolicy['sizeRanges'],
): AsyncGenerator<Buffer> {
  const max = Math.min(...sizeRanges.map((range) => range.max))
  const min = Math.max(...sizeRanges.map((range) => range.min))
  let size = 0
  for await (const chunk of bytes) {
    size += chunk.length
    if (size > max)
      throw new S3Error('EntityTooLarge', undefined, { ProposedSize: size, MaxSizeAllowed: max })
    yield chunk
  }
  if (size < min) throw new S3Error('EntityTooSmall', undefined, { ProposedSize: size, MinSizeAllowed: min })
}

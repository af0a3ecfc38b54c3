import { S3Error } from './error.ts'
import type { Answer, S3Request } from './request.ts'
import type { Authority, Identity } from './signature.ts'
import type { Bucket, Store } from './store.ts'

/** The input of an operation, after authentication and authorization. */
export interface ServiceCall {
  request: S3Request
  identity: Identity
  store: Store
  authority: Authority
  /** Applies fault rules for a key that is not in the URL but in a form field. */
  meet(key: string | undefined): Promise<void>
}

export interface BucketCall extends ServiceCall {
  bucket: Bucket
}

export interface ObjectCall extends BucketCall {
  key: string
}

export type Operation<Call> = (call: Call) => Answer | Promise<Answer>

export const xmlAnswer = (body: string, headers: Answer['headers'] = {}): Answer => ({
  status: 200,
  headers: { 'content-type': 'application/xml', ...headers },
  body,
})

/** Maximum number of parts: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
export const mostParts = 10_000

/** Reads `?partNumber=`. @throws S3Error InvalidArgument for a number outside of 1 to 10,000 */
export function readPartNumber({ request }: ServiceCall): number {
  const sent = request.query.get('partNumber') ?? ''
  const number = Number(sent)
  if (/^\d{1,5}$/.test(sent) && number >= 1 && number <= mostParts) return number
  throw new S3Error(
    'InvalidArgument',
    `Part number must be an integer between 1 and ${mostParts}, inclusive`,
    { ArgumentName: 'partNumber', ArgumentValue: sent },
  )
}

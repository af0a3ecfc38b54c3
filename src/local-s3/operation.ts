import { S3Error } from './error.ts'
import type { Answer, S3Request } from './request.ts'
import type { Authority, Identity } from './signature.ts'
import type { Bucket, Store } from './store.ts'

/** What an operation gets to work with, once the request is known to be allowed. */
export interface ServiceCall {
  request: S3Request
  identity: Identity
  store: Store
  authority: Authority
  /** Tells the fault rules which key is meant, where the URL did not say it. */
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

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
export const mostParts = 10_000

/** @throws S3Error InvalidArgument for a number that no part can have */
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

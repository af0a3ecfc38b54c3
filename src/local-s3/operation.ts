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

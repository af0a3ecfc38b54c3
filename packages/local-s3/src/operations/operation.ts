import { S3Error } from '../http/error.ts'
import type { S3Response, S3Request } from '../http/request.ts'
import type { AuthSettings, Identity } from '../auth/sigv4-verify.ts'
import type { BucketRecord } from '../storage/records.ts'
import type { Store } from '../storage/store.ts'

/** The input of an operation, after authentication and authorization. */
export interface ServiceCall {
  request: S3Request
  identity: Identity
  store: Store
  auth: AuthSettings
  /** Applies fault rules for a key that is not in the URL but in a form field. */
  applyFaults(key: string | undefined): Promise<void>
}

export interface BucketCall extends ServiceCall {
  bucket: BucketRecord
}

export interface ObjectCall extends BucketCall {
  key: string
}

export type Operation<Call> = (call: Call) => S3Response | Promise<S3Response>

export const xmlResponse = (body: string, headers: S3Response['headers'] = {}): S3Response => ({
  status: 200,
  headers: { 'content-type': 'application/xml', ...headers },
  body,
})

/** Maximum number of parts: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
export const maxPartNumber = 10_000

/** Reads `?partNumber=`. @throws S3Error InvalidArgument for a number outside of 1 to 10,000 */
export function readPartNumber({ request }: ServiceCall): number {
  const text = request.query.get('partNumber') ?? ''
  const number = Number(text)
  if (/^\d{1,5}$/.test(text) && number >= 1 && number <= maxPartNumber) return number
  throw new S3Error(
    'InvalidArgument',
    `Part number must be an integer between 1 and ${maxPartNumber}, inclusive`,
    { ArgumentName: 'partNumber', ArgumentValue: text },
  )
}

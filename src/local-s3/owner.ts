import { S3Error } from './error.ts'
import type { S3Request } from './request.ts'

/** The canonical user that owns every bucket and object. */
export const owner = {
  ID: '75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a',
  DisplayName: 'local-s3',
}

/** The same as an AWS account, which x-amz-expected-bucket-owner names. */
export const accountId = '000000000000'

/**
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
 * @throws S3Error InvalidBucketOwnerAWSAccountID; AccessDenied for another account than ours
 */
export function checkExpectedOwner({ headers }: Pick<S3Request, 'headers'>) {
  for (const name of ['x-amz-expected-bucket-owner', 'x-amz-source-expected-bucket-owner']) {
    const expected = headers[name]
    if (expected === undefined) continue
    if (!/^\d{12}$/.test(expected)) throw new S3Error('InvalidBucketOwnerAWSAccountID')
    if (expected !== accountId) throw new S3Error('AccessDenied')
  }
}

import { S3Error } from '../http/error.ts'
import type { S3Request } from '../http/request.ts'

/** The canonical user who owns all buckets and objects. */
export const owner = {
  ID: '75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a',
  DisplayName: 'local-s3',
}

/** The AWS account id of the owner, compared with x-amz-expected-bucket-owner. */
export const accountId = '000000000000'

/**
 * Checks the expected owner headers: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
 * @throws S3Error InvalidBucketOwnerAWSAccountID; AccessDenied for another account
 */
export function checkExpectedOwner({ headers }: Pick<S3Request, 'headers'>) {
  for (const name of ['x-amz-expected-bucket-owner', 'x-amz-source-expected-bucket-owner']) {
    const expected = headers[name]
    if (expected === undefined) continue
    if (!/^\d{12}$/.test(expected)) throw new S3Error('InvalidBucketOwnerAWSAccountID')
    if (expected !== accountId) throw new S3Error('AccessDenied')
  }
}

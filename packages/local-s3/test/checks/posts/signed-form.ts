import { createHmac } from 'node:crypto'
import { minutes, type TestBucket } from '../../harness/test-bucket.ts'

/** Form fields with a custom policy and a valid signature. */
export function signPolicy({ credentials, region }: TestBucket, policy: unknown) {
  const longDate = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '')
  const date = longDate.slice(0, 8)
  const base64 = Buffer.from(typeof policy === 'string' ? policy : JSON.stringify(policy)).toString('base64')
  const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()
  const signing = [date, region, 's3', 'aws4_request'].reduce<string | Buffer>(
    hmac,
    `AWS4${credentials.secretAccessKey}`,
  )
  return {
    'x-amz-algorithm': 'AWS4-HMAC-SHA256',
    'x-amz-credential': `${credentials.accessKeyId}/${date}/${region}/s3/aws4_request`,
    'x-amz-date': longDate,
    policy: base64,
    'x-amz-signature': hmac(signing, base64).toString('hex'),
  }
}

export const later = () => minutes(1).toISOString()

/** Conditions for the fields that a signature adds. */
export const signing = [
  ['starts-with', '$x-amz-credential', ''],
  ['starts-with', '$x-amz-date', ''],
  ['starts-with', '$x-amz-algorithm', ''],
]

/** Encoded fields with the boundary `b`. */
export const formFields = (fields: Record<string, string>) =>
  Object.entries(fields)
    .map(([name, value]) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
    .join('')

export const postRaw = (s3: TestBucket, body: string) => () =>
  s3.raw({
    method: 'POST',
    path: `/${s3.bucket}`,
    headers: { 'content-type': 'multipart/form-data; boundary=b' },
    body,
  })

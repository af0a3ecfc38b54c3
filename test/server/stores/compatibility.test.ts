import { describe, expect, test } from 'vitest'
import { featuresOf } from '../../../src/server/s3/compatibility.ts'
import { s3Storage } from '../../../src/server/index.ts'
import { unreachable } from '../../harness/s3-fixture.ts'

const s3 = {
  post: true,
  checksums: true,
  writeOnce: true,
  copyIfAbsent: 'if-none-match',
  copyIfMatch: 'if-match',
}
const r2 = {
  ...s3,
  post: false,
  copyIfAbsent: 'cf-copy-destination-if-none-match',
  copyIfMatch: 'cf-copy-destination-if-match',
}
const b2 = { ...s3, post: false, checksums: false }
const gcs = { post: false, checksums: false, writeOnce: false, copyIfAbsent: false, copyIfMatch: false }
const noPost = { ...s3, post: false }

test.each([
  // Cloudflare R2, with its jurisdictions, and the bucket in the host name
  ['https://account.r2.cloudflarestorage.com/b', r2],
  ['https://account.eu.r2.cloudflarestorage.com/b', r2],
  ['https://b.account.r2.cloudflarestorage.com', r2],
  // Backblaze B2
  ['https://s3.us-east-005.backblazeb2.com/b', b2],
  ['https://b.s3.eu-central-003.backblazeb2.com', b2],
  // Google Cloud Storage
  ['https://storage.googleapis.com/b', gcs],
  ['https://b.storage.googleapis.com', gcs],
  // Supabase, old and new host names
  ['https://project.supabase.co/storage/v1/s3/b', noPost],
  ['https://project.storage.supabase.co/storage/v1/s3/b', noPost],
  ['https://project.supabase.co/other/b', s3],
  // AWS: path, virtual host, dual-stack, accelerate, China, access points
  ['https://s3.eu-central-1.amazonaws.com/b', s3],
  ['https://b.s3.eu-central-1.amazonaws.com', s3],
  ['https://b.s3.dualstack.eu-central-1.amazonaws.com', s3],
  ['https://b.s3-accelerate.amazonaws.com', s3],
  ['https://b.s3.cn-north-1.amazonaws.com.cn', s3],
  ['https://ap-123456789012.s3-accesspoint.us-west-2.amazonaws.com', noPost],
  ['https://ap-123456789012.s3-accesspoint.dualstack.us-west-2.amazonaws.com', noPost],
  ['https://ap-123456789012.s3-accesspoint-fips.us-gov-west-1.amazonaws.com', noPost],
  ['https://ap-123456789012.s3-accesspoint.cn-north-1.amazonaws.com.cn', noPost],
  // Nothing is known that these lack
  ['https://s3.eu-central-1.wasabisys.com/b', s3],
  ['https://fra1.digitaloceanspaces.com/b', s3],
  ['https://t3.storage.dev/b', s3],
  ['https://fly.storage.tigris.dev/b', s3],
  ['https://fsn1.your-objectstorage.com/b', s3],
  // Stores that run at any host: MinIO, Ceph, Garage, SeaweedFS
  ['http://minio:9000/b', s3],
  // Other names that contain a known one
  ['https://r2.cloudflarestorage.com.example.com/b', s3],
  ['https://notbackblazeb2.com/b', s3],
  ['https://mystorage.googleapis.com.example.com/b', s3],
])('the features of %s are those of its store', (url, features) => {
  expect(featuresOf(new URL(url))).toEqual(features)
})

describe('the option store', () => {
  test('names the store behind another host name', async () => {
    const behindProxy = { ...unreachable, bucket: 'b', endpoint: 'https://files.example.com' }
    expect(await s3Storage(behindProxy).acceptsPost()).toBe(true)
    const named = s3Storage({ ...behindProxy, store: 'b2' })
    expect(await named.acceptsPost()).toBe(false)
    expect(await named.keepsChecksums()).toBe(false)
    expect(await s3Storage({ ...behindProxy, store: 'b2', checksums: true }).keepsChecksums()).toBe(true)
  })

  test('refuses a name that it does not know', () => {
    // As an environment variable without types may say.
    const store = 'minio' as 'b2'
    expect(() => s3Storage({ ...unreachable, bucket: 'b', store })).toThrow(/b2, gcs, r2, supabase/)
  })
})

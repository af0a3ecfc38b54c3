import { createHash } from 'node:crypto'
import { isId, type Disk } from './disk.ts'
import type { Bucket, OpenUpload, StoredObject, StoredPart } from './store.ts'

const hashed = (key: string) => createHash('sha256').update(key).digest('hex')
export const folder = (bucket: Bucket) => `buckets/${bucket.name}`
export const objectPath = (bucket: Bucket, key: string) => `${folder(bucket)}/objects/${hashed(key)}.json`
export const uploadPath = (bucket: Bucket, id: string) => `${folder(bucket)}/uploads/${id}`

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
export const isBucketName = (name: string) =>
  /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) &&
  !name.includes('..') &&
  !/^\d+\.\d+\.\d+\.\d+$/.test(name)

/** Loads all records of the directory. Deletes segments that no record references. */
export async function loadBuckets(disk: Disk): Promise<Map<string, Bucket>> {
  const kept = new Set<string>()
  const buckets = new Map<string, Bucket>()
  for (const name of (await disk.list('buckets')).filter(isBucketName)) {
    if (await isUnfinished(disk, name)) continue
    const bucket: Bucket = {
      ...(await disk.load<Bucket>(`buckets/${name}/bucket.json`)),
      objects: new Map(),
      uploads: new Map(),
      order: undefined,
    }
    buckets.set(name, bucket)
    const completed = await loadObjects(disk, bucket, kept)
    for (const id of (await disk.list(`buckets/${name}/uploads`)).filter(isId)) {
      // A crash between the last two steps of a completion: the object exists, the upload is not yet removed.
      if (completed.has(id)) await disk.remove(uploadPath(bucket, id))
      else await loadUpload(disk, bucket, id, kept)
    }
  }
  await disk.sweep(kept)
  return buckets
}

/** Removes a bucket whose creation was interrupted. Its record is written last. */
async function isUnfinished(disk: Disk, name: string) {
  const path = `buckets/${name}`
  if ((await disk.list(path)).includes('bucket.json')) return false
  if ((await disk.list(`${path}/objects`)).length > 0)
    throw new Error(
      `The file bucket.json of the bucket ${name} is missing, but the bucket has objects. Restore the file, or choose another directory.`,
    )
  await disk.remove(path)
  return true
}

async function loadObjects(disk: Disk, bucket: Bucket, kept: Set<string>) {
  const completed = new Set<string>()
  const files = await disk.list(`${folder(bucket)}/objects`)
  for (const file of files.filter((one) => /^[0-9a-f]{64}\.json$/.test(one))) {
    const object = await disk.load<StoredObject>(`${folder(bucket)}/objects/${file}`)
    bucket.objects.set(object.key, object)
    for (const { id } of object.segments) kept.add(id)
    if (object.uploadId !== undefined) completed.add(object.uploadId)
  }
  return completed
}

async function loadUpload(disk: Disk, bucket: Bucket, id: string, kept: Set<string>) {
  const files = await disk.list(uploadPath(bucket, id))
  if (!files.includes('upload.json')) return disk.remove(uploadPath(bucket, id))
  const record = await disk.load<OpenUpload>(`${uploadPath(bucket, id)}/upload.json`)
  const upload: OpenUpload = { ...record, parts: new Map() }
  bucket.uploads.set(id, upload)
  for (const file of files.filter((one) => /^\d+\.json$/.test(one))) {
    const part = await disk.load<StoredPart>(`${uploadPath(bucket, id)}/${file}`)
    upload.parts.set(part.number, part)
    kept.add(part.segment.id)
  }
}

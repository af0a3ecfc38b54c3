import { createHash } from 'node:crypto'
import { isId, type Disk } from './disk.ts'
import type { BucketRecord, OpenUpload, ObjectRecord, PartRecord } from './records.ts'

const hashKey = (key: string) => createHash('sha256').update(key).digest('hex')
export const bucketFolder = (bucket: BucketRecord) => `buckets/${bucket.name}`
export const objectPath = (bucket: BucketRecord, key: string) =>
  `${bucketFolder(bucket)}/objects/${hashKey(key)}.json`
export const uploadPath = (bucket: BucketRecord, id: string) => `${bucketFolder(bucket)}/uploads/${id}`

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
export const isBucketName = (name: string) =>
  /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) &&
  !name.includes('..') &&
  !/^\d+\.\d+\.\d+\.\d+$/.test(name)

/** Loads all records of the directory. Deletes segments that no record references. */
export async function loadBuckets(disk: Disk): Promise<Map<string, BucketRecord>> {
  const referencedIds = new Set<string>()
  const buckets = new Map<string, BucketRecord>()
  for (const name of (await disk.list('buckets')).filter(isBucketName)) {
    if (await removeIfUnfinished(disk, name)) continue
    const bucket: BucketRecord = {
      ...(await disk.load<BucketRecord>(`buckets/${name}/bucket.json`)),
      objects: new Map(),
      uploads: new Map(),
      sortedKeys: undefined,
    }
    buckets.set(name, bucket)
    const completedUploadIds = await loadObjects(disk, bucket, referencedIds)
    for (const id of (await disk.list(`buckets/${name}/uploads`)).filter(isId)) {
      // A crash between the last two steps of a completion: the object exists, the upload is not yet removed.
      if (completedUploadIds.has(id)) await disk.remove(uploadPath(bucket, id))
      else await loadUpload(disk, bucket, id, referencedIds)
    }
  }
  await disk.deleteUnreferenced(referencedIds)
  return buckets
}

/** Removes a bucket whose creation was interrupted. Its record is written last. */
async function removeIfUnfinished(disk: Disk, name: string) {
  const path = `buckets/${name}`
  if ((await disk.list(path)).includes('bucket.json')) return false
  if ((await disk.list(`${path}/objects`)).length > 0)
    throw new Error(
      `The file bucket.json of the bucket ${name} is missing, but the bucket has objects. Restore the file, or choose another directory.`,
    )
  await disk.remove(path)
  return true
}

async function loadObjects(disk: Disk, bucket: BucketRecord, referencedIds: Set<string>) {
  const completedUploadIds = new Set<string>()
  const files = await disk.list(`${bucketFolder(bucket)}/objects`)
  for (const file of files.filter((one) => /^[0-9a-f]{64}\.json$/.test(one))) {
    const object = await disk.load<ObjectRecord>(`${bucketFolder(bucket)}/objects/${file}`)
    bucket.objects.set(object.key, object)
    for (const { id } of object.segments) referencedIds.add(id)
    if (object.uploadId !== undefined) completedUploadIds.add(object.uploadId)
  }
  return completedUploadIds
}

async function loadUpload(disk: Disk, bucket: BucketRecord, id: string, referencedIds: Set<string>) {
  const files = await disk.list(uploadPath(bucket, id))
  if (!files.includes('upload.json')) return disk.remove(uploadPath(bucket, id))
  const record = await disk.load<OpenUpload>(`${uploadPath(bucket, id)}/upload.json`)
  const upload: OpenUpload = { ...record, parts: new Map() }
  bucket.uploads.set(id, upload)
  for (const file of files.filter((one) => /^\d+\.json$/.test(one))) {
    const part = await disk.load<PartRecord>(`${uploadPath(bucket, id)}/${file}`)
    upload.parts.set(part.number, part)
    referencedIds.add(part.segment.id)
  }
}

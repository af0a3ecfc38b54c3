import { openDisk, type Segment } from './disk.ts'
import { S3Error } from '../http/error.ts'
import { bucketFolder, isBucketName, loadBuckets, objectPath, uploadPath } from './layout.ts'
import { createLocks } from './locks.ts'
import type { BucketRecord, BucketSettings, OpenUpload, ObjectRecord, PartRecord } from './records.ts'

/** Checks the current record, if any. Throws to reject a change. */
export type WriteCondition = (current: ObjectRecord | undefined) => void

/** Returns the next record of a key, or undefined to delete it. Throws to reject the change. */
export type RecordChange = (
  current: ObjectRecord | undefined,
) => ObjectRecord | undefined | Promise<ObjectRecord | undefined>

export type Store = Awaited<ReturnType<typeof openStore>>

const segmentsOf = (upload: OpenUpload) => Array.from(upload.parts.values(), ({ segment }) => segment)

/**
 * Opens a directory and loads its buckets, objects and open uploads.
 * @throws Error when the directory contains other files, or a running server uses it
 */
export async function openStore(directory: string, now: () => number) {
  const disk = openDisk(directory)
  const lock = await disk.lockRoot()
  const locks = createLocks()
  const buckets = await loadBuckets(disk).catch(async (error: unknown) => {
    await lock.release()
    throw error
  })
  /** Number of readers per object. Its segments are deleted only after the last one. */
  const readers = new Map<Segment[], number>()
  const retiredSegments = new Set<Segment[]>()
  /** Deletes segments after a commit. Errors are ignored: the commit is valid, and the next start deletes leftovers. */
  const discard = (segments: readonly Segment[]) => disk.discard(segments).catch(() => undefined)

  async function deleteWhenUnread({ segments }: ObjectRecord) {
    if (readers.has(segments)) retiredSegments.add(segments)
    else await discard(segments)
  }

  const saveBucket = ({ name, created, settings }: BucketRecord) =>
    disk.save(`buckets/${name}/bucket.json`, { name, created, settings })
  const requireBucketExists = (bucket: BucketRecord) => {
    if (buckets.get(bucket.name) !== bucket)
      throw new S3Error('NoSuchBucket', undefined, { BucketName: bucket.name })
  }

  /** Runs work while the bucket cannot be deleted. Lock order against deadlocks: bucket, upload, key. */
  const withBucket = <Result>(bucket: BucketRecord, work: () => Promise<Result>) =>
    locks.shared(`bucket ${bucket.name}`, async () => {
      requireBucketExists(bucket)
      return work()
    })
  const withBucketExclusive = <Result>(name: string, work: () => Promise<Result>) =>
    locks.exclusive(`bucket ${name}`, work)
  const withUploadExclusive = <Result>(
    bucket: BucketRecord,
    { id }: OpenUpload,
    work: () => Promise<Result>,
  ) =>
    withBucket(bucket, () =>
      locks.exclusive(`upload ${id}`, async () => {
        if (bucket.uploads.has(id)) return work()
        throw new S3Error('NoSuchUpload', undefined, { UploadId: id })
      }),
    )

  /** Writes a record, on disk before readers see it. All writes of records go through this function. */
  const changeExclusive = (
    bucket: BucketRecord,
    key: string,
    change: RecordChange,
    onCommitted?: () => Promise<unknown>,
  ) =>
    locks.exclusive(`key ${bucket.name}/${key}`, async () => {
      const current = bucket.objects.get(key)
      const next = await change(current)
      if (next) await disk.save(objectPath(bucket, key), next)
      else if (current) await disk.remove(objectPath(bucket, key))
      if (next) bucket.objects.set(key, next)
      else bucket.objects.delete(key)
      if (!next || !current) bucket.sortedKeys = undefined
      await onCommitted?.()
      if (current && current.segments !== next?.segments) await deleteWhenUnread(current)
      return next
    })

  /** Removes an ended upload. The folder is removed atomically. */
  async function removeUpload(bucket: BucketRecord, upload: OpenUpload) {
    await disk.remove(uploadPath(bucket, upload.id))
    bucket.uploads.delete(upload.id)
  }

  return {
    disk,
    now,
    buckets: (): Iterable<BucketRecord> => buckets.values(),
    findBucket: (name: string) => buckets.get(name),

    /** @throws S3Error InvalidBucketName */
    async createBucket(name: string, settings: BucketSettings = {}) {
      if (!isBucketName(name)) throw new S3Error('InvalidBucketName', undefined, { BucketName: name })
      return withBucketExclusive(name, async () => {
        const existing = buckets.get(name)
        if (existing) return { bucket: existing, isNew: false }
        const bucket: BucketRecord = {
          name,
          created: now(),
          settings,
          objects: new Map(),
          uploads: new Map(),
          sortedKeys: undefined,
        }
        await disk.makeFolder(`buckets/${name}/objects`)
        await disk.makeFolder(`buckets/${name}/uploads`)
        await saveBucket(bucket)
        buckets.set(name, bucket)
        return { bucket, isNew: true }
      })
    },

    /** @throws S3Error BucketNotEmpty */
    async deleteBucket(bucket: BucketRecord) {
      await withBucketExclusive(bucket.name, async () => {
        requireBucketExists(bucket)
        if (bucket.objects.size > 0)
          throw new S3Error('BucketNotEmpty', undefined, { BucketName: bucket.name })
        await disk.remove(bucketFolder(bucket))
        buckets.delete(bucket.name)
        for (const upload of bucket.uploads.values()) await discard(segmentsOf(upload))
      })
    },

    async changeSettings(bucket: BucketRecord, change: Partial<BucketSettings> | keyof BucketSettings) {
      await withBucketExclusive(bucket.name, async () => {
        requireBucketExists(bucket)
        const settings = { ...bucket.settings, ...(typeof change === 'string' ? {} : change) }
        if (typeof change === 'string') delete settings[change]
        await saveBucket({ ...bucket, settings })
        bucket.settings = settings
      })
    },

    /**
     * Changes the record of a key atomically. `change` receives the current record, and the key is locked until its
     * result is stored. Readers see either the old record or the new one.
     */
    change: (bucket: BucketRecord, key: string, change: RecordChange) =>
      withBucket(bucket, () => changeExclusive(bucket, key, change)),

    /** Keeps the bytes of an object readable until the returned function is called, also if the object is deleted. */
    retain({ segments }: ObjectRecord) {
      readers.set(segments, (readers.get(segments) ?? 0) + 1)
      let isHeld = true
      return async () => {
        if (!isHeld) return
        isHeld = false
        const remaining = (readers.get(segments) ?? 1) - 1
        if (remaining > 0) {
          readers.set(segments, remaining)
        } else {
          readers.delete(segments)
          if (retiredSegments.delete(segments)) await discard(segments)
        }
      }
    },

    async createUpload(bucket: BucketRecord, upload: OpenUpload) {
      const { parts: _parts, ...record } = upload
      await withBucket(bucket, async () => {
        await disk.makeFolder(uploadPath(bucket, upload.id))
        await disk.save(`${uploadPath(bucket, upload.id)}/upload.json`, record)
        bucket.uploads.set(upload.id, upload)
      })
    },

    /** @throws S3Error NoSuchUpload when the upload was aborted or completed while the part was received */
    async putPart(bucket: BucketRecord, upload: OpenUpload, part: PartRecord) {
      await withUploadExclusive(bucket, upload, async () => {
        const before = upload.parts.get(part.number)
        await disk.save(`${uploadPath(bucket, upload.id)}/${part.number}.json`, part)
        upload.parts.set(part.number, part)
        if (before) await discard([before.segment])
      })
    },

    /**
     * Creates the object of an upload and ends the upload, atomically.
     * @throws S3Error NoSuchUpload when it was aborted or completed meanwhile
     */
    async completeUpload(
      bucket: BucketRecord,
      upload: OpenUpload,
      build: (current: ObjectRecord | undefined) => ObjectRecord,
    ): Promise<ObjectRecord> {
      return withUploadExclusive(bucket, upload, async () => {
        let object: ObjectRecord | undefined
        await changeExclusive(
          bucket,
          upload.key,
          (current) => (object = build(current)),
          () => removeUpload(bucket, upload),
        )
        if (!object) throw new S3Error('InternalError')
        const keptSegments = new Set(object.segments)
        await discard(segmentsOf(upload).filter((segment) => !keptSegments.has(segment)))
        return object
      })
    },

    /** @throws S3Error NoSuchUpload when it was aborted or completed meanwhile */
    async abortUpload(bucket: BucketRecord, upload: OpenUpload) {
      await withUploadExclusive(bucket, upload, async () => {
        await removeUpload(bucket, upload)
        await discard(segmentsOf(upload))
      })
    },

    /** Stores the port in the lock, for the error message of another server. */
    setPort: (port: number) => lock.update({ port }),
    /** Releases the lock of the directory. */
    close: () => lock.release(),
  }
}

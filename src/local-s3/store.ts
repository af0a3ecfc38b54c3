import type { Checksum, ChecksumAlgorithm, ChecksumType } from './checksums.ts'
import type { CorsRule } from './cors.ts'
import { openDisk, type Segment } from './disk.ts'
import { S3Error } from './error.ts'
import { folder, isBucketName, loadBuckets, objectPath, uploadPath } from './layout.ts'
import { createTurns } from './turns.ts'

/** What a client said about an object and gets back with it. */
export interface Attributes {
  /** content-type and its like, lower-case. */
  headers: Record<string, string>
  /** Without the `x-amz-meta-`. */
  metadata: Record<string, string>
  tags: Record<string, string>
}

export interface StoredObject extends Attributes {
  key: string
  size: number
  /** Without quotes. */
  etag: string
  /** Epoch ms. */
  lastModified: number
  checksum?: Checksum
  segments: Segment[]
  /** The multipart upload it came from, so that completing twice answers the same. */
  uploadId?: string
}

export interface StoredPart {
  number: number
  etag: string
  lastModified: number
  segment: Segment
}

export interface OpenUpload extends Attributes {
  id: string
  key: string
  initiated: number
  checksum?: { algorithm: ChecksumAlgorithm; type: ChecksumType }
  parts: Map<number, StoredPart>
}

/** Kept as the client sent them, but for what we act on ourselves. */
export interface BucketSettings {
  cors?: CorsRule[]
  lifecycle?: string
  policy?: string
  tags?: Record<string, string>
}

export interface Bucket {
  name: string
  created: number
  settings: BucketSettings
  objects: Map<string, StoredObject>
  uploads: Map<string, OpenUpload>
  /** Keys in S3's order; undefined after a change. */
  order: string[] | undefined
}

/** Looks at the current record (if any) and throws to refuse a change. */
export type Condition = (current: StoredObject | undefined) => void

/** Makes the next record of a key from the current one; undefined for none. Throws to refuse. */
export type Change = (
  current: StoredObject | undefined,
) => StoredObject | undefined | Promise<StoredObject | undefined>

export type Store = Awaited<ReturnType<typeof openStore>>

const segmentsOf = (upload: OpenUpload) => Array.from(upload.parts.values(), ({ segment }) => segment)

/**
 * Opens what a directory holds: buckets, objects and uploads that were under way.
 * @throws Error when the directory holds other things, or a running server has it
 */
export async function openStore(directory: string, now: () => number) {
  const disk = openDisk(directory)
  const lock = await disk.claim()
  const turns = createTurns()
  const buckets = await loadBuckets(disk).catch(async (error: unknown) => {
    await lock.release()
    throw error
  })
  /** Readers of an object keep its bytes until they are done. */
  const readers = new Map<Segment[], number>()
  const retired = new Set<Segment[]>()
  /** After a commit: a failure leaves bytes for the sweep at the next start, and must not undo what is visible. */
  const discard = (segments: readonly Segment[]) => disk.discard(segments).catch(() => undefined)

  async function retire({ segments }: StoredObject) {
    if (readers.has(segments)) retired.add(segments)
    else await discard(segments)
  }

  const saveBucket = ({ name, created, settings }: Bucket) =>
    disk.save(`buckets/${name}/bucket.json`, { name, created, settings })
  const still = (bucket: Bucket) => {
    if (buckets.get(bucket.name) !== bucket)
      throw new S3Error('NoSuchBucket', undefined, { BucketName: bucket.name })
  }

  /** Work inside a bucket that is not deleted meanwhile. Locks are taken in the order bucket, upload, key. */
  const within = <Result>(bucket: Bucket, work: () => Promise<Result>) =>
    turns.shared(`bucket ${bucket.name}`, async () => {
      still(bucket)
      return work()
    })
  const aloneInBucket = <Result>(name: string, work: () => Promise<Result>) =>
    turns.alone(`bucket ${name}`, work)
  const aloneOnUpload = <Result>(bucket: Bucket, { id }: OpenUpload, work: () => Promise<Result>) =>
    within(bucket, () =>
      turns.alone(`upload ${id}`, async () => {
        if (bucket.uploads.has(id)) return work()
        throw new S3Error('NoSuchUpload', undefined, { UploadId: id })
      }),
    )

  /** The only place that writes a record. It is on disk before a reader sees it. */
  const changeAlone = (bucket: Bucket, key: string, change: Change, committed?: () => Promise<unknown>) =>
    turns.alone(`key ${bucket.name}/${key}`, async () => {
      const current = bucket.objects.get(key)
      const next = await change(current)
      if (next) await disk.save(objectPath(bucket, key), next)
      else if (current) await disk.remove(objectPath(bucket, key))
      if (next) bucket.objects.set(key, next)
      else bucket.objects.delete(key)
      if (!next || !current) bucket.order = undefined
      await committed?.()
      if (current && current.segments !== next?.segments) await retire(current)
      return next
    })

  /** An upload that has ended. Its folder goes in one step. */
  async function forget(bucket: Bucket, upload: OpenUpload) {
    await disk.remove(uploadPath(bucket, upload.id))
    bucket.uploads.delete(upload.id)
  }

  return {
    disk,
    now,
    buckets: (): Iterable<Bucket> => buckets.values(),
    find: (name: string) => buckets.get(name),

    /** @throws S3Error InvalidBucketName */
    async createBucket(name: string, settings: BucketSettings = {}) {
      if (!isBucketName(name)) throw new S3Error('InvalidBucketName', undefined, { BucketName: name })
      return aloneInBucket(name, async () => {
        const existing = buckets.get(name)
        if (existing) return { bucket: existing, isNew: false }
        const bucket: Bucket = {
          name,
          created: now(),
          settings,
          objects: new Map(),
          uploads: new Map(),
          order: undefined,
        }
        await disk.makeFolder(`buckets/${name}/objects`)
        await disk.makeFolder(`buckets/${name}/uploads`)
        await saveBucket(bucket)
        buckets.set(name, bucket)
        return { bucket, isNew: true }
      })
    },

    /** @throws S3Error BucketNotEmpty */
    async deleteBucket(bucket: Bucket) {
      await aloneInBucket(bucket.name, async () => {
        still(bucket)
        if (bucket.objects.size > 0)
          throw new S3Error('BucketNotEmpty', undefined, { BucketName: bucket.name })
        await disk.remove(folder(bucket))
        buckets.delete(bucket.name)
        for (const upload of bucket.uploads.values()) await discard(segmentsOf(upload))
      })
    },

    async changeSettings(bucket: Bucket, change: Partial<BucketSettings> | keyof BucketSettings) {
      await aloneInBucket(bucket.name, async () => {
        still(bucket)
        const settings = { ...bucket.settings, ...(typeof change === 'string' ? {} : change) }
        if (typeof change === 'string') delete settings[change]
        await saveBucket({ ...bucket, settings })
        bucket.settings = settings
      })
    },

    /**
     * Changes what a key holds, in one step: `change` sees the current record, and nothing else writes the key until
     * what it returns is stored. Readers see the old record or the new one.
     */
    change: (bucket: Bucket, key: string, change: Change) =>
      within(bucket, () => changeAlone(bucket, key, change)),

    /** Keeps the bytes of an object readable until the returned function is called, whatever happens to its key. */
    hold({ segments }: StoredObject) {
      readers.set(segments, (readers.get(segments) ?? 0) + 1)
      let held = true
      return async () => {
        if (!held) return
        held = false
        const left = (readers.get(segments) ?? 1) - 1
        if (left > 0) {
          readers.set(segments, left)
        } else {
          readers.delete(segments)
          if (retired.delete(segments)) await discard(segments)
        }
      }
    },

    async createUpload(bucket: Bucket, upload: OpenUpload) {
      const { parts: _parts, ...record } = upload
      await within(bucket, async () => {
        await disk.makeFolder(uploadPath(bucket, upload.id))
        await disk.save(`${uploadPath(bucket, upload.id)}/upload.json`, record)
        bucket.uploads.set(upload.id, upload)
      })
    },

    /** @throws S3Error NoSuchUpload when it was aborted or completed while the part came in */
    async putPart(bucket: Bucket, upload: OpenUpload, part: StoredPart) {
      await aloneOnUpload(bucket, upload, async () => {
        const before = upload.parts.get(part.number)
        await disk.save(`${uploadPath(bucket, upload.id)}/${part.number}.json`, part)
        upload.parts.set(part.number, part)
        if (before) await discard([before.segment])
      })
    },

    /**
     * Makes an object of an upload's parts and ends the upload, in one step for both.
     * @throws S3Error NoSuchUpload when it was aborted or completed meanwhile
     */
    async completeUpload(
      bucket: Bucket,
      upload: OpenUpload,
      make: (current: StoredObject | undefined) => StoredObject,
    ): Promise<StoredObject> {
      return aloneOnUpload(bucket, upload, async () => {
        let object: StoredObject | undefined
        await changeAlone(
          bucket,
          upload.key,
          (current) => (object = make(current)),
          () => forget(bucket, upload),
        )
        if (!object) throw new S3Error('InternalError')
        const kept = new Set(object.segments)
        await discard(segmentsOf(upload).filter((segment) => !kept.has(segment)))
        return object
      })
    },

    /** @throws S3Error NoSuchUpload when it was aborted or completed meanwhile */
    async abortUpload(bucket: Bucket, upload: OpenUpload) {
      await aloneOnUpload(bucket, upload, async () => {
        await forget(bucket, upload)
        await discard(segmentsOf(upload))
      })
    },

    /** Tells others who ask for this directory where its server listens. */
    listens: (port: number) => lock.update({ port }),
    /** Lets go of the directory. */
    close: () => lock.release(),
  }
}

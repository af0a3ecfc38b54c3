import { createHash } from 'node:crypto'
import type { Checksum, ChecksumAlgorithm, ChecksumType } from './checksums.ts'
import type { CorsRule } from './cors.ts'
import { isId, openDisk, type Segment } from './disk.ts'
import { S3Error } from './error.ts'

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

/** Looks at what is there (if anything) and throws to refuse the change. Runs alone with the commit. */
export type Condition = (current: StoredObject | undefined) => void

export type Store = Awaited<ReturnType<typeof openStore>>

const hashed = (key: string) => createHash('sha256').update(key).digest('hex')
const folder = (bucket: Bucket) => `buckets/${bucket.name}`
const objectPath = (bucket: Bucket, key: string) => `${folder(bucket)}/objects/${hashed(key)}.json`
const uploadPath = (bucket: Bucket, id: string) => `${folder(bucket)}/uploads/${id}`

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const validName = (name: string) =>
  /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) &&
  !name.includes('..') &&
  !/^\d+\.\d+\.\d+\.\d+$/.test(name)

/** Opens what a directory holds: buckets, objects and uploads that were under way. */
export async function openStore(directory: string, now: () => number) {
  const disk = openDisk(directory)
  await disk.claim()
  const buckets = new Map<string, Bucket>()
  /** Readers of an object keep its bytes until they are done. */
  const readers = new Map<Segment[], number>()
  const retired = new Set<Segment[]>()
  await load()

  async function load() {
    const kept = new Set<string>()
    for (const name of (await disk.list('buckets')).filter(validName)) {
      const bucket: Bucket = {
        ...(await disk.load<Bucket>(`buckets/${name}/bucket.json`)),
        objects: new Map(),
        uploads: new Map(),
        order: undefined,
      }
      buckets.set(name, bucket)
      const completed = await loadObjects(bucket, kept)
      for (const id of (await disk.list(`buckets/${name}/uploads`)).filter(isId)) {
        // Killed between its last two steps: the object is there, the upload was about to go.
        if (completed.has(id)) await disk.remove(uploadPath(bucket, id))
        else await loadUpload(bucket, id, kept)
      }
    }
    await disk.sweep(kept)
  }

  async function loadObjects(bucket: Bucket, kept: Set<string>) {
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

  async function loadUpload(bucket: Bucket, id: string, kept: Set<string>) {
    const files = await disk.list(uploadPath(bucket, id))
    if (!files.includes('upload.json')) return
    const record = await disk.load<OpenUpload>(`${uploadPath(bucket, id)}/upload.json`)
    const upload: OpenUpload = { ...record, parts: new Map() }
    bucket.uploads.set(id, upload)
    for (const file of files.filter((one) => /^\d+\.json$/.test(one))) {
      const part = await disk.load<StoredPart>(`${uploadPath(bucket, id)}/${file}`)
      upload.parts.set(part.number, part)
      kept.add(part.segment.id)
    }
  }

  async function retire({ segments }: StoredObject) {
    if (readers.has(segments)) retired.add(segments)
    else await disk.discard(segments)
  }

  const saveBucket = ({ name, created, settings }: Bucket) =>
    disk.save(`buckets/${name}/bucket.json`, { name, created, settings })
  const still = (bucket: Bucket) => {
    if (buckets.get(bucket.name) !== bucket)
      throw new S3Error('NoSuchBucket', undefined, { BucketName: bucket.name })
  }

  return {
    disk,
    now,
    buckets: (): Iterable<Bucket> => buckets.values(),
    find: (name: string) => buckets.get(name),

    /** @throws S3Error InvalidBucketName */
    async createBucket(name: string, settings: BucketSettings = {}) {
      if (!validName(name)) throw new S3Error('InvalidBucketName', undefined, { BucketName: name })
      return disk.alone(name, async () => {
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
      await disk.alone(bucket.name, async () => {
        still(bucket)
        if (bucket.objects.size > 0)
          throw new S3Error('BucketNotEmpty', undefined, { BucketName: bucket.name })
        buckets.delete(bucket.name)
        for (const upload of bucket.uploads.values()) {
          await disk.discard(Array.from(upload.parts.values(), ({ segment }) => segment))
        }
        await disk.remove(folder(bucket))
      })
    },

    async changeSettings(bucket: Bucket, change: Partial<BucketSettings> | keyof BucketSettings) {
      if (typeof change === 'string') delete bucket.settings[change]
      else Object.assign(bucket.settings, change)
      await saveBucket(bucket)
    },

    /** Makes an object visible, in one step with its condition; what it replaces goes. */
    async commit(bucket: Bucket, object: StoredObject, condition?: Condition) {
      await disk.alone(`${bucket.name}/${object.key}`, async () => {
        still(bucket)
        const current = bucket.objects.get(object.key)
        condition?.(current)
        await disk.save(objectPath(bucket, object.key), object)
        bucket.objects.set(object.key, object)
        if (!current) bucket.order = undefined
        else if (current.segments !== object.segments) await retire(current)
      })
    },

    async remove(bucket: Bucket, key: string, condition?: Condition) {
      await disk.alone(`${bucket.name}/${key}`, async () => {
        const current = bucket.objects.get(key)
        condition?.(current)
        if (!current) return
        await disk.remove(objectPath(bucket, key))
        bucket.objects.delete(key)
        bucket.order = undefined
        await retire(current)
      })
    },

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
          if (retired.delete(segments)) await disk.discard(segments)
        }
      }
    },

    async createUpload(bucket: Bucket, upload: OpenUpload) {
      still(bucket)
      const { parts: _parts, ...record } = upload
      await disk.makeFolder(uploadPath(bucket, upload.id))
      await disk.save(`${uploadPath(bucket, upload.id)}/upload.json`, record)
      bucket.uploads.set(upload.id, upload)
    },

    /** @throws S3Error NoSuchUpload when it was aborted or completed while the part came in */
    async putPart(bucket: Bucket, upload: OpenUpload, part: StoredPart) {
      await disk.alone(upload.id, async () => {
        if (!bucket.uploads.has(upload.id))
          throw new S3Error('NoSuchUpload', undefined, { UploadId: upload.id })
        const before = upload.parts.get(part.number)
        await disk.save(`${uploadPath(bucket, upload.id)}/${part.number}.json`, part)
        upload.parts.set(part.number, part)
        if (before) await disk.discard([before.segment])
      })
    },

    /** Ends an upload alone with its parts: `finish` says which segments live on. */
    async endUpload(bucket: Bucket, upload: OpenUpload, finish: () => Promise<Segment[]>) {
      await disk.alone(upload.id, async () => {
        if (!bucket.uploads.has(upload.id))
          throw new S3Error('NoSuchUpload', undefined, { UploadId: upload.id })
        const kept = new Set((await finish()).map(({ id }) => id))
        bucket.uploads.delete(upload.id)
        await disk.remove(uploadPath(bucket, upload.id))
        await disk.discard(
          Array.from(upload.parts.values(), ({ segment }) => segment).filter(({ id }) => !kept.has(id)),
        )
      })
    },
  }
}

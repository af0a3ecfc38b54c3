import { randomBytes } from 'node:crypto'
import { constants, createReadStream } from 'node:fs'
import {
  copyFile,
  type FileHandle,
  link,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  unlink,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { lockDirectory, type DirectoryLock } from './directory-lock.ts'

/** A file of bytes with a generated id: written once, owned by one object or part. `checksum` is base64. */
export interface Segment {
  id: string
  size: number
  checksum?: string
}

export type Disk = ReturnType<typeof openDisk>

/**
 * Reads and writes files below one directory. File names are random or hashed, so no key can escape the directory.
 * A rename publishes a record (JSON); a record makes its bytes visible.
 */
export function openDisk(root: string) {
  const segmentPath = (id: string) => join(root, 'data', id)

  return {
    /**
     * Locks the directory for this server. It must contain no other files, because unreferenced files are deleted.
     * @returns the lock that excludes other servers
     * @throws Error when the directory contains other files, or a running server uses it
     */
    async lockRoot(): Promise<DirectoryLock> {
      await mkdir(root, { recursive: true })
      const found = await readdir(root)
      if (found.length > 0 && !found.includes(markerFile)) {
        throw new Error(`${root} contains files that local-s3 did not create. Choose an empty directory.`)
      }
      await writeFile(join(root, markerFile), '{"format":1}')
      const lock = await lockDirectory(root, 'local-s3')
      await rm(join(root, 'tmp'), { recursive: true, force: true })
      for (const name of ['tmp', 'data', 'buckets']) await mkdir(join(root, name), { recursive: true })
      return lock
    },

    /** Stores a stream, and deletes it on failure. Writes one chunk while the next is read and hashed. */
    async write(source: AsyncIterable<Uint8Array>, observe: (chunk: Uint8Array) => void): Promise<Segment> {
      const id = newStorageId()
      const file = await open(segmentPath(id), 'wx')
      let size = 0
      let writing = Promise.resolve()
      try {
        for await (const chunk of source) {
          await writing
          writing = writeAll(file, chunk, size)
          writing.catch(() => undefined) // awaited with the next chunk
          observe(chunk)
          size += chunk.length
        }
        await writing
        await file.close()
        return { id, size }
      } catch (error) {
        await writing.catch(() => undefined)
        await file.close()
        await unlink(segmentPath(id))
        throw error
      }
    },

    /** Creates a second segment with the same bytes: a hard link, or a copy where the file system has none. */
    async share(segment: Segment): Promise<Segment> {
      const [sourcePath, id] = [segmentPath(segment.id), newStorageId()]
      await link(sourcePath, segmentPath(id)).catch(() =>
        copyFile(sourcePath, segmentPath(id), constants.COPYFILE_FICLONE),
      )
      return { ...segment, id }
    },

    /** Reads bytes `from` (inclusive) to `to` (exclusive) of concatenated segments. */
    async *read(segments: readonly Segment[], from: number, to: number): AsyncGenerator<Buffer> {
      let start = 0
      for (const { id, size } of segments) {
        const [first, last] = [Math.max(from - start, 0), Math.min(to - start, size)]
        start += size
        if (first >= last) continue
        const stream: AsyncIterable<Buffer> = createReadStream(segmentPath(id), {
          start: first,
          end: last - 1,
          highWaterMark: 256 * 1024,
        })
        yield* stream
      }
    },

    async discard(segments: readonly Segment[]) {
      await Promise.all(segments.map(({ id }) => rm(segmentPath(id), { force: true })))
    },

    /** Writes a record atomically. */
    async save(path: string, value: unknown) {
      const temporary = join(root, 'tmp', newStorageId())
      await writeFile(temporary, JSON.stringify(value))
      await rename(temporary, join(root, path))
    },

    /** Reads a record that `save` wrote. */
    async load<Record>(path: string): Promise<Record> {
      return JSON.parse(await readFile(join(root, path), 'utf8'))
    },

    list: async (path: string) => readdir(join(root, path)).catch((): string[] => []),
    makeFolder: (path: string) => mkdir(join(root, path), { recursive: true }),

    /** Removes a record or a folder atomically: moves it to `tmp`, which the next start empties after a crash. */
    async remove(path: string) {
      const removedPath = join(root, 'tmp', newStorageId())
      try {
        await rename(join(root, path), removedPath)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      }
      await rm(removedPath, { recursive: true, force: true }).catch(() => undefined)
    },

    /** Deletes segments that no record references: a killed process leaves them behind. */
    async deleteUnreferenced(referencedIds: ReadonlySet<string>) {
      const found = await readdir(join(root, 'data'))
      await Promise.all(
        found.filter((id) => isId(id) && !referencedIds.has(id)).map((id) => unlink(segmentPath(id))),
      )
    },
  }
}

/** Repeats partial writes, which happen for example on a full disk. */
async function writeAll(file: FileHandle, chunk: Uint8Array, position: number) {
  for (let written = 0; written < chunk.length;) {
    const { bytesWritten } = await file.write(chunk, written, chunk.length - written, position + written)
    written += bytesWritten
  }
}

const markerFile = 'local-s3.json'

export const newStorageId = () => randomBytes(16).toString('hex')
export const isId = (name: string) => /^[0-9a-f]{32}$/.test(name)

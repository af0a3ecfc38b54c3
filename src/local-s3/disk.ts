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

/** Bytes on disk under a name of ours: written once, owned by one object or part. `checksum` is base64. */
export interface Segment {
  id: string
  size: number
  checksum?: string
}

export type Disk = ReturnType<typeof openDisk>

/**
 * Files below one directory. Every name in it is made here, from random or hashed bytes, so no key can leave it.
 * Records (JSON) appear by rename; bytes become visible through the record that names them.
 */
export function openDisk(root: string) {
  const bytes = (id: string) => join(root, 'data', id)

  return {
    /**
     * Makes the directory ours. What no record names is deleted from it, so it must not be anybody else's.
     * @returns the lock that keeps other servers out
     * @throws Error when it holds other things, or a running server has it
     */
    async claim(): Promise<DirectoryLock> {
      await mkdir(root, { recursive: true })
      const found = await readdir(root)
      if (found.length > 0 && !found.includes(marker)) {
        throw new Error(
          `${root} holds other things than objects of local-s3, which keeps a directory to itself. Give it an empty one.`,
        )
      }
      await writeFile(join(root, marker), '{"format":1}')
      const lock = await lockDirectory(root, 'local-s3')
      await rm(join(root, 'tmp'), { recursive: true, force: true })
      for (const name of ['tmp', 'data', 'buckets']) await mkdir(join(root, name), { recursive: true })
      return lock
    },

    /** Stores a stream; when it fails, nothing is left of it. One chunk is written while the next is read and hashed. */
    async write(source: AsyncIterable<Uint8Array>, observe: (chunk: Uint8Array) => void): Promise<Segment> {
      const id = newId()
      const file = await open(bytes(id), 'wx')
      let size = 0
      let writing = Promise.resolve()
      try {
        for await (const chunk of source) {
          await writing
          writing = writeAll(file, chunk, size)
          writing.catch(() => undefined) // it is awaited with the next chunk
          observe(chunk)
          size += chunk.length
        }
        await writing
        await file.close()
        return { id, size }
      } catch (error) {
        await writing.catch(() => undefined)
        await file.close()
        await unlink(bytes(id))
        throw error
      }
    },

    /** The same bytes for a second owner, without copying where the file system can. */
    async share(segment: Segment): Promise<Segment> {
      const [from, id] = [bytes(segment.id), newId()]
      await link(from, bytes(id)).catch(() => copyFile(from, bytes(id), constants.COPYFILE_FICLONE))
      return { ...segment, id }
    },

    /** Bytes `from` (inclusive) to `to` (exclusive) of segments laid end to end. */
    async *read(segments: readonly Segment[], from: number, to: number): AsyncGenerator<Buffer> {
      let start = 0
      for (const { id, size } of segments) {
        const [first, last] = [Math.max(from - start, 0), Math.min(to - start, size)]
        start += size
        if (first >= last) continue
        const stream: AsyncIterable<Buffer> = createReadStream(bytes(id), {
          start: first,
          end: last - 1,
          highWaterMark: 256 * 1024,
        })
        yield* stream
      }
    },

    async discard(segments: readonly Segment[]) {
      await Promise.all(segments.map(({ id }) => rm(bytes(id), { force: true })))
    },

    /** Writes a record where the path says, whole or not at all. */
    async save(path: string, value: unknown) {
      const temporary = join(root, 'tmp', newId())
      await writeFile(temporary, JSON.stringify(value))
      await rename(temporary, join(root, path))
    },

    /** A record that `save` wrote: it is as it was then. */
    async load<Record>(path: string): Promise<Record> {
      return JSON.parse(await readFile(join(root, path), 'utf8'))
    },

    list: async (path: string) => readdir(join(root, path)).catch((): string[] => []),
    makeFolder: (path: string) => mkdir(join(root, path), { recursive: true }),

    /** Takes a record or a folder away in one step, also when the process is killed in it: `tmp` is emptied at start. */
    async remove(path: string) {
      const gone = join(root, 'tmp', newId())
      try {
        await rename(join(root, path), gone)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      }
      await rm(gone, { recursive: true, force: true }).catch(() => undefined)
    },

    /** Bytes that no record names are left over from a process that was killed. */
    async sweep(kept: ReadonlySet<string>) {
      const found = await readdir(join(root, 'data'))
      await Promise.all(found.filter((id) => isId(id) && !kept.has(id)).map((id) => unlink(bytes(id))))
    },
  }
}

/** A write may take less than it is given, on a full disk for one. */
async function writeAll(file: FileHandle, chunk: Uint8Array, position: number) {
  for (let done = 0; done < chunk.length;) {
    const { bytesWritten } = await file.write(chunk, done, chunk.length - done, position + done)
    done += bytesWritten
  }
}

const marker = 'local-s3.json'

export const newId = () => randomBytes(16).toString('hex')
export const isId = (name: string) => /^[0-9a-f]{32}$/.test(name)

import { openAsBlob } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { crc64OfBytes } from '../../src/transport/checksum.ts'
import { crc64OfSmallFile } from '../../src/transport/small-checksums.ts'

test('files that are read together have the checksums of their own bytes', async () => {
  const contents = fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(contents, async (all) => {
      const files = all.map((bytes) => new Blob([new Uint8Array(bytes)]))
      const checksums = await Promise.all(files.map((file) => crc64OfSmallFile(file)))
      expect(checksums).toEqual(all.map((bytes) => crc64OfBytes(new Uint8Array(bytes))))
    }),
    { numRuns: 10 },
  )
})

test('many files are read at once, and at most 4 MB of them', async () => {
  const read = vi.spyOn(Blob.prototype, 'arrayBuffer')
  const bytes = new Uint8Array(900_000).fill(7)
  const files = Array.from({ length: 10 }, () => new Blob([bytes]))
  const checksums = await Promise.all(files.map((file) => crc64OfSmallFile(file)))
  expect(new Set(checksums)).toEqual(new Set([crc64OfBytes(bytes)]))
  expect(read).toHaveBeenCalledTimes(3)
  read.mockRestore()
})

test('a hidden page, whose timers wait up to a second, reads all files after one timer', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'Date'] })
  const files = Array.from({ length: 30 }, () => new Blob([new Uint8Array(900_000)]))
  const checksums = Promise.all(files.map((file) => crc64OfSmallFile(file)))
  vi.advanceTimersToNextTimer()
  expect(new Set(await checksums).size).toBe(1)
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

test('all files have their checksums where there is no MessageChannel, as in Jest', async () => {
  vi.stubGlobal('MessageChannel', undefined)
  const files = Array.from({ length: 10 }, () => new Blob([new Uint8Array(900_000)]))
  expect(new Set(await Promise.all(files.map((file) => crc64OfSmallFile(file)))).size).toBe(1)
  vi.unstubAllGlobals()
})

test('a file that cannot be read rejects, and the files beside it have their checksums', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'putaway-checksum-'))
  const path = join(folder, 'vanishes.bin')
  await writeFile(path, 'soon gone')
  const vanished = await openAsBlob(path)
  await rm(folder, { recursive: true })
  const bytes = new TextEncoder().encode('still here')
  const results = await Promise.allSettled(
    [new Blob([bytes]), vanished, new Blob([bytes])].map((file) => crc64OfSmallFile(file)),
  )
  const checksum = crc64OfBytes(bytes)
  expect(results).toEqual([
    { status: 'fulfilled', value: checksum },
    { status: 'rejected', reason: expect.anything() },
    { status: 'fulfilled', value: checksum },
  ])
})

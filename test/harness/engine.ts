import { createConnectionPool } from '../../src/core/connection-pool.ts'
import type { Host, Transport, UploadEndpoints, UploadPorts } from '../../src/core/ports.ts'
import { createUploader } from '../../src/core/create-uploader.ts'
import type { Uploader } from '../../src/core/uploader-types.ts'
import type { UploaderOptions } from '../../src/core/options.ts'
import { fakeFile } from '../../src/testing/fake-file.ts'
import { fakeUploads } from '../../src/testing/fake-uploads.ts'
import type { FakeResult, FakeUploads, FakeUploadsOptions } from '../../src/testing/fake-uploads.ts'

export interface Engine {
  readonly fake: FakeUploads<FakeResult>
  readonly uploader: Uploader<FakeResult>
  /** A test changes it in place, and the uploader reads it again. */
  readonly options: UploaderOptions<FakeResult>
  /** The delays of the engine in milliseconds. */
  readonly slept: number[]
  readonly statuses: () => string[]
}

/** A host without delays, for engines with endpoints or a transport of their own. */
export const instantHost: Host = {
  now: Date.now,
  frame: (run) => run(),
  sleep: () => Promise.resolve(),
  random: () => 0.5,
  isOnline: () => true,
}

/** The engine with fakes and without React: delays take no time, and a test can replace the fake backend. */
export function startEngine({
  endpoints = {},
  options = {},
  fakes = {},
  host = {},
  transport,
  connections = 6,
}: {
  endpoints?: Partial<UploadEndpoints<FakeResult>>
  options?: UploaderOptions<FakeResult>
  fakes?: FakeUploadsOptions<FakeResult>
  host?: Partial<Host>
  transport?: Transport
  connections?: number
} = {}): Engine {
  const fake = fakeUploads(fakes)
  const slept: number[] = []
  let id = 0
  const ports: UploadPorts<FakeResult> = {
    endpoints: { ...fake.endpoints, ...endpoints },
    transport: transport ?? fake.transport,
    pool: createConnectionPool(connections),
    host: {
      now: () => 0,
      frame: () => {},
      sleep: async (milliseconds) => void slept.push(milliseconds),
      random: () => 1,
      isOnline: () => true,
      ...host,
    },
    newId: () => String((id += 1)),
  }
  const current = { ...options }
  const uploader = createUploader(ports, () => current)
  return {
    fake,
    uploader,
    options: current,
    slept,
    statuses: () =>
      uploader.store.getState().items.map((item) => {
        const detail =
          (item.status === 'idle' && item.held && ' held') ||
          (item.status === 'idle' && item.canceled && ' canceled') ||
          (item.status === 'uploading' && item.paused && ' paused') ||
          ''
        return item.status + detail
      }),
  }
}

export const files = (...names: string[]) => names.map((name) => fakeFile(name))

/** Waits until every promise that needs no answer has settled, and imports are loaded. */
export const settlePromises = () => new Promise((resolve) => setTimeout(resolve, 20))

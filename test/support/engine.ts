import { createPool } from '../../src/core/pool.ts'
import type { Host, Transport, UploadEndpoints, UploadPorts } from '../../src/core/ports.ts'
import { createUploader } from '../../src/core/uploader.ts'
import type { Uploader } from '../../src/core/uploader.ts'
import type { UploaderOptions } from '../../src/core/options.ts'
import { fakeFile } from '../../src/testing/fake-file.ts'
import { fakeUploads } from '../../src/testing/fake-uploads.ts'
import type { FakeResult, FakeUploads, FakeUploadsOptions } from '../../src/testing/fake-uploads.ts'

export interface Engine {
  readonly fake: FakeUploads<FakeResult>
  readonly uploader: Uploader<FakeResult>
  /** Changed in place: the uploader reads it again. */
  readonly options: UploaderOptions<FakeResult>
  /** How long the engine slept, in milliseconds each. */
  readonly slept: number[]
  readonly statuses: () => string[]
}

/** The engine over fakes, without React: no time passes, and a backend of the test may stand in for the fake one. */
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
    pool: createPool(connections),
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

/** Long enough for every promise that can settle by itself, and for code that is imported. */
export const quiet = () => new Promise((resolve) => setTimeout(resolve, 20))

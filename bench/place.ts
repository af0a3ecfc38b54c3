import type { AddressInfo, Server } from 'node:net'
import { pathToFileURL } from 'node:url'

/** URL of a file of the built package. */
export const dist = (path: string) => pathToFileURL(`${process.env.BENCH_DIST}/${path}`).href

/** Key and certificate, PEM. */
export const certificate = () =>
  JSON.parse(process.env.BENCH_CERTIFICATE ?? '{}') as { key: string; cert: string }

/** Host names that the bench's browser resolves to this machine; the first is the app's page and API. */
export const hosts = {
  app: 'app.test',
  /** Storage without CPU cost: on HTTP/1.1, by a second name, and on HTTP/2. */
  light: 'storage.test',
  lightB: 'b.storage.test',
  lightH2: 'h2.storage.test',
  /** local-s3. */
  strict: 'strict.storage.test',
}

/** Storage of the files of a visit: the first part of the API's path. */
export type Place = 'light' | 'light-h2' | 'strict'

export const bucket = 'bench'

export async function listen(server: Server) {
  await new Promise<void>((resolve) => server.listen(0, process.env.BENCH_ADDRESS, resolve))
  return (server.address() as AddressInfo).port
}

/** Clock for timelines that several processes write. */
export const now = () => performance.timeOrigin + performance.now()

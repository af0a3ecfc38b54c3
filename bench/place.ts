import type { AddressInfo, Server } from 'node:net'
import { pathToFileURL } from 'node:url'

/** Where the built package lies. */
export const dist = (path: string) => pathToFileURL(`${process.env.BENCH_DIST}/${path}`).href

/** Key and certificate, PEM. */
export const certificate = () =>
  JSON.parse(process.env.BENCH_CERTIFICATE ?? '{}') as { key: string; cert: string }

/** Names that the bench's browser looks up on this machine; the app's page and API are the first. */
export const hosts = {
  app: 'app.test',
  /** Storage that costs nothing, on HTTP/1.1, by a second name, and on HTTP/2. */
  light: 'storage.test',
  lightB: 'b.storage.test',
  lightH2: 'h2.storage.test',
  /** local-s3. */
  strict: 'strict.storage.test',
}

/** Where the files of a visit go: the first part of the API's path. */
export type Place = 'light' | 'light-h2' | 'strict'

export const bucket = 'bench'

export async function listen(server: Server) {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

/** For time lines that several processes write. */
export const now = () => performance.timeOrigin + performance.now()

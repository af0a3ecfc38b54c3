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
  storage: 'storage.test',
  /** The same bucket by another name. */
  storageB: 'storage-b.test',
  storageH2: 'h2.storage.test',
}

export const bucket = 'bench'

export async function listen(server: Server) {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

/** For time lines that several processes write. */
export const now = () => performance.timeOrigin + performance.now()

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { RequestListener, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { getRequestListener } from '@hono/node-server'
import react from '@vitejs/plugin-react'
import { startLocalS3 } from 'local-s3'
import type { RequestRecord } from 'local-s3'
import { bucketRules, s3Storage } from 'putaway/server'
import { createServer as createVite } from 'vite'
import { createApi } from './api.ts'
import { accessOf, allowsUploadsFrom, connect, ensureBucket } from './bucket.ts'
import { openLibrary } from './library.ts'
import { lock } from './lock.ts'
import { SetupError } from './settings.ts'
import type { S3Settings } from './settings.ts'
import { welcome } from './user.ts'

export interface DemoOptions {
  /** The data folder: one folder per bucket, because rows belong to the objects in it. */
  readonly directory: string
  /** The first port to try; 0 for any. */
  readonly port: number
  /** An S3 to use in place of the local one. */
  readonly s3?: S3Settings | undefined
  /** Called with every request to the local S3 after its response. */
  readonly onStorageRequest?: (record: RequestRecord) => void
  readonly log?: (line: string) => void
  /** Serves the page, for example a bundled one. Default: Vite's development server. */
  readonly page?: RequestListener
  /** Whether Vite reloads the page on changes of its code. Default: true. */
  readonly watch?: boolean
}

/**
 * Starts storage, database, API and page. The page and the API share an origin; storage has another one, as in
 * production.
 * @throws SetupError
 */
export async function startDemo(options: DemoOptions) {
  const { directory, port, s3, onStorageRequest, log = () => {}, watch = true, page } = options
  const endings: (() => unknown)[] = []
  const close = async () => {
    for (const end of endings.splice(0).toReversed()) await end()
  }
  try {
    endings.push(await lock(directory))
    const settings = s3 ?? (await startStorage())
    const client = connect(settings)
    endings.push(() => client.destroy())
    if (s3 && (await ensureBucket(client, s3))) {
      log(`Created the bucket "${s3.bucket}" with a CORS rule for pages on this machine.`)
    }
    const storage = s3Storage({ ...accessOf(settings), bucket: settings.bucket })
    const library = await openLibrary(join(directory, 'database'))
    endings.push(() => library.close())

    const server = createServer()
    const servePage = page ?? (await startVite())

    const { app, emptyTrash } = createApi(storage, library)
    const emptying = setInterval(() => void emptyTrash(undoSeconds).catch(() => {}), 60_000)
    endings.push(() => clearInterval(emptying))
    const api = getRequestListener(app.fetch)
    server.on('request', (request, response) => {
      if (request.url?.startsWith('/api/')) return void api(request, response)
      welcome(request, response)
      servePage(request, response)
    })
    const url = `http://127.0.0.1:${await listen(server, port)}`
    endings.push(() => stop(server))
    if (s3 && !(await allowsUploadsFrom(url, storage))) log(missingRule(url, s3))
    return { url, client, library, bucket: settings.bucket, endpoint: settings.endpoint, emptyTrash, close }

    async function startVite(): Promise<RequestListener> {
      const vite = await createVite({
        configFile: false,
        root: fileURLToPath(new URL('.', import.meta.url)),
        cacheDir: fileURLToPath(new URL('../node_modules/.vite/demo', import.meta.url)),
        plugins: [react()],
        // Lets the page import the package as users do.
        resolve: { tsconfigPaths: true },
        // Listed in advance: a dependency that Vite finds later reloads the page.
        optimizeDeps: { include: dependencies },
        server: { middlewareMode: true, hmr: { server }, watch: watch ? {} : null },
        logLevel: 'warn',
        clearScreen: false,
      })
      endings.push(() => vite.close())
      return vite.middlewares
    }

    async function startStorage(): Promise<S3Settings> {
      const local = await startLocalS3({
        directory: join(directory, 's3'),
        buckets: ['demo'],
        ...(onStorageRequest && { onRequest: onStorageRequest }),
      })
      endings.push(() => local.close())
      const { endpoint, region, credentials } = local
      return { endpoint, region, ...credentials, bucket: 'demo', forcePathStyle: true }
    }
  } catch (thrown) {
    await close()
    throw thrown
  }
}

/** The objects of removed files stay for so long, so that the user can undo a removal. */
const undoSeconds = 600

const dependencies = [
  'react',
  'react-dom/client',
  'react/jsx-dev-runtime',
  '@tanstack/react-query',
  'zustand',
  'zustand/vanilla',
  'react-dropzone',
]

function missingRule(origin: string, { bucket }: S3Settings): string {
  const rules = JSON.stringify({ CORSRules: [bucketRules({ bucket, origins: [origin] }).cors] }, null, 2)
  return (
    `The bucket "${bucket}" does not let pages of ${origin} upload to it. ` +
    `The demo changes no bucket that it did not create. Add this rule to its CORS rules:\n\n${rules}\n`
  )
}

/** The first free port from `port` on. */
async function listen(server: Server, port: number): Promise<number> {
  const last = port === 0 ? 0 : Math.min(port + 20, 65_535)
  for (let next = port; next <= last; next += 1) {
    try {
      server.listen(next, '127.0.0.1')
      await once(server, 'listening')
      return (server.address() as AddressInfo).port // it listens on a port, not on a pipe
    } catch (thrown) {
      const { code } = thrown as NodeJS.ErrnoException
      if (code === 'EACCES')
        throw new SetupError(`PORT ${next} needs more permissions. Set PORT to 1024 or higher.`)
      if (code !== 'EADDRINUSE') throw thrown
    }
  }
  throw new SetupError(`The ports ${port} to ${last} are all taken. Set PORT to another one.`)
}

async function stop(server: Server) {
  server.close()
  server.closeAllConnections()
  await once(server, 'close')
}

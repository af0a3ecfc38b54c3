import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { adminPath, administer } from './admin.ts'
import { answerRequest } from './answer.ts'
import { loopbackCors, type CorsRule } from './cors.ts'
import { createCredentials, keepCredentials } from './credentials.ts'
import { createExchange, type RequestRecord } from './exchange.ts'
import { createFaults, type FaultRule, type Faults } from './faults.ts'
import { isLoopbackAddress } from './loopback.ts'
import { createPipelines } from './pipeline.ts'
import { createWarner } from './query-checksum.ts'
import type { Authority, Credentials } from './signature.ts'
import { openStore } from './store.ts'

export interface LocalS3Options {
  /** Default 0: any free port. */
  port?: number
  /** Default 127.0.0.1: only this machine. */
  host?: string
  /** Where buckets live, and are found again. Default: a temporary folder that `close` removes. */
  directory?: string
  /** Buckets that exist from the start. Default `['uploads']`. */
  buckets?: readonly string[]
  /** Default: random ones. A `directory` keeps them for the next start, in a file that only its owner may read. */
  credentials?: Credentials
  /** Default us-east-1. Signatures for another region are refused. */
  region?: string
  /**
   * CORS rules of buckets created at start; `false` for none. Default: pages of this machine (localhost,
   * *.localhost, 127.0.0.1, [::1]) on any port; `[openCors]` lets every origin in.
   */
  cors?: readonly CorsRule[] | false
  /** Epoch ms; for tests of expiry. Default Date.now. */
  clock?: () => number
  /** What goes wrong on purpose. */
  faults?: readonly FaultRule[]
  /** Opens an endpoint that changes the faults over HTTP, guarded by a token. Default false. */
  admin?: boolean
  /** Called when a request has been answered, just before the last byte goes out. */
  onRequest?: (record: RequestRecord) => void
  /**
   * Refuses a body that does not fit a checksum in the query of its URL (BadDigest). Default false:
   * such a checksum is not checked, and `onWarning` says once that a URL carried the one of an empty body.
   */
  strictQueryChecksums?: boolean
  /** Called with a sentence for the developer, once for each kind. Default `console.warn`. */
  onWarning?: (message: string) => void
}

export interface LocalS3 {
  /** `http://127.0.0.1:port`; buckets are in the path. */
  endpoint: string
  region: string
  credentials: Credentials
  directory: string
  /** What goes wrong on purpose, from now on. */
  faults: Faults
  /** With `admin: true`: GET, POST or DELETE rules at `url`, with `token` in the header `x-local-s3-token`. */
  admin: { url: string; token: string } | undefined
  /** Ends every connection, waits for what was being stored, removes a temporary directory. */
  close(): Promise<void>
}

/** Temporary folders of servers that nobody closed: a test run that ends early leaves none behind. */
const temporary = new Set<string>()
process.on('exit', () => {
  for (const directory of temporary) rmSync(directory, { recursive: true, force: true })
})

/**
 * Starts an S3 that says no: signatures, policies, conditions and checksums are enforced as S3 does.
 * @throws Error when the port is taken or the directory cannot be written, from Node; when a running server has the
 *   directory, with its process, port and start
 */
export async function startLocalS3(options: LocalS3Options = {}): Promise<LocalS3> {
  const {
    host = '127.0.0.1',
    region = 'us-east-1',
    clock = Date.now,
    onRequest,
    strictQueryChecksums = false,
    onWarning = (message) => console.warn(message),
  } = options
  const faults = createFaults(options.faults ?? [])
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'local-s3-')))
  if (options.directory === undefined) temporary.add(directory)
  const removeTemporary = async () => {
    if (temporary.delete(directory)) await rm(directory, { recursive: true, force: true })
  }
  const store = await openStore(directory, clock)
  const abandon = async (error: unknown) => {
    await store.close()
    await removeTemporary()
    throw error
  }
  const credentials =
    options.credentials ??
    (options.directory === undefined ? createCredentials() : await keepCredentials(directory).catch(abandon))
  const { cors = [loopbackCors] } = options
  for (const name of options.buckets ?? ['uploads'])
    await store.createBucket(name, cors === false ? {} : { cors: [...cors] }).catch(abandon)

  const authority: Authority = {
    credentials,
    region,
    now: clock,
    isLocal: isLoopbackAddress(host),
    strictQueryChecksums,
  }
  const warn = createWarner(onWarning)
  const token = options.admin ? randomBytes(24).toString('hex') : undefined
  const exchange = createExchange({
    strike: faults.strike,
    answer: (request, conduct) => answerRequest(request, store, authority, conduct, warn),
    ...(onRequest && { onRequest }),
  })
  const running = new Set<Promise<void>>()
  const inTurn = createPipelines()
  const serve = (incoming: IncomingMessage, response: ServerResponse, waits: boolean) => {
    const isAdmin = token !== undefined && incoming.url === adminPath
    const run = inTurn(incoming.socket, () =>
      isAdmin ? administer(incoming, response, token, faults) : exchange(incoming, response, waits),
    )
      .catch(() => void response.destroy()) // one request never takes the server along
      .finally(() => running.delete(run))
    running.add(run)
  }
  // Node's own limit of 300 s would cut a large upload off.
  const server = createServer({ requestTimeout: 0, keepAliveTimeout: 60_000, highWaterMark: 256 * 1024 })
  server.on('request', (incoming, response) => serve(incoming, response, false))
  server.on('checkContinue', (incoming, response) => serve(incoming, response, true))
  server.listen(options.port ?? 0, host)
  await once(server, 'listening').catch(abandon)
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  await store.listens(port ?? 0)

  const endpoint = `http://${host.includes(':') ? `[${host}]` : host}:${port}`

  return {
    endpoint,
    region,
    credentials,
    directory,
    faults: { add: faults.add, clear: faults.clear, list: faults.list },
    admin: token === undefined ? undefined : { url: endpoint + adminPath, token },
    async close() {
      server.close()
      server.closeAllConnections()
      await Promise.allSettled(running)
      await store.close()
      await removeTemporary()
    },
  }
}

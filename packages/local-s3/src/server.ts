import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { adminPath, handleAdminRequest } from './faults/admin.ts'
import { dispatchRequest } from './operations/dispatch.ts'
import { loopbackCors, type CorsRule } from './http/cors.ts'
import {
  createCredentials,
  createTemporaryCredentials,
  loadOrCreateCredentials,
  type Credentials,
  type TemporaryCredentials,
} from './auth/credentials.ts'
import { createExchange, type RequestRecord } from './http-exchange.ts'
import { createFaults, type FaultRule, type Faults } from './faults/rules.ts'
import { isLoopbackAddress } from './http/loopback.ts'
import { createPipelines } from './http/pipeline.ts'
import { createWarnOnce } from './checksums/query-checksum.ts'
import type { AuthSettings } from './auth/sigv4-verify.ts'
import { openStore } from './storage/store.ts'
import { findLikeness, type ImitatedStore } from './stores/likeness.ts'

/** Options of `startLocalS3`. */
export interface LocalS3Options {
  /** Port to listen on. Default 0: any free port. */
  port?: number
  /** Address to listen on. Default 127.0.0.1: only this machine. */
  host?: string
  /** Folder that keeps buckets across restarts. Default: a temporary folder that `close` removes. */
  directory?: string
  /** Buckets to create at start. Default `['uploads']`. */
  buckets?: readonly string[]
  /** Access key. Default: random; a `directory` stores it for the next start, in a file that only its owner may read. */
  credentials?: Credentials
  /** Region. Default us-east-1. Signatures for other regions are rejected. */
  region?: string
  /**
   * CORS rules of buckets created at start; `false` for none. Default `[loopbackCors]`: pages of this machine (localhost,
   * *.localhost, 127.0.0.1, [::1]) on any port. `[openCors]` allows every origin.
   */
  cors?: readonly CorsRule[] | false
  /** Returns the current time in epoch ms, for tests of expiry. Default Date.now. */
  clock?: () => number
  /** Fault rules to inject. Default none. */
  faults?: readonly FaultRule[]
  /** Opens an HTTP endpoint that changes the fault rules, protected by a token. Default false. */
  admin?: boolean
  /** Called once per request, before the last byte of the response is sent. */
  onRequest?: (record: RequestRecord) => void
  /**
   * Rejects a body that does not match a checksum in the query of its URL (BadDigest). Default false: the checksum is
   * ignored, and `onWarning` is called once if it is that of an empty body.
   */
  strictQueryChecksums?: boolean
  /**
   * Refuses a PUT, a part and a form without Content-MD5 or `x-amz-checksum-…` (400 InvalidRequest), as S3 does in a bucket
   * with Object Lock and a default retention. Objects are not locked. Default false.
   */
  requireChecksums?: boolean
  /**
   * Store to imitate: refuses and ignores what Backblaze B2, Cloudflare R2, Google Cloud Storage or Ceph 16 refuse and
   * ignore. Default: none, as AWS documents S3.
   */
  like?: ImitatedStore
  /** Called with a warning for the developer, once per message. Default `console.warn`. */
  onWarning?: (message: string) => void
}

/** A running server. Its fields fit the options of the AWS SDK's S3Client; add `forcePathStyle: true`. */
export interface LocalS3 {
  /** `http://127.0.0.1:port`, for path-style URLs. */
  endpoint: string
  region: string
  credentials: Credentials
  directory: string
  /** Changes the fault rules. */
  faults: Faults
  /** Endpoint of `admin: true`: GET, POST or DELETE rules at `url`, with `token` in the header `x-local-s3-token`. */
  admin: { url: string; token: string } | undefined
  /**
   * Issues a temporary key with a session token, as AWS STS does. After `seconds` requests, URLs and forms that it signed
   * are rejected with ExpiredToken. Keys end with the server.
   */
  issueTemporaryCredentials(seconds: number): TemporaryCredentials
  /** Closes all connections, waits for running requests, and removes a temporary directory. */
  close(): Promise<void>
}

/** Temporary folders of servers that are not closed yet. An aborted test run removes them at exit. */
const temporaryDirectories = new Set<string>()
process.on('exit', () => {
  for (const directory of temporaryDirectories) rmSync(directory, { recursive: true, force: true })
})

/**
 * Starts a strict local S3 server: it enforces signatures, policies, conditions and checksums as S3 does.
 * @throws Error from Node when the port is in use or the directory is not writable; Error with process id, port and
 *   start time when a running server uses the directory; TypeError for an invalid fault rule and an unknown store
 */
export async function startLocalS3(options: LocalS3Options = {}): Promise<LocalS3> {
  const {
    host = '127.0.0.1',
    region = 'us-east-1',
    clock = Date.now,
    like,
    onRequest,
    strictQueryChecksums = false,
    requireChecksums = false,
    onWarning = (message) => console.warn(message),
  } = options
  const likeness = like === undefined ? undefined : findLikeness(like)
  const faults = createFaults(options.faults ?? [])
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'local-s3-')))
  if (options.directory === undefined) temporaryDirectories.add(directory)
  const removeTemporary = async () => {
    if (temporaryDirectories.delete(directory)) await rm(directory, { recursive: true, force: true })
  }
  const store = await openStore(directory, clock)
  const failStart = async (error: unknown) => {
    await store.close()
    await removeTemporary()
    throw error
  }
  const credentials =
    options.credentials ??
    (options.directory === undefined
      ? createCredentials()
      : await loadOrCreateCredentials(directory).catch(failStart))
  const { cors = [loopbackCors] } = options
  for (const name of options.buckets ?? ['uploads'])
    await store.createBucket(name, cors === false ? {} : { cors: [...cors] }).catch(failStart)

  const temporaryKeys = new Map<string, TemporaryCredentials>()
  const auth: AuthSettings = {
    credentials,
    findTemporaryKey: (accessKeyId) => temporaryKeys.get(accessKeyId),
    ...(likeness && { likeness }),
    region,
    now: clock,
    isLocal: isLoopbackAddress(host),
    strictQueryChecksums,
    requireChecksums,
  }
  const warn = createWarnOnce(onWarning)
  const token = options.admin ? randomBytes(24).toString('hex') : undefined
  const exchange = createExchange({
    matchFaults: faults.matchFaults,
    dispatchRequest: (request, faultInjector) => dispatchRequest(request, store, auth, faultInjector, warn),
    ...(onRequest && { onRequest }),
  })
  const running = new Set<Promise<void>>()
  const runInOrder = createPipelines()
  const serve = (incoming: IncomingMessage, response: ServerResponse, waitsForContinue: boolean) => {
    const isAdmin = token !== undefined && incoming.url === adminPath
    const served = runInOrder(incoming.socket, () =>
      isAdmin
        ? handleAdminRequest(incoming, response, token, faults)
        : exchange(incoming, response, waitsForContinue),
    )
      .catch(() => void response.destroy()) // an exception in one request must not stop the server
      .finally(() => running.delete(served))
    running.add(served)
  }
  // Node's default request timeout of 300 s would abort large uploads.
  const server = createServer({ requestTimeout: 0, keepAliveTimeout: 60_000, highWaterMark: 256 * 1024 })
  server.on('request', (incoming, response) => serve(incoming, response, false))
  server.on('checkContinue', (incoming, response) => serve(incoming, response, true))
  server.listen(options.port ?? 0, host)
  await once(server, 'listening').catch(failStart)
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  await store.setPort(port ?? 0)

  const endpoint = `http://${host.includes(':') ? `[${host}]` : host}:${port}`

  return {
    endpoint,
    region,
    credentials,
    directory,
    faults: { add: faults.add, clear: faults.clear, list: faults.list },
    issueTemporaryCredentials(seconds) {
      const key = createTemporaryCredentials(clock() + seconds * 1000)
      temporaryKeys.set(key.accessKeyId, key)
      return key
    },
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

import { fork } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { request as send } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serve } from '../shared/server/serve.ts'
import { openStorage } from '../shared/server/storage.ts'
import { startClamd } from './start-clamd.ts'

/** Runs clamd, a local S3, the page, and the backend in a process of its own, which is started again when it ends. */
const folder = await mkdtemp(join(tmpdir(), 'clamav-'))
const clamd = process.env.CLAMD_SOCKET ? undefined : await startClamd(folder)
const { S3_BUCKET = 'clamav' } = process.env
const storage = await openStorage(S3_BUCKET)
const environment = {
  ...process.env,
  ...storage.environment,
  ...(clamd && { CLAMD_SOCKET: clamd.socket }),
  S3_BUCKET,
  TABLES: join(folder, 'tables.json'),
  UPLOAD_SECRET: 'good for this machine and nowhere else',
}

let isClosing = false
let backend = startBackend()

function startBackend() {
  const child = fork(join(import.meta.dirname, 'backend.ts'), { env: environment })
  console.log(`  The backend has the process id ${child.pid}.`)
  child.once('exit', () => {
    if (!isClosing) backend = startBackend()
  })
  const port = new Promise<number>((resolve) => child.once('message', (message) => resolve(Number(message))))
  return { child, port }
}

/** Passes a request on to the backend. Waits while the backend starts, and answers 503 if it ends meanwhile. */
async function forward(incoming: IncomingMessage, outgoing: ServerResponse) {
  const { method, url, headers } = incoming
  const port = await backend.port
  const outward = send({ host: '127.0.0.1', port, method, path: url, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(outgoing)
  })
  outward.once('error', () => {
    if (!outgoing.headersSent) outgoing.writeHead(503)
    outgoing.end()
  })
  incoming.pipe(outward)
}

await serve(
  (incoming, outgoing) => void forward(incoming, outgoing),
  async () => {
    isClosing = true
    backend.child.kill()
    clamd?.stop()
    await storage.close()
    await rm(folder, { recursive: true, force: true })
  },
)

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStorage } from '../shared/server/storage.ts'

/** Runs the app as in production, with a local S3 unless the environment variables select another store. */
const {
  S3_BUCKET = 'next',
  UPLOAD_SECRET = 'good for this machine and nowhere else',
  PORT = '0',
} = process.env
const storage = await openStorage(S3_BUCKET)
const env = {
  ...process.env,
  ...storage.environment,
  S3_BUCKET,
  UPLOAD_SECRET,
  NODE_ENV: 'production' as const,
  NEXT_TELEMETRY_DISABLED: '1',
}
/** Finds a free port, because the standalone server reads port 0 as 3000. */
async function freePort(): Promise<string> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo // it listens on a port
  probe.close()
  await once(probe, 'close')
  return String(port)
}

const node = (args: readonly string[], more = {}) =>
  spawn(process.execPath, args, { stdio: 'inherit', env: { ...env, ...more } })

const [failed] = await once(node(['../node_modules/next/dist/bin/next', 'build']), 'exit')
if (failed === 0) {
  // Moved outside of every node_modules, so that the server can load only what the build put next to it.
  const folder = await mkdtemp(join(tmpdir(), 'putaway-next-'))
  await cp('.next/standalone', folder, { recursive: true })
  await cp('.next/static', join(folder, '5-next/.next/static'), { recursive: true })
  const server = node([join(folder, '5-next/server.js')], {
    HOSTNAME: '127.0.0.1',
    PORT: PORT === '0' ? await freePort() : PORT,
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => server.kill(signal))
  await once(server, 'exit')
  await rm(folder, { recursive: true })
}
await storage.close()
process.exitCode = failed

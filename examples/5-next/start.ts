import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { openStorage } from '../shared/server/storage.ts'

/** The app as it would run anywhere, on a local storage where the environment names no other. */
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
const next = (...args: readonly string[]) =>
  spawn(process.execPath, ['../node_modules/next/dist/bin/next', ...args], { stdio: 'inherit', env })

const [failed] = await once(next('build'), 'exit')
if (failed === 0) {
  const server = next('start', '--hostname', '127.0.0.1', '--port', PORT)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => server.kill(signal))
  await once(server, 'exit')
}
await storage.close()
process.exitCode = failed

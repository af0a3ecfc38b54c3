import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { startLocalS3 } from 'putaway/local-s3'

const run = (environment: NodeJS.ProcessEnv, ...args: readonly string[]) =>
  spawn(process.execPath, ['../node_modules/next/dist/bin/next', ...args], {
    stdio: 'inherit',
    env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1', ...environment },
  })

/** The app as it would run anywhere: what is here only is a storage, where the environment names none. */
const local = process.env.S3_ENDPOINT ? undefined : await startLocalS3({ buckets: ['next'] })
console.log(
  `  Storage is ${local?.endpoint ?? process.env.S3_ENDPOINT}, in ${process.env.S3_BUCKET ?? 'next'}.`,
)

const [failed] = await once(run({ NODE_ENV: 'production' }, 'build'), 'exit')
if (failed) process.exit(1)

const server = run(
  {
    NODE_ENV: 'production',
    UPLOAD_SECRET: process.env.UPLOAD_SECRET ?? 'good for this machine and nowhere else',
    S3_BUCKET: process.env.S3_BUCKET ?? 'next',
    ...(local && {
      S3_ENDPOINT: local.endpoint,
      S3_ACCESS_KEY_ID: local.credentials.accessKeyId,
      S3_SECRET_ACCESS_KEY: local.credentials.secretAccessKey,
    }),
  },
  ...['start', '--hostname', '127.0.0.1', '--port', process.env.PORT ?? '0'],
)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => server.kill(signal))
await once(server, 'exit')
await local?.close()

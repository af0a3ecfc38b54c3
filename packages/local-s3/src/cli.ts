import { parseArgs } from 'node:util'
import { openCors, startLocalS3, type FaultRule, type RequestRecord } from './index.ts'
import type { ImitatedStore } from './stores/likeness.ts'
import { printable, printableLines } from './printable.ts'

const serverUsage = `local-s3: starts a strict local S3 server for development and tests

  npx local-s3 [options]

  --port 9000            port to listen on; 0: any free port
  --host 127.0.0.1       address to listen on
  --directory folder     folder that keeps objects across restarts; default: a temporary folder
  --bucket uploads       bucket to create at start; repeatable
  --region us-east-1     region that requests must be signed for
  --origin URL           origin that the CORS rule of new buckets allows; '*': every origin; repeatable;
                         default: pages of this machine (localhost, *.localhost, 127.0.0.1, [::1]) on any port
  --fault JSON           fault rule, for example '{"fault":"error","attempt":1}'; repeatable
  --admin                opens an endpoint that changes fault rules, and prints its token
  --strict-checksums     rejects a body that does not match a checksum in the query of its URL
  --like b2              imitates a store: b2, ceph16, gcs or r2 refuse and ignore other things than S3
  --quiet                does not print requests

  The access key is random. --directory stores it for the next start.
  S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY, set together, override it.`

/** Runs the command `local-s3` until SIGINT or SIGTERM. Prints errors, and sets the exit code of the process. */
export async function runCli(args: string[]): Promise<void> {
  try {
    await startServer(args)
  } catch (thrown) {
    console.error(printableLines(thrown instanceof Error ? explainStartError(thrown) : String(thrown)))
    process.exitCode = 1
  }
}

function explainStartError(error: Error & { code?: unknown }): string {
  if (error.code === 'EADDRINUSE')
    return `The port is in use. Choose another port; --port 0 uses any free port. (${error.message})`
  return error.message
}

async function startServer(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      port: { type: 'string', default: '9000' },
      host: { type: 'string', default: '127.0.0.1' },
      directory: { type: 'string' },
      bucket: { type: 'string', multiple: true, default: ['uploads'] },
      region: { type: 'string', default: 'us-east-1' },
      origin: { type: 'string', multiple: true },
      fault: { type: 'string', multiple: true, default: [] },
      admin: { type: 'boolean', default: false },
      'strict-checksums': { type: 'boolean', default: false },
      like: { type: 'string' },
      quiet: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return console.log(serverUsage)

  const { S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey } = process.env
  if (Boolean(accessKeyId) !== Boolean(secretAccessKey))
    throw new Error('Only one of S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY is set. Set both, or unset both.')
  const s3 = await startLocalS3({
    port: Number(values.port),
    host: values.host,
    ...(values.directory !== undefined && { directory: values.directory }),
    buckets: values.bucket,
    ...(accessKeyId && secretAccessKey && { credentials: { accessKeyId, secretAccessKey } }),
    region: values.region,
    ...(values.origin && { cors: [{ ...openCors, AllowedOrigins: values.origin }] }),
    faults: values.fault.map((rule): FaultRule => JSON.parse(rule)), // the server validates it
    admin: values.admin,
    strictQueryChecksums: values['strict-checksums'],
    ...(values.like !== undefined && { like: values.like as ImitatedStore }), // the server validates it
    onWarning: (message) => console.warn(printable(message)),
    ...(!values.quiet && { onRequest: (record) => console.log(printable(formatRecord(record))) }),
  })

  console.log(printable(`S3_ENDPOINT=${s3.endpoint}`))
  console.log(printable(`S3_ACCESS_KEY_ID=${s3.credentials.accessKeyId}`))
  console.log(printable(`S3_SECRET_ACCESS_KEY=${s3.credentials.secretAccessKey}`))
  console.log(printable(`S3_REGION=${s3.region}`))
  console.log(printable(`# buckets: ${values.bucket.join(', ')} in ${s3.directory}`))
  if (s3.admin) console.log(`# faults: ${s3.admin.url}, x-local-s3-token: ${s3.admin.token}`)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void s3.close().then(() => process.exit(0)))
  }
}

function formatRecord({
  operation,
  bucket,
  key,
  partNumber,
  status,
  code,
  bytesIn,
  bytesOut,
  milliseconds,
}: RequestRecord) {
  const path = [bucket, key].filter((part) => part !== undefined).join('/')
  const part = partNumber === undefined ? '' : ` part ${partNumber}`
  const outcome = status === 0 ? 'aborted' : `${status}${code === undefined ? '' : ` ${code}`}`
  return `${operation} ${path}${part} ${outcome} ${bytesIn} in, ${bytesOut} out, ${milliseconds.toFixed(0)} ms`
}

import { fileURLToPath } from 'node:url'
import { startDemo } from './server.ts'
import { SetupError, readSettings } from './settings.ts'
import type { S3Settings } from './settings.ts'

const help = `
Photos and files that go from this browser straight to S3.

  npm run demo

Starts a local S3, an API with its database, and a page. Uploads are kept in .demo-data/.

  PORT                   the page's port; the next free one when it is taken. Default: 5173

To use another S3 than the local one:

  S3_ENDPOINT            for example http://127.0.0.1:9000; leave it out for AWS and set S3_REGION
  S3_BUCKET              created, with a CORS rule, when it is missing
  S3_ACCESS_KEY_ID
  S3_SECRET_ACCESS_KEY
  S3_REGION              default: us-east-1
  S3_FORCE_PATH_STYLE    true or false. Default: true with S3_ENDPOINT, false without
`

/** Turns the name of a bucket into a folder name. */
function nameOf({ endpoint, bucket, region }: S3Settings): string {
  return `${endpoint ? new URL(endpoint).host : region}-${bucket}`.replace(/[^\w.-]+/g, '-')
}

const [given] = process.argv.slice(2)

if (given === '--help' || given === '-h') console.log(help)
else {
  try {
    if (given !== undefined) {
      throw new SetupError(
        `Unknown argument "${given}". The demo reads environment variables: see npm run demo -- --help`,
      )
    }
    // Hides the SDK's warning about versions of Node, which would appear above the URL of the demo.
    process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'
    const { port, s3 } = readSettings(process.env)
    const directory = fileURLToPath(new URL(`../.demo-data/${s3 ? nameOf(s3) : 'local'}`, import.meta.url))
    const demo = await startDemo({ directory, port, s3, log: (line) => console.log(`\n  ${line}`) })
    console.log(`\n  Open ${demo.url}\n`)
    console.log(
      `  Storage is ${demo.endpoint ?? `AWS ${s3?.region}`}, bucket "${demo.bucket}". Press Ctrl-C to stop.\n`,
    )
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      // Once: a second signal ends a demo that hangs.
      process.once(signal, () => void demo.close().then(() => process.exit(0)))
    }
  } catch (thrown) {
    if (!(thrown instanceof SetupError)) throw thrown
    console.error(`\n  ${thrown.message}\n`)
    process.exitCode = 1
  }
}

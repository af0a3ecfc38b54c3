// Runs the given scripts with the address and keys of a local S3 in their environment.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { startLocalS3 } from 'local-s3'

const s3 = await startLocalS3({ buckets: ['uploads'] })
const env = { ...process.env, S3_ENDPOINT: s3.endpoint, S3_CREDENTIALS: JSON.stringify(s3.credentials) }
for (const script of process.argv.slice(2)) {
  // A script that fails prints the reason and ends this process.
  const { stdout } = await promisify(execFile)(process.execPath, [script], { env })
  console.log(`${script}: ${stdout.trim()}`)
}
await s3.close()

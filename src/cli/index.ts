#!/usr/bin/env node
import process from 'node:process'
import { printableLines } from './printable.ts'

const usage = `putaway: direct uploads to S3

  npx putaway local-s3             starts a strict local S3 server (npm install -D local-s3)
  npx putaway doctor <endpoint>    uploads to a running backend as a page does, and reports problems
  npx putaway bucket <name>        prints the CORS rule, lifecycle rules and IAM policy that a bucket needs

  Add --help to a command for its options.`

const commands: Readonly<Record<string, () => Promise<(args: string[]) => Promise<void>>>> = {
  'local-s3': async () => (await import('./local-s3.ts')).runLocalS3Command,
  doctor: async () => (await import('./doctor/doctor.ts')).runDoctorCommand,
  bucket: async () => (await import('./bucket.ts')).runBucketCommand,
}

// Ignores the error of an output pipe whose reader, such as `head`, ends early. The command continues, so that `bucket
// --apply` still changes the bucket.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: Error & { code?: unknown }) => {
    if (error.code !== 'EPIPE') throw error
  })
}

const [name = '', ...args] = process.argv.slice(2)
const command = Object.hasOwn(commands, name) ? commands[name] : undefined

if (command) {
  try {
    await (
      await command()
    )(args)
  } catch (thrown) {
    console.error(printableLines(thrown instanceof Error ? thrown.message : String(thrown)))
    process.exitCode = 1
  }
} else {
  console.log(usage)
  process.exitCode = ['', '--help', 'help'].includes(name) ? 0 : 2
}

#!/usr/bin/env node
import process from 'node:process'
import { printableLines } from './printable.ts'

const usage = `putaway: direct uploads to S3

  npx putaway local-s3             a local S3 that says no, for development and tests
  npx putaway doctor <endpoint>    uploads to a running backend as a page would, and says what is wrong
  npx putaway bucket <name>        the CORS and lifecycle rules and the IAM policy that a bucket needs

  Each of them with --help says more.`

const commands: Readonly<Record<string, () => Promise<(args: string[]) => Promise<void>>>> = {
  'local-s3': async () => (await import('./local-s3.ts')).localS3,
  doctor: async () => (await import('./doctor.ts')).doctor,
  bucket: async () => (await import('./bucket.ts')).bucket,
}

const [name = '', ...args] = process.argv.slice(2)
const command = Object.hasOwn(commands, name) ? commands[name] : undefined

if (command) {
  try {
    await (
      await command()
    )(args)
  } catch (thrown) {
    console.error(printableLines(thrown instanceof Error ? explain(thrown) : String(thrown)))
    process.exitCode = 1
  }
} else {
  console.log(usage)
  process.exitCode = ['', '--help', 'help'].includes(name) ? 0 : 2
}

function explain(error: Error & { code?: unknown }): string {
  if (error.code === 'EADDRINUSE')
    return `The port is taken. Give another one: --port 0 takes any free one. (${error.message})`
  if (error.code === 'ERR_MODULE_NOT_FOUND' && error.message.includes('@aws-sdk'))
    return 'This command needs the AWS SDK: npm install @aws-sdk/client-s3 @aws-sdk/s3-presigned-post @aws-sdk/s3-request-presigner'
  return error.message
}

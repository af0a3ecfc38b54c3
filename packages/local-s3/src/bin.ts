#!/usr/bin/env node
import process from 'node:process'
import { runCli } from './cli.ts'

// A reader such as `head` may close the pipe early. The server goes on without its log.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: Error & { code?: unknown }) => {
    if (error.code !== 'EPIPE') throw error
  })
}

await runCli(process.argv.slice(2))

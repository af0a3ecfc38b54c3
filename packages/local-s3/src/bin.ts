#!/usr/bin/env node
import process from 'node:process'
import { runCli } from './cli.ts'

await runCli(process.argv.slice(2))

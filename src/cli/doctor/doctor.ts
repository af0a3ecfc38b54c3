import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import type { DoctorTarget } from './backend-client.ts'
import { runChecks } from './checks.ts'
import type { Finding } from './finding.ts'
import { printable, printableLines } from '../printable.ts'
import { redactSecrets } from './redact.ts'

const usage = `putaway doctor: uploads to a running backend as a page does, and reports problems with a fix for each

  npx putaway doctor https://your.app/api/uploads --origin https://your.app [options]

  --origin URL           origin of the page that uploads
  --route name           route of the backend
  --header 'name: value' header for the backend, for example a session cookie; repeatable
  --meta JSON            meta that the route's metaSchema requires
  --file path            file to upload; default: an image of one pixel
  --type image/png       content type of --file

  doctor makes real requests. It confirms one upload, which calls your onConfirm and stays stored, and discards another.
  Its output contains no signatures and no tokens.`

const pixelPng =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

/** Runs `putaway doctor`. Sets exit code 1 when a check fails. */
export async function doctor(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      origin: { type: 'string' },
      route: { type: 'string' },
      header: { type: 'string', multiple: true, default: [] },
      meta: { type: 'string' },
      file: { type: 'string' },
      type: { type: 'string', default: 'image/png' },
      help: { type: 'boolean', default: false },
    },
  })
  const [endpoint] = positionals
  if (values.help) return console.log(usage)
  if (endpoint === undefined || values.origin === undefined) throw new Error(usage)
  for (const url of [endpoint, values.origin]) {
    if (!URL.canParse(url)) throw new Error(`${url} is not a URL. Write it as https://your.app/api/uploads`)
  }

  const { route, meta, file, type } = values
  const target: DoctorTarget = {
    endpoint,
    origin: new URL(values.origin).origin,
    headers: Object.fromEntries(values.header.map(parseHeader)),
    bytes: file === undefined ? Uint8Array.from(Buffer.from(pixelPng, 'base64')) : await readFile(file),
    file: {
      name: file === undefined ? 'putaway-doctor.png' : basename(file),
      type,
      ...(route !== undefined && { route }),
      ...(meta !== undefined && { meta: JSON.parse(meta) }),
    },
  }
  const counts = { passed: 0, warned: 0, failed: 0 }
  for await (const finding of runChecks(target)) {
    counts[finding.verdict] += 1
    console.log(redactSecrets(formatFinding(finding)))
  }
  console.log(
    `\n${counts.passed} passed, ${counts.warned} ${counts.warned === 1 ? 'warning' : 'warnings'}, ${counts.failed} failed`,
  )
  if (counts.failed > 0) process.exitCode = 1
}

const marks = { passed: '✓', warned: '!', failed: '✗' } as const

function formatFinding({ verdict, step, found, fix }: Finding): string {
  const advice = fix === undefined ? '' : `\n${printableLines(fix).replace(/^/gm, '    ')}`
  return `${marks[verdict]} ${printable(`${step}: ${found}`)}${advice}`
}

function parseHeader(text: string): [string, string] {
  const [name = '', ...value] = text.split(':')
  if (name.trim() === '' || value.length === 0)
    throw new Error(`--header '${name}' has no value. Write it as 'name: value'.`)
  return [name.trim(), value.join(':').trim()]
}

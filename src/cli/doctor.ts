import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import type { Patient } from './backend.ts'
import { examine } from './examine.ts'
import type { Finding } from './finding.ts'
import { printable, printableLines } from './printable.ts'
import { withoutSecrets } from './redact.ts'

const usage = `putaway doctor: uploads to a running backend as a page would, and says what is wrong

  npx putaway doctor https://your.app/api/uploads --origin https://your.app [options]

  --origin URL           the page that will upload
  --route name           which of the backend's routes
  --header 'name: value' sent to the backend, for example a cookie that signs you in; several times
  --meta JSON            what the route's input needs
  --file path            what to upload; default a picture of one pixel
  --type image/png       its type, with --file

  It makes real requests: one upload is confirmed and stays, with your onConfirm called; another is discarded.
  Nothing that it prints holds a signature or a token.`

const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

/** `putaway doctor`: exit code 1 when something failed. */
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
    if (!URL.canParse(url)) throw new Error(`${url} is no URL. Write it as https://your.app/api/uploads`)
  }

  const { route, meta, file, type } = values
  const patient: Patient = {
    endpoint,
    origin: new URL(values.origin).origin,
    headers: Object.fromEntries(values.header.map(headerOf)),
    bytes: file === undefined ? Uint8Array.from(Buffer.from(pixel, 'base64')) : await readFile(file),
    file: {
      name: file === undefined ? 'putaway-doctor.png' : basename(file),
      type,
      ...(route !== undefined && { route }),
      ...(meta !== undefined && { meta: JSON.parse(meta) }),
    },
  }
  const counts = { passed: 0, warned: 0, failed: 0 }
  for await (const finding of examine(patient)) {
    counts[finding.verdict] += 1
    console.log(withoutSecrets(shown(finding)))
  }
  console.log(`\n${counts.passed} passed, ${counts.warned} to look at, ${counts.failed} failed`)
  if (counts.failed > 0) process.exitCode = 1
}

const marks = { passed: '✓', warned: '!', failed: '✗' } as const

function shown({ verdict, step, found, fix }: Finding): string {
  const advice = fix === undefined ? '' : `\n${printableLines(fix).replace(/^/gm, '    ')}`
  return `${marks[verdict]} ${printable(`${step}: ${found}`)}${advice}`
}

function headerOf(text: string): [string, string] {
  const [name = '', ...value] = text.split(':')
  if (name.trim() === '' || value.length === 0) throw new Error(`--header '${name}' is not 'name: value'.`)
  return [name.trim(), value.join(':').trim()]
}

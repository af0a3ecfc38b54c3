import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import type { DoctorTarget } from './backend-client.ts'
import { runChecks } from './checks.ts'
import { failed } from './finding.ts'
import type { Finding } from './finding.ts'
import { formatFinding, formatJson } from './report.ts'

const doctorUsage = `putaway doctor: uploads to a running backend as a page does, and reports problems with a fix for each

  npx putaway doctor https://your.app/api/uploads --origin https://your.app [options]

  --origin URL           origin of the page that uploads
  --route name           route of the backend
  --header 'name: value' header for the backend, for example a session cookie; repeatable
  --meta JSON            meta that the route's metaSchema requires
  --file path            file to upload; default: an image of one pixel
  --type image/png       content type of --file
  --json                 prints one JSON document: { ok, counts, findings: [{ level, step, what, why, fix, docs }] }

  doctor makes real requests. It confirms one upload, which calls your onConfirm and stays stored, and discards another.
  Its output contains no signatures and no tokens. The exit code is 1 if a check fails, else 0. NO_COLOR=1 turns colors
  off.`

const onePixelPngBase64 =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

/** Runs `putaway doctor`. Sets exit code 1 when a check fails. */
export async function runDoctorCommand(args: string[]): Promise<void> {
  if (!args.includes('--json') || args.includes('--help')) return runDoctor(args)
  try {
    await runDoctor(args)
  } catch (thrown) {
    const summary = thrown instanceof Error ? (thrown.message.split('\n')[0] ?? '') : String(thrown)
    console.log(formatJson([failed('options', summary, ['Run npx putaway doctor --help.'])], {}, []))
    process.exitCode = 1
  }
}

async function runDoctor(args: string[]): Promise<void> {
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
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const [endpoint] = positionals
  if (values.help) return console.log(doctorUsage)
  if (endpoint === undefined || values.origin === undefined)
    throw new Error(values.json ? 'doctor needs an endpoint and --origin.' : doctorUsage)
  for (const url of [endpoint, values.origin]) checkUrl(url)

  const { route, meta, file, type, json } = values
  const headers = Object.fromEntries(values.header.map(parseHeader))
  const target: DoctorTarget = {
    endpoint,
    origin: new URL(values.origin).origin,
    headers,
    bytes:
      file === undefined ? Uint8Array.from(Buffer.from(onePixelPngBase64, 'base64')) : await readFile(file),
    file: {
      name: file === undefined ? 'putaway-doctor.png' : basename(file),
      type,
      ...(route !== undefined && { route }),
      ...(meta !== undefined && { meta: parseMetaOption(meta) }),
    },
  }
  const secrets = findSecrets(headers)
  const useColor = wantsColor()
  const findings: Finding[] = []
  for await (const finding of runChecksSafely(target)) {
    findings.push(finding)
    if (!json) console.log(formatFinding(finding, secrets, useColor))
  }
  const count = (verdict: Finding['verdict']) =>
    findings.filter((finding) => finding.verdict === verdict).length
  const warnings = count('warned')
  console.log(
    json
      ? formatJson(findings, target, secrets)
      : `\n${count('passed')} passed, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}, ${count('failed')} failed`,
  )
  if (count('failed') > 0) process.exitCode = 1
}

/** Runs the checks. If a check throws, yields the error as a finding, so that the earlier findings are not lost. */
async function* runChecksSafely(target: DoctorTarget): AsyncGenerator<Finding> {
  try {
    yield* runChecks(target)
  } catch (thrown) {
    yield failed('doctor', `a check stopped: ${thrown instanceof Error ? thrown.message : String(thrown)}`, [
      'Check the endpoint and the options. If they are right, this is a defect of doctor: report it.',
    ])
  }
}

function checkUrl(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url && (url.username !== '' || url.password !== ''))
    throw new Error("A URL must not contain a password. Use --header 'authorization: …'.")
  if (!url || !/^https?:$/.test(url.protocol))
    throw new Error(`${text} is not a URL. Write it as https://your.app/api/uploads`)
}

function parseMetaOption(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error('--meta is not JSON. Write it as --meta \'{"album":1}\'')
  }
}

/**
 * Returns the texts that doctor must not print: the values of `--header`, and the long words in them, because a response
 * may contain only the token of a header.
 */
const findSecrets = (headers: Readonly<Record<string, string>>): string[] =>
  Object.values(headers).flatMap((value) => [
    value,
    ...value.split(/[;,\s=]+/).filter((word) => word.length >= 8),
  ])

function wantsColor(): boolean {
  const { NO_COLOR = '', FORCE_COLOR } = process.env
  if (NO_COLOR !== '') return false
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0'
  return process.stdout.isTTY && process.stdout.hasColors()
}

function parseHeader(text: string): [string, string] {
  const [name = '', ...value] = text.split(':')
  if (name.trim() === '' || value.length === 0)
    throw new Error(`--header '${name}' has no value. Write it as 'name: value'.`)
  return [name.trim(), value.join(':').trim()]
}

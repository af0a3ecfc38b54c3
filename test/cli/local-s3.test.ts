import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { printable, printableLines } from '../../src/cli/printable.ts'

const children = new Set<ChildProcess>()
const folders = new Set<string>()
afterEach(async () => {
  for (const child of children) await stop(child)
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
})

async function stop(child: ChildProcess) {
  children.delete(child)
  if (child.exitCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit')
}

/** Runs `npx putaway local-s3`; `output` returns everything printed so far. */
async function start(args: string[] = [], env: Record<string, string> = {}) {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', 'src/cli/index.ts', 'local-s3', '--port', '0', ...args],
    {
      env: { ...process.env, S3_ACCESS_KEY_ID: undefined, S3_SECRET_ACCESS_KEY: undefined, ...env },
    },
  )
  children.add(child)
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  await vi.waitFor(() => expect(output).toMatch(/# buckets: .*\n/), { timeout: 20_000 })
  const value = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(output)?.[1] ?? ''
  const credentials = {
    accessKeyId: value('S3_ACCESS_KEY_ID'),
    secretAccessKey: value('S3_SECRET_ACCESS_KEY'),
  }
  const client = new S3Client({
    endpoint: value('S3_ENDPOINT'),
    region: value('S3_REGION'),
    credentials,
    forcePathStyle: true,
    maxAttempts: 1,
  })
  return { child, client, credentials: { ...credentials }, output: () => output }
}

/** Characters that a terminal interprets: controls except the line feed, and bidirectional controls. */
const controlCharacters =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/ // oxlint-disable-line no-control-regex -- the pattern matches control characters

const hostile = [
  '\u001b[2J\u001b[31mred',
  '\u001b]0;title\u0007',
  '\u001b]8;;http://evil.example\u001b\\link',
  '\u009b31mC1',
  'over\rwritten',
  'back\b\b\b',
  'a line\nPutObject uploads/forged 200',
  'del\u007f',
  'nul\u0000',
  'bidi\u202egnp.exe',
  'isolate\u2066x\u2069',
  'mark\u200f',
  'separator\u2028next\u2029',
  'lone\ud800',
]

describe('printable', () => {
  test.each(hostile)('%j is printed without control characters', (text) => {
    expect(printable(text)).not.toMatch(controlCharacters)
    expect(printable(text)).not.toContain('\n')
    expect(printableLines(text)).not.toMatch(controlCharacters)
  })

  test('printable keeps file names in any language', () => {
    for (const name of ['사진.png', 'José 2.jpg', '👨‍👩‍👧.gif', 'می‌خواهم.txt', 'שלום', 'a b+c&d'])
      expect(printable(name)).toBe(name)
  })

  test('printable shows the code of each escaped character', () => {
    expect(printable('\u001b[0m\n\u202e')).toBe('\\x1b[0m\\x0a\\u{202e}')
    expect(printableLines('a\u001b\nb')).toBe('a\\x1b\nb')
  })
})

/** Runs a command and returns its complete output. */
const run = (...args: string[]) =>
  new Promise<string>((resolve) => {
    execFile('node_modules/.bin/tsx', ['src/cli/index.ts', ...args], (_error, stdout, stderr) =>
      resolve(stdout + stderr),
    )
  })

describe('doctor and bucket', () => {
  test('doctor escapes control characters in the response of a backend', async () => {
    const text = hostile.slice(0, 6).join(' ')
    const backend = createServer((request, response) => {
      request.resume()
      response.end(JSON.stringify({ error: { code: text, message: text } }))
    }).listen(0, '127.0.0.1')
    await once(backend, 'listening')
    const address = backend.address()
    const port = typeof address === 'object' ? address?.port : 0
    const out = await run('doctor', `http://127.0.0.1:${port}/`, '--origin', `http://127.0.0.1:${port}`)
    backend.close()
    expect(out).toContain('\\x1b[31mred')
    expect(out).not.toMatch(controlCharacters)
  }, 30_000)

  test('every command escapes control characters in its arguments', async () => {
    for (const args of [
      ['bucket', '\u001b[31mname', '--origin', 'https://your.app'],
      ['bucket', 'name', '--origin', '\u001b[31morigin'],
      ['local-s3', '--\u001b[31moption'],
      ['doctor', '\u001b[31mendpoint', '--origin', 'https://your.app'],
    ]) {
      const out = await run(...args)
      expect(out, args[0]).toContain('[31m')
      expect(out, args[0]).not.toMatch(controlCharacters)
    }
  }, 60_000)
})

describe('putaway local-s3', () => {
  test('a key cannot write control characters to the terminal or forge a log line', async () => {
    const { client, output: said } = await start()
    // A lone surrogate has no UTF-8 form, so a key cannot contain it.
    for (const text of hostile.slice(0, -1))
      await client.send(new PutObjectCommand({ Bucket: 'uploads', Key: text, Body: 'x' }))
    await vi.waitFor(() => expect(said().match(/^PutObject uploads\//gm)).toHaveLength(hostile.length - 1))
    expect(said()).not.toMatch(controlCharacters)
    expect(said()).toContain('\\x1b[2J\\x1b[31mred 200')
  }, 30_000)

  test('keys are stored in a directory, and environment variables override them', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'local-s3-cli-'))
    folders.add(directory)
    const first = await start(['--directory', directory])
    await stop(first.child)
    const second = await start(['--directory', directory])
    expect(second.credentials).toEqual(first.credentials)
    await stop(second.child)
    const env = { S3_ACCESS_KEY_ID: 'from-the', S3_SECRET_ACCESS_KEY: 'environment' }
    const third = await start(['--directory', directory], env)
    expect(third.credentials).toEqual({ accessKeyId: 'from-the', secretAccessKey: 'environment' })
  }, 60_000)

  test('warns once about a URL with the checksum of an empty body, and rejects it with --strict-checksums', async () => {
    const lenient = await start()
    const send = async (client: S3Client, Key: string) => {
      const url = await getSignedUrl(client, new PutObjectCommand({ Bucket: 'uploads', Key }))
      expect(url).toContain('x-amz-checksum-crc32=AAAAAA%3D%3D')
      return (await fetch(url, { method: 'PUT', body: 'not empty' })).status
    }
    expect([await send(lenient.client, 'a'), await send(lenient.client, 'b')]).toEqual([200, 200])
    await vi.waitFor(() => expect(lenient.output()).toContain('uploads/b 200'))
    expect(lenient.output().match(/checksum-crc32 of an empty body/g)).toHaveLength(1)
    expect(lenient.output()).not.toContain('X-Amz-Signature')
    const strict = await start(['--strict-checksums'])
    expect(await send(strict.client, 'a')).toBe(400)
    await vi.waitFor(() => expect(strict.output()).toContain('uploads/a 400 BadDigest'))
  }, 60_000)
})

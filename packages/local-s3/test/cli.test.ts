import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { afterEach, expect, test, vi } from 'vitest'
import { bundleForNode } from '../../../test/harness/bundle-for-node.ts'
import { newFolder } from './harness/folders.ts'
import { controlCharacters, hostile } from './harness/hostile-text.ts'

const children = new Set<ChildProcess>()
afterEach(async () => {
  for (const child of children) await stop(child)
})

async function stop(child: ChildProcess) {
  children.delete(child)
  if (child.exitCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit')
}

const bin = await bundleForNode(new URL('../src/bin.ts', import.meta.url))

/** Runs `npx local-s3`; `output` returns everything printed so far. */
async function start(args: string[] = [], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [bin, '--port', '0', ...args], {
    env: { ...process.env, S3_ACCESS_KEY_ID: undefined, S3_SECRET_ACCESS_KEY: undefined, ...env },
  })
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
  const directory = await newFolder()
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

test('an error is printed without a stack, and the exit code is 1', async () => {
  const other = await start()
  const port = /^S3_ENDPOINT=.*:(\d+)$/m.exec(other.output())?.[1] ?? ''
  for (const [args, message] of [
    [['--port', port], 'The port is in use. Choose another port'],
    [['--\u001b[31moption'], '\\x1b[31moption'],
  ] as const) {
    const child = spawn(process.execPath, [bin, ...args])
    children.add(child)
    let output = ''
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
    const [code] = await once(child, 'close')
    expect(output).toContain(message)
    expect(output).not.toMatch(controlCharacters)
    expect(output).not.toContain('    at ')
    expect(code).toBe(1)
  }
}, 30_000)

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { bundleForNode } from '../../../test/harness/bundle-for-node.ts'
import { newFolder } from './harness/folders.ts'
import { lockDirectory } from '../src/storage/directory-lock.ts'
import { startLocalS3 } from '../src/index.ts'

let folder: string
beforeEach(async () => void (folder = await newFolder()))

const lockFile = async () => {
  const [name = ''] = (await readdir(folder)).filter((one) => one.startsWith('running.'))
  return join(folder, name)
}

/** Writes a lock file as another process leaves it. */
async function leaveLock(change: object) {
  const lock = await lockDirectory(folder, 'test')
  const path = await lockFile()
  const holder: object = JSON.parse(await readFile(path, 'utf8'))
  await lock.release()
  await writeFile(path, JSON.stringify({ ...holder, ...change }))
}

async function deadProcess() {
  const child = spawn(process.execPath, ['-e', ''])
  await once(child, 'exit')
  return child.pid
}

test('a second server on a directory is rejected with process id, port and start time of the first', async () => {
  const directory = join(folder, 's3')
  const first = await startLocalS3({ directory })
  const alias = join(folder, 'alias')
  await symlink(directory, alias)
  const { port } = new URL(first.endpoint)
  const message = new RegExp(`in use by local-s3 \\(process ${process.pid}, port ${port}, since 20.*Z\\)`)
  await expect(startLocalS3({ directory })).rejects.toThrow(message)
  await expect(startLocalS3({ directory: alias })).rejects.toThrow(message)
  await first.close()
  await (await startLocalS3({ directory: alias })).close()
})

const script = await bundleForNode(new URL('scripts/crash-server.ts', import.meta.url))
const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

/** Starts a server in a process of its own. Resolves with its first line, or with its error output if it ends. */
async function startProcess() {
  const args = [script, folder, 'LOCKTESTACCESSKEY001', 'lock-test-secret-of-no-server']
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  children.push(child)
  let errors = ''
  child.stderr.on('data', (chunk) => (errors += String(chunk)))
  const [output] = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    once(child, 'close').then(() => [errors]),
  ])
  return { child, output: String(output) }
}

test(
  'another live process holds a directory until it is killed, and no process takes it over before',
  { timeout: 60_000 },
  async () => {
    const first = await startProcess()
    expect(first.output).toMatch(/^http:/)
    const { port } = new URL(first.output)
    const message = new RegExp(
      `in use by local-s3 \\(process ${first.child.pid}, port ${port}, since 20.*Z\\)`,
    )
    await expect(startLocalS3({ directory: folder })).rejects.toThrow(message)
    const second = await startProcess()
    expect(second.output).toMatch(message)
    expect((await fetch(first.output)).status).toBe(403)

    first.child.kill('SIGKILL')
    await once(first.child, 'exit')
    expect((await startProcess()).output).toMatch(/^http:/)
  },
)

test('a server that fails to start releases its directory', async () => {
  const first = await startLocalS3()
  const port = Number(new URL(first.endpoint).port)
  await expect(startLocalS3({ directory: folder, port })).rejects.toThrow('EADDRINUSE')
  await expect(startLocalS3({ directory: folder, buckets: ['No'] })).rejects.toThrow()
  await (await startLocalS3({ directory: folder })).close()
  await first.close()
})

test('the lock of an ended process is taken over', async () => {
  await leaveLock({ pid: await deadProcess() })
  await (await lockDirectory(folder, 'test')).release()
})

test('a process with the same id and another start time does not hold the lock', async () => {
  await leaveLock({ processStart: 'long ago' })
  await (await lockDirectory(folder, 'test')).release()
})

test('a silent lock holder on another machine counts as ended', async () => {
  await leaveLock({ host: 'elsewhere' })
  await (await lockDirectory(folder, 'test', 20)).release()
})

test(
  'a lock holder on another machine whose heartbeat goes on keeps the lock',
  { timeout: 20_000 },
  async () => {
    await leaveLock({ host: 'elsewhere' })
    const path = await lockFile()
    const heartbeat = setInterval(() => void utimes(path, new Date(), new Date()), 500)
    await expect(lockDirectory(folder, 'test')).rejects.toThrow('elsewhere')
    clearInterval(heartbeat)
  },
)

test('of twenty servers that find the same stale lock, one gets the directory', async () => {
  await leaveLock({ pid: await deadProcess() })
  const results = await Promise.allSettled(Array.from({ length: 20 }, () => lockDirectory(folder, 'test')))
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  expect(await readdir(folder)).toHaveLength(1)
  for (const result of results) if (result.status === 'fulfilled') await result.value.release()
})

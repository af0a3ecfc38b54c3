import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { S3Client } from '@aws-sdk/client-s3'
import { startLocalS3 } from '../../src/index.ts'
import { createMultipartWriter, createSettingWriters, type DurableWriter } from '../harness/durable-writes.ts'
import { kinds, pairs, readState, runPair, type State } from '../harness/writes.ts'

/**
 * Tests concurrent writes and kill -9: every write that local-s3 acknowledged is stored completely. Stops at the first
 * loss.
 *
 *   tsx packages/local-s3/test/scripts/crash.ts [--rounds 1000] [--kills 100]
 *
 * A round is one pair of writes to one key. A kill ends a server during writes to eight keys, two multipart uploads
 * and the settings of the bucket. The next server on the directory must have the last acknowledged write of each, or
 * the one in progress.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '1000' },
    kills: { type: 'string', default: '100' },
  },
})
const [rounds, kills] = [Number(values.rounds), Number(values.kills)]
const credentials = { accessKeyId: 'CRASHTESTACCESSKEY01', secretAccessKey: 'crash-test-secret-of-no-server' }
const Bucket = 'uploads'
const connect = (endpoint: string) =>
  new S3Client({ endpoint, region: 'us-east-1', credentials, forcePathStyle: true, maxAttempts: 1 })
const progress = (text: string) => process.stderr.write(`\r${text} `)

async function runPairs() {
  const server = await startLocalS3({ credentials })
  const client = connect(server.endpoint)
  for (let round = 0; round < rounds; round += 1) {
    const pair = pairs[round % pairs.length]
    assert(pair)
    await runPair({ client, Bucket, Key: `pair/${round}` }, pair.names, pair.withObject)
    if (round % 20 === 0) progress(`pairs: ${round}/${rounds}`)
  }
  client.destroy()
  await server.close()
}

async function startServer(directory: string) {
  const script = fileURLToPath(new URL('crash-server.ts', import.meta.url))
  const { accessKeyId, secretAccessKey } = credentials
  const args = ['--import', 'tsx', script, directory, accessKeyId, secretAccessKey]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })
  const first: unknown[] = await Promise.race([
    once(lines, 'line'),
    once(child, 'exit').then(() => Promise.reject(new Error('The server did not start.'))),
  ])
  return { child, client: connect(String(first[0])) }
}

/** One key, its last acknowledged state, and the state after the write in progress. */
interface Key {
  name: string
  acknowledged: State
  pending: State | 'none'
}

const names = Object.keys(kinds)
const pick = () => kinds[names[Math.floor(Math.random() * names.length)] ?? 'put'] ?? kinds.put

/** Writes to one key sequentially until the server is killed. */
async function write(client: S3Client, key: Key, child: ChildProcess, acknowledged: () => void) {
  try {
    for (;;) {
      const kind = pick()
      assert(kind)
      const place = { client, Bucket, Key: key.name }
      const one = await kind(place, { etag: '"0123456789abcdef0123456789abcdef"', state: undefined })
      const step = one.apply(key.acknowledged)
      key.pending = step.state
      const result = await one.run()
      assert.equal(result, step.result, `${key.name}: ${one.name} was ${result}`)
      key.acknowledged = step.state
      key.pending = 'none'
      acknowledged()
    }
  } catch (error) {
    if (error instanceof assert.AssertionError || !child.killed) throw error
  }
}

/** Continues a writer until the server is killed. */
async function continueWriter(
  writer: DurableWriter,
  client: S3Client,
  child: ChildProcess,
  acknowledged: () => void,
) {
  try {
    for (;;) {
      await writer.write(client)
      acknowledged()
    }
  } catch (error) {
    if (error instanceof assert.AssertionError || !child.killed) throw error
  }
}

const isSame = (a: State, b: State) => a?.body === b?.body && a?.color === b?.color && a?.tag === b?.tag

async function runKills() {
  const directory = await mkdtemp(join(tmpdir(), 'local-s3-crash-'))
  const keys = Array.from({ length: 8 }, (_, index): Key => ({
    name: `key/${index}`,
    acknowledged: undefined,
    pending: 'none',
  }))
  const durableWriters = [
    ...Array.from({ length: 2 }, (_, index) => createMultipartWriter(Bucket, `parts/${index}`)),
    ...createSettingWriters(Bucket),
  ]
  const counts = { acknowledged: 0, inProgress: 0 }
  for (let round = 0; round <= kills; round += 1) {
    const { child, client } = await startServer(directory)
    for (const key of keys) {
      const state = await readState({ client, Bucket, Key: key.name })
      const isPending = key.pending !== 'none' && isSame(state, key.pending)
      assert(
        isSame(state, key.acknowledged) || isPending,
        `kill ${round}: ${key.name} holds ${JSON.stringify(state)?.slice(0, 200)} instead of the acknowledged state`,
      )
      counts.inProgress += key.pending === 'none' ? 0 : 1
      key.acknowledged = state
      key.pending = 'none'
    }
    for (const writer of durableWriters) {
      const wasPending = await writer.check(client).catch((error: unknown) => {
        throw new Error(`kill ${round} lost a write`, { cause: error })
      })
      counts.inProgress += wasPending ? 1 : 0
    }
    const countAcknowledged = () => (counts.acknowledged += 1)
    const writers = [
      ...keys.map((key) => write(client, key, child, countAcknowledged)),
      ...durableWriters.map((writer) => continueWriter(writer, client, child, countAcknowledged)),
    ]
    // Waits for 32 acknowledged writes, also on a slow machine.
    const enough = counts.acknowledged + 32
    while (counts.acknowledged < enough && child.exitCode === null) await sleep(5)
    await sleep(Math.random() * 50)
    child.kill('SIGKILL')
    await once(child, 'exit')
    await Promise.all(writers)
    client.destroy()
    progress(`kill -9: ${round}/${kills}`)
  }
  const server = await startLocalS3({ directory, credentials })
  await server.close()
  const left = await readdir(join(directory, 'tmp'))
  assert.deepEqual(left, [])
  await rm(directory, { recursive: true })
  return counts
}

const started = performance.now()
await runPairs()
const { acknowledged, inProgress } = await runKills()
const seconds = Math.round((performance.now() - started) / 1000)
console.log(
  `\n${rounds} pairs of writes, each matches an order; ${kills} times kill -9 with ${acknowledged} acknowledged writes and ${inProgress} in progress: 0 lost, 0 partial (${seconds} s)`,
)

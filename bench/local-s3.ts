/**
 * Measures speed and memory of local-s3, next to a server that only reads and drops bytes (the floor), s3rver
 * (bench/package.json), and any other S3: S3_ENDPOINT, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY, and S3_PID for its memory.
 *   npm run bench:storage        GB=5 of the large object, OTHER_GB=1 of it for the other S3
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent, createServer, request as httpRequest, type IncomingMessage } from 'node:http'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'

interface Target {
  name: string
  /** Size of the large object in bytes. */
  large: number
  pid: number | undefined
  url(key: string, method: 'PUT' | 'GET'): Promise<string>
  close(): Promise<void>
}

interface Figures {
  name: string
  inRate: number
  outRate: number
  idle: number
  peak: number
  putSmall: number
  getSmall: number
}

const gigabytes = (name: string, fallback: number) => Number(process.env[name] ?? fallback) * 1e9
const chunk = Buffer.alloc(1024 * 1024, 'putaway ')
const agent = new Agent({ keepAlive: true, maxSockets: 6 })
const [smallCount, smallSize, concurrency] = [500, 200_000, 6]

/** Resident memory of a process in MB; NaN if unknown. */
const memoryOf = (pid: number | undefined) =>
  pid === undefined ? Number.NaN : Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)])) / 1000

async function s3Target(
  name: string,
  endpoint: string,
  credentials: { accessKeyId: string; secretAccessKey: string },
  large: number,
  pid: number | undefined,
  stop: () => void,
): Promise<Target> {
  const Bucket = `bench-${process.pid}`
  const client = new S3Client({
    endpoint,
    region: 'us-east-1',
    credentials,
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
  })
  await client.send(new CreateBucketCommand({ Bucket }))
  const keys = new Set<string>()
  return {
    name,
    large,
    pid,
    url(Key, method) {
      keys.add(Key)
      return getSignedUrl(
        client,
        method === 'PUT' ? new PutObjectCommand({ Bucket, Key }) : new GetObjectCommand({ Bucket, Key }),
      )
    },
    async close() {
      for (const Key of keys) await client.send(new DeleteObjectCommand({ Bucket, Key }))
      await client.send(new DeleteBucketCommand({ Bucket }))
      stop()
    },
  }
}

/** Starts local-s3 in a separate process, to measure only its memory. */
async function localTarget() {
  const cli = fileURLToPath(new URL('../packages/local-s3/src/bin.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', cli, '--port', '0', '--quiet'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const found = new Map<string, string>()
  for await (const line of createInterface(child.stdout)) {
    const [name = '', value = ''] = line.split('=')
    found.set(name, value)
    if (name === 'S3_REGION') break
  }
  const credentials = {
    accessKeyId: found.get('S3_ACCESS_KEY_ID') ?? '',
    secretAccessKey: found.get('S3_SECRET_ACCESS_KEY') ?? '',
  }
  return s3Target(
    'local-s3',
    found.get('S3_ENDPOINT') ?? '',
    credentials,
    gigabytes('GB', 5),
    child.pid,
    () => child.kill(),
  )
}

/** The most used npm package. It verifies nothing. */
async function s3rverTarget() {
  const child = spawn(process.execPath, [fileURLToPath(new URL('s3rver.mjs', import.meta.url))], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  for await (const line of createInterface(child.stdout)) {
    const credentials = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' }
    const stop = () => child.kill()
    return s3Target(
      's3rver',
      `http://127.0.0.1:${line}`,
      credentials,
      gigabytes('OTHER_GB', 1),
      child.pid,
      stop,
    )
  }
  throw new Error('s3rver did not start.')
}

/** The cost of HTTP in Node without S3: reads and drops bytes, and writes one buffer repeatedly. */
async function floorTarget(): Promise<Target> {
  const large = gigabytes('GB', 5)
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      if (request.method === 'PUT') return response.end()
      const size = request.url?.startsWith('/small') ? smallSize : large
      response.setHeader('content-length', size)
      return void pipeline(Readable.from(bytes(size)), response)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  const close = () => new Promise<void>((resolve) => void server.close(() => resolve()))
  return {
    name: 'floor: HTTP only',
    large,
    pid: undefined,
    url: (key) => Promise.resolve(`http://127.0.0.1:${port}/${key}`),
    close,
  }
}

function* bytes(size: number) {
  for (let left = size; left > 0; left -= chunk.length)
    yield left < chunk.length ? chunk.subarray(0, left) : chunk
}

async function transfer(url: string, size: number | undefined) {
  const headers = size === undefined ? {} : { 'content-length': size }
  const request = httpRequest(url, { agent, method: size === undefined ? 'GET' : 'PUT', headers })
  const answered = once(request, 'response') as Promise<[IncomingMessage]>
  await pipeline(Readable.from(size === undefined ? [] : bytes(size)), request)
  const [response] = await answered
  let received = 0
  for await (const part of response as AsyncIterable<Buffer>) received += part.length
  if (response.statusCode !== 200) throw new Error(`${response.statusCode} from ${new URL(url).pathname}`)
  return received
}

async function seconds(work: () => Promise<unknown>) {
  const started = performance.now()
  await work()
  return (performance.now() - started) / 1000
}

async function manySmall(target: Target, method: 'PUT' | 'GET') {
  const urls = await Promise.all(
    Array.from({ length: smallCount }, (_, index) => target.url(`small/${index}`, method)),
  )
  const next = urls.values()
  const worker = async () => {
    for (const url of next) await transfer(url, method === 'PUT' ? smallSize : undefined)
  }
  return seconds(() => Promise.all(Array.from({ length: concurrency }, worker)))
}

async function measure(target: Target): Promise<Figures> {
  console.error(`${target.name}: ${target.large / 1e9} GB in and out, ${smallCount} x ${smallSize / 1000} kB`)
  const idle = memoryOf(target.pid)
  let peak = idle
  const sampler = setInterval(() => (peak = Math.max(peak, memoryOf(target.pid))), 200)
  const put = await target.url('large', 'PUT')
  const inRate = target.large / 1e6 / (await seconds(() => transfer(put, target.large)))
  const get = await target.url('large', 'GET')
  let received = 0
  const outRate =
    target.large / 1e6 / (await seconds(async () => (received = await transfer(get, undefined))))
  if (received !== target.large)
    throw new Error(`${target.name} gave ${received} of ${target.large} bytes back`)
  const [putSmall, getSmall] = [await manySmall(target, 'PUT'), await manySmall(target, 'GET')]
  clearInterval(sampler)
  await target.close()
  return { name: target.name, inRate, outRate, idle, peak, putSmall, getSmall }
}

const all: Figures[] = []
for (const target of [floorTarget, localTarget, s3rverTarget]) all.push(await measure(await target()))
const { S3_ENDPOINT, S3_ACCESS_KEY_ID = '', S3_SECRET_ACCESS_KEY = '', S3_PID } = process.env
if (S3_ENDPOINT) {
  const credentials = { accessKeyId: S3_ACCESS_KEY_ID, secretAccessKey: S3_SECRET_ACCESS_KEY }
  const pid = S3_PID ? Number(S3_PID) : undefined
  all.push(
    await measure(
      await s3Target(S3_ENDPOINT, S3_ENDPOINT, credentials, gigabytes('OTHER_GB', 1), pid, () => undefined),
    ),
  )
}
agent.destroy()

const local = all[1]
if (local) {
  const ratio = (value: number, of: number) => `${(value / of).toFixed(2)}x`
  console.log('Times as ratios to local-s3 in the same run; more is faster.')
  console.log('| | large in | large out | 500 small in | 500 small out | memory idle | memory peak |')
  console.log('|---|---|---|---|---|---|---|')
  for (const one of all) {
    const memory = [one.idle, one.peak].map((value) => (Number.isNaN(value) ? '' : `${value.toFixed(0)} MB`))
    console.log(
      `| ${one.name} | ${ratio(one.inRate, local.inRate)} (${one.inRate.toFixed(0)} MB/s) | ${ratio(one.outRate, local.outRate)} (${one.outRate.toFixed(0)} MB/s) | ${ratio(local.putSmall, one.putSmall)} (${one.putSmall.toFixed(2)} s) | ${ratio(local.getSmall, one.getSmall)} (${one.getSmall.toFixed(2)} s) | ${memory.join(' | ')} |`,
    )
  }
}

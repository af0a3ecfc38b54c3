/**
 * Measures what 100 images cost the server of contract 1: sent from the client directly to storage, and sent through
 * the server, by multer and as a stream. Client, server and storage are separate processes.
 *
 *   npx tsx examples/measure-direct-vs-through.ts
 */
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { subscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import { arch, cpus, platform } from 'node:os'
import { fileURLToPath } from 'node:url'
import express from 'express'
import { startLocalS3 } from 'local-s3'
import { Bucket, createApi } from './1-presigned-put/api.ts'
import { addThrough } from './1-presigned-put/through.ts'
import type { Chat } from './shared/server/chat.ts'
import { maxImages } from './shared/server/images.ts'
import { openStorage } from './shared/server/storage.ts'

const count = 100
const size = 1_500_000
const connections = 6
const rounds = 3

interface Spent {
  /** Milliseconds of CPU time. */
  readonly cpu: number
  /** Peak memory in bytes above the value before the first request. */
  readonly memory: number
  /** Bytes received and sent on all its connections. */
  readonly traffic: number
}

interface Way {
  upload(url: string): Promise<string>
  send(url: string, images: readonly string[]): Promise<unknown>
}

const roles = { storage: beStorage, server: beServer }
const role = process.argv[2]
await (role === 'storage' || role === 'server' ? roles[role]() : measure())

async function beStorage() {
  const { endpoint, region, credentials } = await startLocalS3({ buckets: [] })
  process.send?.({
    S3_ENDPOINT: endpoint,
    S3_REGION: region,
    S3_ACCESS_KEY_ID: credentials.accessKeyId,
    S3_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  })
}

async function beServer() {
  const sockets = new Set<Socket>()
  subscribe('net.client.socket', (message) => {
    const { socket } = message as { socket: unknown } // https://nodejs.org/api/diagnostics_channel.html
    if (socket instanceof Socket) sockets.add(socket)
  })
  const storage = await openStorage(Bucket)
  // The database is a separate process in production.
  const chat: Chat = {
    addImage: async () => {},
    removeImage: async () => true,
    send: async () => {},
    messages: async () => [],
  }
  const app = express()
  addThrough(app, storage, chat)
  app.use(createApi(storage, chat))
  const server = createServer(app).on('connection', (socket) => sockets.add(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  const traffic = () =>
    [...sockets].reduce((sum, { bytesRead, bytesWritten }) => sum + bytesRead + bytesWritten, 0)
  let before = { cpu: process.cpuUsage(), traffic: 0 }
  const idle = process.memoryUsage().rss
  let peak = 0
  setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 10)
  process.on('message', (message) => {
    if (message === 'begin') {
      before = { cpu: process.cpuUsage(), traffic: traffic() }
      return process.send?.('begun')
    }
    const { user, system } = process.cpuUsage(before.cpu)
    const cpu = (user + system) / 1000
    return process.send?.({ cpu, memory: peak - idle, traffic: traffic() - before.traffic })
  })
  process.send?.((server.address() as AddressInfo).port) // it listens on a port
}

async function measure() {
  const [storage, settings] = await start<NodeJS.ProcessEnv>('storage', {})
  const image = new Blob([randomBytes(size)], { type: 'image/jpeg' })
  const cookie = `user=${randomUUID()}`

  const ask = async (url: string, path: string, body: object) => {
    const headers = { 'content-type': 'application/json', cookie }
    const response = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) })
    if (!response.ok) throw new Error(`${path} answered ${response.status}.`)
    return (await response.json()) as { presignedUrl?: string; fileName?: string }
  }
  const ways: Record<string, Way> = {
    direct: {
      async upload(url) {
        const { presignedUrl, fileName = '' } = await ask(url, '/api/images/presigned', {
          contentType: image.type,
        })
        await succeed(fetch(presignedUrl ?? '', { method: 'PUT', body: image }))
        return fileName
      },
      send: (url, images) => ask(url, '/api/messages', { text: 'direct', images }),
    },
    'through, multer': {
      async upload(url) {
        const body = new FormData()
        body.append('image', image, 'image.jpg')
        return keyIn(
          await succeed(fetch(`${url}/through/multer`, { method: 'POST', headers: { cookie }, body })),
        )
      },
      send: (url, images) => ask(url, '/through/messages', { text: 'multer', images }),
    },
    'through, stream': {
      async upload(url) {
        const headers = { cookie }
        return keyIn(await succeed(fetch(`${url}/through/stream`, { method: 'PUT', headers, body: image })))
      },
      send: (url, images) => ask(url, '/through/messages', { text: 'stream', images }),
    },
  }

  console.log(`\n${count} images of ${size / 1e6} MB, ${connections} at once, median of ${rounds} rounds`)
  const [processor] = cpus()
  const day = new Date().toISOString().slice(0, 10)
  const machine = `${processor?.model.trim()}, ${cpus().length} cores, ${platform()} ${arch()}`
  console.log(`${day}, ${machine}, Node ${process.versions.node}, all on loopback\n`)
  console.log('| 100 images      | server CPU | server memory | server traffic |   time |')
  console.log('| --------------- | ---------: | ------------: | -------------: | -----: |')
  for (const [name, way] of Object.entries(ways)) {
    // A separate, warmed-up server for each way, because a process does not return memory to the system.
    const [server, port] = await start<number>('server', settings)
    const url = `http://127.0.0.1:${port}`
    await all(way, url, 10)
    const spent: (Spent & { readonly time: number })[] = []
    for (let round = 0; round < rounds; round += 1) {
      await say(server, 'begin')
      const began = performance.now()
      await all(way, url, count)
      const time = performance.now() - began
      spent.push({ ...(await say<Spent>(server, 'end')), time })
    }
    const of = (key: keyof (typeof spent)[number]) => median(spent.map((each) => each[key]))
    // A process keeps its memory, so only the first round shows the growth.
    const memory = Math.max(...spent.map((each) => each.memory))
    const cells = [
      name.padEnd(15),
      `${(of('cpu') / 1000).toFixed(2)} s`.padStart(10),
      `${(memory / 1e6).toFixed(0)} MB`.padStart(13),
      `${(of('traffic') / 1e6).toFixed(1)} MB`.padStart(14),
      `${(of('time') / 1000).toFixed(1)} s`.padStart(6),
    ]
    console.log(`| ${cells.join(' | ')} |`)
    server.kill()
  }
  storage.kill()
}

async function start<Ready>(name: keyof typeof roles, settings: NodeJS.ProcessEnv) {
  const child = fork(fileURLToPath(import.meta.url), [name], {
    env: { ...process.env, NODE_NO_WARNINGS: '1', ...settings },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const [ready] = await once(child, 'message')
  return [child, ready as Ready] as const // the first message of each role
}

async function say<Answer = string>(child: ChildProcess, message: string): Promise<Answer> {
  const answer = once(child, 'message')
  child.send(message)
  return (await answer)[0] as Answer // the answer of beServer
}

/** Sends as browsers do: a few concurrent uploads, the next one when one is done, and one message for every few. */
async function all({ upload, send }: Way, url: string, images: number) {
  let left = images
  let uploaded: string[] = []
  const lane = async () => {
    while (left > 0) {
      left -= 1
      uploaded.push(await upload(url))
      if (uploaded.length < maxImages) continue
      const sent = uploaded
      uploaded = []
      await send(url, sent)
    }
  }
  await Promise.all(Array.from({ length: connections }, lane))
}

async function succeed(answer: Promise<Response>) {
  const response = await answer
  const text = await response.text()
  if (!response.ok) throw new Error(`${response.status}: ${text.slice(0, 200)}`)
  return text
}

function keyIn(json: string): string {
  return (JSON.parse(json) as { key: string }).key // the response of through.ts
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0
}

import { fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { startLocalS3 } from 'local-s3'
import { checksumOf } from '../../packages/local-s3/src/checksums/checksums.ts'
import type { WireAnswers } from '../../src/protocol/wire.ts'
import type * as Server from '../../src/server/index.ts'
import { sendToParent } from '../harness/send-to-parent.ts'

/**
 * Measures a confirm on the server: time until the response with 20 ms to storage and back, requests to storage, and CPU
 * time of the server for each file. local-s3 runs in another process.
 *   npm run bench:confirm -- --from . --from ../main    measures the servers of several folders in alternation
 */
const { values } = parseArgs({
  options: {
    from: { type: 'string', multiple: true, default: ['.'] },
    storage: { type: 'boolean', default: false },
  },
})
const roundTripMs = 20
const filesPerBatch = 50
const rounds = 5

interface Access {
  readonly endpoint: string
  readonly region: string
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
}

if (values.storage) {
  const { endpoint, region, credentials } = await startLocalS3()
  await sendToParent({ endpoint, region, credentials } satisfies Access)
} else {
  const storageProcess = fork(fileURLToPath(import.meta.url), ['--storage'])
  // The other process sends its access as its only message.
  const [access] = (await once(storageProcess, 'message')) as [Access]
  for (const size of [200_000, 1_000_000]) await compare(access, size)
  storageProcess.kill()
  process.exit()
}

/** Measures all servers in alternation, because the load of the machine changes. */
async function compare(access: Access, size: number): Promise<void> {
  const servers = await Promise.all(values.from.map((folder) => startServer(folder, access, size)))
  for (let round = 0; round < rounds + 2; round += 1) {
    // The first rounds load packages, open connections, and let V8 compile.
    for (const server of servers) await server.measure(round >= 2)
  }
  for (const [index, { report }] of servers.entries()) {
    console.log(`${size / 1000} kB, ${values.from[index]}: ${report()}`)
  }
}

async function startServer(folder: string, { endpoint, region, credentials }: Access, size: number) {
  const serverUrl = pathToFileURL(resolve(folder, 'src/server/index.ts')).href
  // The module of the other folder has the same exports.
  const { createUploadHandler, route, s3Storage } = (await import(serverUrl)) as typeof Server
  const methods: string[] = []
  let delayMs = 0
  const storage = s3Storage({
    endpoint,
    region,
    credentials,
    bucket: 'uploads',
    fetch: async (url, init) => {
      methods.push(init.method ?? 'GET')
      if (delayMs > 0) await wait(delayMs)
      return fetch(url, init)
    },
  })
  const rules = {
    accept: 'image/*',
    maxSize: '20MB',
    strategy: 'put',
    authorize: () => ({ id: 'anna' }),
  } as const
  const secret = 'a secret that only this measurement uses'
  const handler = createUploadHandler({ storage, secret, routes: { photos: route(rules) } })
  const call = async <Type extends keyof WireAnswers>(body: { type: Type; [field: string]: unknown }) => {
    const headers = { 'content-type': 'application/json' }
    const request = new Request('http://app.test/', { method: 'POST', body: JSON.stringify(body), headers })
    // The handler answers with the type of the call.
    return (await (await handler(request)).json()) as WireAnswers[Type]
  }
  const bytes = pngOf(size)
  const checksum = { algorithm: 'CRC64NVME', value: checksumOf('CRC64NVME', bytes) }

  const upload = async (count: number) => {
    const file = { name: 'cat.png', size, type: 'image/png' }
    const files = Array.from({ length: count }, (_, index) => ({ id: `f${index}`, ...file }))
    const { tickets } = await call({ type: 'presign', files })
    const receipts: object[] = []
    for (const answer of tickets) {
      if (!('ticket' in answer) || answer.ticket.kind !== 'put') throw new Error(JSON.stringify(answer))
      const { url, headers, token } = answer.ticket
      const response = await fetch(url, { method: 'PUT', ...(headers && { headers }), body: bytes })
      if (!response.ok) throw new Error(`The upload failed: ${response.status}`)
      receipts.push({ id: answer.id, token, checksum })
    }
    await wait(100)
    return receipts
  }
  const confirm = async (receipts: object[]) => {
    const startedAt = performance.now()
    const { results } = await call({ type: 'confirm', receipts })
    const failed = results.find((each) => 'error' in each)
    if (failed) throw new Error(JSON.stringify(failed))
    return performance.now() - startedAt
  }

  const responseTimes: number[] = []
  const cpuTimes: number[] = []
  return {
    async measure(counts: boolean) {
      const [one, batch] = [await upload(1), await upload(filesPerBatch)]
      delayMs = roundTripMs
      const responseTime = await confirm(one)
      await wait(100)
      delayMs = 0
      methods.length = 0
      const startedAt = process.cpuUsage()
      await confirm(batch)
      await wait(100)
      const { user, system } = process.cpuUsage(startedAt)
      if (!counts) return
      responseTimes.push(responseTime)
      cpuTimes.push((user + system) / 1000 / filesPerBatch)
    },
    report() {
      const times = `response after ${best(responseTimes)} ms, ${best(cpuTimes)} ms CPU a file`
      const requests = ['GET', 'HEAD', 'PUT', 'DELETE'].map(
        (method) => `${method} ${methods.filter((each) => each === method).length / filesPerBatch}`,
      )
      return `${times}, ${methods.length / filesPerBatch} requests (${requests.join(', ')})`
    },
  }
}

function wait(ms: number): Promise<void> {
  return new Promise((resolveWait) => setTimeout(resolveWait, ms))
}

/** The best and the median, because other processes make a measurement only longer. */
function best(numbers: readonly number[]): string {
  const sorted = numbers.toSorted((one, other) => one - other)
  return `${sorted[0]?.toFixed(1)} (median ${sorted[Math.floor(sorted.length / 2)]?.toFixed(1)})`
}

/** A PNG with one chunk of image data. */
function pngOf(size: number): Buffer<ArrayBuffer> {
  const start = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ', 'base64')
  const chunk = Buffer.alloc(8)
  chunk.writeUInt32BE(size - start.length - 12)
  chunk.write('IDAT', 4)
  return Buffer.concat([start, chunk, randomBytes(size - start.length - chunk.length)])
}

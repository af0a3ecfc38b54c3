import { execFileSync } from 'node:child_process'
import { X509Certificate, createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { deflateSync } from 'node:zlib'
import { chromiumFlags, findChromium } from '../test/harness/chromium.ts'
import { openBrowser } from './browser.ts'
import type { Tab } from './browser.ts'
import type { Line } from './link.ts'
import { pageOf, urlOptionsOf } from './pages.ts'
import type { Contestant, Preparer } from './pages.ts'
import type { Faults } from './light.ts'
import { openNetwork } from './networks.ts'
import type { NetworkName } from './networks.ts'
import { hosts } from './place.ts'
import type { Place } from './place.ts'
import { startChild } from './process.ts'
import type { Asked } from './storage.ts'

export interface Visit {
  contestant: Contestant | Preparer
  line: Line
  files: string[]
  place: Place
  list?: boolean
  /** Milliseconds between pointing at the page and choosing files, as users need them. Default: 1200. */
  rest?: number
  faults?: Faults | undefined
}

export interface Outcome {
  ms: number
  confirmed: number
  /** Epoch ms. */
  t0: number
}

export interface Watched {
  added: number
  blocked: number
  shown: number
  fps: number
  laterTasks: number
  longestLater: number
  rows: number
  /** Number of React commits. */
  commits: number
}

export interface Requests {
  path: string
  from: number
  to: number
}

/** Requests that the servers counted: by S3 operation, and by type of backend call. */
export interface Counts {
  storage: Record<string, number>
  backend: Record<string, number>
}

/** Total CPU milliseconds by process. */
export type Cpu = Record<'browser' | 'page' | 'backend' | 'storage' | 'line' | 'machine' | 'idle', number>

export type Stage = Awaited<ReturnType<typeof openStage>>

export interface AskedOfBackend {
  what: string
  at: number
  milliseconds: number
  files: number
}

interface StorageAbout {
  ports: { strict: number; sink: number; plain: number }
  region: string
  credentials: object
}

/** Starts the line, storage, backend and a browser, each in a separate process. */
export async function openStage(dist: string, pages: string, networkName: NetworkName) {
  const network = await openNetwork(networkName)
  const text = execFileSync(process.execPath, [
    fileURLToPath(new URL('certificate.mjs', import.meta.url)),
    ...Object.values(hosts),
  ]).toString()
  const { cert } = JSON.parse(text) as { cert: string }
  const env = { BENCH_DIST: dist, BENCH_CERTIFICATE: text, BENCH_ADDRESS: network.serverAddress }
  const storage = await startChild('storage.ts', env, network.onServerSide)
  const { ports, region, credentials } = await storage.ask<StorageAbout>('about')
  const settings = { endpoint: `http://127.0.0.1:${ports.plain}`, region, credentials, pages }
  const backend = await startChild(
    'backend.ts',
    { ...env, BENCH_BACKEND: JSON.stringify(settings) },
    network.onServerSide,
  )
  const sinkClient = await startChild('sink-client.ts', {}, network.onBrowserSide)
  const { ports: own } = await backend.ask<{ ports: Record<'app' | 'light' | 'lightH2', number> }>('about')
  const [app, light, lightH2, strict, plainSink, slowSink] = await network.open([
    ...[own.app, own.light, own.lightH2, ports.strict].map((target) => ({ target, slowStart: true })),
    { target: ports.sink, slowStart: false },
    { target: ports.sink, slowStart: true },
  ])
  const spki = new X509Certificate(cert).publicKey.export({ type: 'spki', format: 'der' })
  const browser = await openBrowser(
    [...network.onBrowserSide, await findChromium()],
    [
      ...chromiumFlags,
      '--enable-precise-memory-info',
      `--ignore-certificate-errors-spki-list=${createHash('sha256').update(spki).digest('base64')}`,
      `--host-resolver-rules=${[
        `MAP ${hosts.app}:443 ${network.address}:${app}`,
        `MAP ${hosts.light}:443 ${network.address}:${light}`,
        `MAP ${hosts.lightB}:443 ${network.address}:${light}`,
        `MAP ${hosts.lightH2}:443 ${network.address}:${lightH2}`,
        `MAP ${hosts.strict}:443 ${network.address}:${strict}`,
      ].join(',')}`,
    ],
  )
  const folder = await mkdtemp(join(tmpdir(), 'putaway-bench-files-'))

  /** Requests to the servers since the files were chosen; times are epoch ms. */
  async function asked() {
    const [strictly, { light: lightly, ...rest }] = await Promise.all([
      storage.ask<Asked[]>('asked'),
      backend.ask<{ counts: Record<string, number>; asked: AskedOfBackend[]; light: Asked[] }>('asked'),
    ])
    return { counts: rest.counts, atBackend: rest.asked, atStorage: [...strictly, ...lightly] }
  }

  async function counts(): Promise<Counts> {
    const { counts: ofBackend, atStorage } = await asked()
    const operations: Record<string, number> = {}
    for (const { operation } of atStorage) operations[operation] = (operations[operation] ?? 0) + 1
    return { storage: operations, backend: ofBackend }
  }

  /** A visit with an empty cache: opens the page, rests the pointer on it, and chooses files. */
  async function visit<T>(
    { contestant, line, files, place, list = false, rest = 1200, faults = { share: 0, seed: 1 } }: Visit,
    then: (tab: Tab) => Promise<T>,
  ): Promise<T> {
    // The page loads over a fast line, because its load time is not measured.
    await network.shape({ rtt: 4, rate: 1e9 })
    await Promise.all([storage.ask('reset'), backend.ask('reset', faults)])
    const tab = await browser.openTab((problem) => console.error(`${contestant}: ${problem}`))
    try {
      await tab.send('Performance.enable')
      const query = new URLSearchParams({
        place,
        ...(list && { list: '' }),
        ...urlOptionsOf(contestant),
      })
      await tab.goto(`https://${hosts.app}/${pageOf(contestant)}?${query}`)
      await tab.setFiles('#files', files)
      await network.shape(line)
      // Counts from here: connections and requests made in advance belong to the upload.
      await tab.point('#root')
      await tab.point('#root button')
      await sleep(rest)
      await tab.send('HeapProfiler.collectGarbage')
      return await then(tab)
    } finally {
      await tab.close()
    }
  }

  async function cpu(): Promise<Cpu> {
    const usages = [backend.ask<NodeJS.CpuUsage>('cpu'), storage.ask<NodeJS.CpuUsage>('cpu'), network.cpu()]
    const children = usages.map(async (usage) => {
      const { user, system: kernel } = await usage
      return (user + kernel) / 1000
    })
    const { processInfo } = await browser.send('SystemInfo.getProcessInfo')
    const sum = (isPage: boolean) =>
      processInfo
        .filter(({ type }) => (type === 'renderer') === isPage)
        .reduce((total, { cpuTime }) => total + cpuTime * 1000, 0)
    const [ofBackend = 0, ofStorage = 0, ofLine = 0] = await Promise.all(children)
    let [machine, idle] = [0, 0]
    for (const { times } of cpus()) {
      machine += times.user + times.nice + times.sys + times.irq
      idle += times.idle
    }
    const ofBrowser = { browser: sum(false), page: sum(true) }
    return { ...ofBrowser, backend: ofBackend, storage: ofStorage, line: ofLine, machine, idle }
  }

  /** Processes of pages, which also run the workers of a page. */
  async function pageProcesses(): Promise<number[]> {
    const { processInfo } = await browser.send('SystemInfo.getProcessInfo')
    return processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id)
  }

  return {
    visit,
    pageProcesses,
    trace: browser.trace,
    cpu,
    counts,
    asked,
    /** Number and bytes of the objects at their final keys. */
    stored: (place: Place) => backend.ask<{ count: number; bytes: number }>('stored', place),

    /** Image files on disk: a small PNG, followed by noise that decoders ignore. */
    async makeFiles(count: number, size: number): Promise<string[]> {
      const png = smallPng()
      return Promise.all(
        Array.from({ length: count }, async (_, index) => {
          const path = join(folder, `${size}-${String(index).padStart(4, '0')}.png`)
          const bytes = Buffer.alloc(size, `${index} noise `)
          png.copy(bytes)
          await writeFile(path, bytes)
          return path
        }),
      )
    },

    /**
     * Time of the line without HTTP: three round trips and the bytes. `cold`: with slow start, as in a TCP connection
     * that has sent nothing yet. `plain`: without it, where the network has such connections.
     */
    async raw(line: Line, bytes: number, connections: number) {
      await network.shape(line)
      const measure = (port = 0) =>
        sinkClient.ask<{ ms: number; rtt: number }>('transfer', {
          address: network.address,
          port,
          bytes,
          connections,
        })
      return {
        plain: network.hasPlainConnections ? await measure(plainSink) : undefined,
        cold: await measure(slowSink),
      }
    },

    async close() {
      await browser.close()
      for (const child of [sinkClient, backend, storage]) child.stop()
      network.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** 32 x 32 pixels of one colour. */
function smallPng() {
  const part = (type: string, body: Buffer) => {
    const bytes = Buffer.concat([Buffer.from(type), body])
    const frame = Buffer.alloc(8)
    frame.writeUInt32BE(body.length, 0)
    frame.writeUInt32BE(crc32(bytes), 4)
    return Buffer.concat([frame.subarray(0, 4), bytes, frame.subarray(4)])
  }
  const header = Buffer.from([0, 0, 0, 32, 0, 0, 0, 32, 8, 2, 0, 0, 0])
  const pixels = Buffer.alloc(32 * (1 + 32 * 3), 0x80)
  for (let row = 0; row < 32; row++) pixels[row * 97] = 0
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    part('IHDR', header),
    part('IDAT', deflateSync(pixels)),
    part('IEND', Buffer.alloc(0)),
  ])
}

function crc32(bytes: Buffer) {
  let crc = ~0
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return ~crc >>> 0
}

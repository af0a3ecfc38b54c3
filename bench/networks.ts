import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Line, Opening } from './link.ts'
import { startChild } from './process.ts'

/** The slow line between the browser and the servers. */
export interface Network {
  /** Command in front of a program that runs on the side of the servers, and on the side of the browser. */
  readonly onServerSide: readonly string[]
  readonly onBrowserSide: readonly string[]
  /** Address where the servers listen. */
  readonly serverAddress: string
  /** Address where the browser finds the ports of `open`. */
  readonly address: string
  /** Whether a connection can be without slow start, as the floor assumes. */
  readonly hasPlainConnections: boolean
  /** Port for each target. */
  open(targets: readonly Opening[]): Promise<number[]>
  shape(line: Line): Promise<unknown>
  cpu(): Promise<NodeJS.CpuUsage>
  close(): void
}

export const networkNames = ['proxy', 'tcp'] as const
export type NetworkName = (typeof networkNames)[number]

/** A proxy in Node, on every machine. It imitates slow start. */
async function openProxy(): Promise<Network> {
  const link = await startChild('link.ts')
  return {
    onServerSide: [],
    onBrowserSide: [],
    serverAddress: '127.0.0.1',
    address: '127.0.0.1',
    hasPlainConnections: true,
    open: (targets) => link.ask('open', targets),
    shape: (line) => link.ask('shape', line),
    cpu: () => link.ask('cpu'),
    close: () => link.stop(),
  }
}

/** Returns the requirement of two network namespaces that this machine does not meet. */
export function missingForTcp(): string | undefined {
  if (process.platform !== 'linux') return 'Linux'
  if (process.getuid?.() !== 0) return 'root'
  if (!existsSync('/dev/net/tun')) return '/dev/net/tun'
  return ['gcc', 'ip'].find((command) => {
    try {
      execFileSync(command, [command === 'ip' ? '-V' : '--version'], { stdio: 'ignore' })
      return false
    } catch {
      return true
    }
  })
}

/** Runs a command whose parts contain no space. */
const run = (command: string) => {
  const [file = '', ...parts] = command.split(' ')
  execFileSync(file, parts, { stdio: ['ignore', 'ignore', 'inherit'] })
}

/** Linux counts the CPU time of a process in hundredths of a second: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
function cpuOf(pid: number): NodeJS.CpuUsage {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return { user: Number(fields[11]) * 10_000, system: Number(fields[12]) * 10_000 }
}

/** Two network namespaces with a shaper between them, so TCP, its slow start and its losses are the kernel's. */
async function openNamespaces(): Promise<Network> {
  const [client, server] = [`putaway-client-${process.pid}`, `putaway-server-${process.pid}`]
  const [clientAddress, serverAddress] = ['10.99.0.1', '10.99.0.2']
  const folder = mkdtempSync(join(tmpdir(), 'putaway-shaper-'))
  const remove = () => {
    for (const name of [client, server]) if (existsSync(`/var/run/netns/${name}`)) run(`ip netns del ${name}`)
    rmSync(folder, { recursive: true, force: true })
  }
  process.once('exit', remove)
  run(`gcc -O2 -pthread -o ${folder}/shaper ${fileURLToPath(new URL('shaper.c', import.meta.url))}`)
  for (const name of [client, server]) {
    run(`ip netns add ${name}`)
    run(`ip -n ${name} link set lo up`)
  }
  const shaper = spawn(`${folder}/shaper`, [client, server], { stdio: ['pipe', 'pipe', 'inherit'] })
  const answers = createInterface(shaper.stdout)[Symbol.asyncIterator]()
  await answers.next()
  for (const [name, device, own, other] of [
    [client, 'client0', clientAddress, serverAddress],
    [server, 'server0', serverAddress, clientAddress],
  ] as const) {
    run(`ip -n ${name} address add ${own}/32 peer ${other}/32 dev ${device}`)
    run(`ip -n ${name} link set ${device} mtu 1500 txqueuelen 10000 up`)
    // CUBIC is what most systems of users have; the kernel's own choice may be another one.
    run(`ip -n ${name} route change ${other} dev ${device} scope link src ${own} congctl cubic`)
    // Else a new connection starts with the window of an earlier one.
    run(`ip netns exec ${name} sysctl -q -w net.ipv4.tcp_no_metrics_save=1`)
  }
  // Chromium does not count a TUN device as a network, and reports to be offline without another one.
  run(`ip -n ${client} link add idle0 type veth peer name idle1`)
  run(`ip -n ${client} address add 10.98.0.1/24 dev idle0`)
  for (const device of ['idle0', 'idle1']) run(`ip -n ${client} link set ${device} up`)
  run(`ip -n ${client} route add default via 10.98.0.2 dev idle0`)
  // A browser that starts earlier sees ERR_NETWORK_CHANGED.
  await sleep(2500)
  return {
    onServerSide: ['ip', 'netns', 'exec', server],
    onBrowserSide: ['ip', 'netns', 'exec', client],
    serverAddress: '0.0.0.0',
    address: serverAddress,
    hasPlainConnections: false,
    open: async (targets) => targets.map(({ target }) => target),
    async shape({ rtt, rate }) {
      // A queue of 100 ms, as large as a usual router's.
      const queue = Math.max(64_000, Math.round(rate / 80))
      shaper.stdin.write(`set ${Math.round(rate)} ${Math.round(rtt * 500)} ${queue}\n`)
      await answers.next()
    },
    cpu: async () => cpuOf(shaper.pid ?? 0),
    close() {
      shaper.kill()
      remove()
    },
  }
}

/** Opens the line by its name. */
export const openNetwork = (name: NetworkName) => (name === 'tcp' ? openNamespaces() : openProxy())

import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  link,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

/** The process that has a directory. */
interface Holder {
  pid: number
  /** When the system started that process: a later process may get the same id. */
  processStart?: string
  host: string
  /** On Linux, the process namespace: a process id says nothing outside of it. */
  namespace?: string
  /** ISO 8601. */
  since: string
  port?: number
  released?: boolean
}

export interface DirectoryLock {
  /** Adds what becomes known later, for the message that another process gets. */
  update(more: { port: number }): Promise<void>
  release(): Promise<void>
}

const prefix = 'running.'
const heartbeatMs = 1000
/** A holder elsewhere that shows no life for so long is gone. */
const silenceMs = 5000

/**
 * Gives a directory to one process until it releases it or ends, also by kill -9.
 *
 * Locks are numbered files and the highest number holds. A process takes the next number by `link`, which fails where
 * the file exists, so of two that find the same dead holder one wins. The file of a holder that released stays, so
 * that numbers only grow.
 * @param name the program that asks, for the message
 * @throws Error that names the process that has the directory
 */
export async function lockDirectory(directory: string, name: string): Promise<DirectoryLock> {
  await mkdir(directory, { recursive: true })
  const holder: Holder = { ...(await describeProcess(process.pid)), since: new Date().toISOString() }
  for (;;) {
    const highest = Math.max(0, ...(await numbers(directory)))
    const current = highest > 0 ? await readHolder(fileOf(directory, highest)) : undefined
    if (current && !current.released && (await isAlive(current, fileOf(directory, highest))))
      throw new Error(describe(directory, name, current))
    const taken = highest + 1
    if (await take(directory, taken, holder)) return hold(directory, taken, holder)
  }
}

const fileOf = (directory: string, number: number) => join(directory, `${prefix}${number}`)

async function numbers(directory: string) {
  const names = await readdir(directory)
  return names.filter((one) => /^running\.\d+$/.test(one)).map((one) => Number(one.slice(prefix.length)))
}

const readHolder = async (path: string): Promise<Holder | undefined> =>
  readFile(path, 'utf8')
    .then((text): Holder => JSON.parse(text)) // `take` and `update` wrote it whole
    .catch(() => undefined)

/** The file appears with its content, so that a reader never finds half of it. */
async function take(directory: string, number: number, holder: Holder) {
  const draft = await writeDraft(directory, holder)
  const isTaken = await link(draft, fileOf(directory, number)).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      // ENOENT: the process that has the directory swept the draft.
      if (error.code === 'EEXIST' || error.code === 'ENOENT') return false
      throw error
    },
  )
  await rm(draft, { force: true })
  if (!isTaken) return false
  // A slow process may take a number that was swept because a higher one is taken.
  const others = await numbers(directory)
  if (others.some((other) => other > number)) {
    await rm(fileOf(directory, number), { force: true })
    return false
  }
  for (const other of await readdir(directory)) {
    if (other.startsWith(prefix) && other !== `${prefix}${number}`)
      await rm(join(directory, other), { force: true })
  }
  return true
}

async function writeDraft(directory: string, holder: Holder) {
  const draft = join(directory, `${prefix}draft-${randomBytes(8).toString('hex')}`)
  await writeFile(draft, JSON.stringify(holder))
  return draft
}

function hold(directory: string, number: number, holder: Holder): DirectoryLock {
  const path = fileOf(directory, number)
  let held = { ...holder }
  const write = async (next: Holder) => {
    held = next
    await rename(await writeDraft(directory, next), path)
  }
  const heartbeat = setInterval(() => {
    const now = new Date()
    utimes(path, now, now).catch(() => undefined) // a temporary directory may be gone
  }, heartbeatMs)
  heartbeat.unref()
  return {
    update: (more) => write({ ...held, ...more }),
    async release() {
      clearInterval(heartbeat)
      if (!held.released) await write({ ...held, released: true }).catch(() => undefined)
    },
  }
}

function describe(directory: string, name: string, { pid, port, host, since }: Holder) {
  const where = host === hostname() ? '' : ` on ${host}`
  const at = port === undefined ? '' : `, port ${port}`
  return `${directory} is in use by ${name} (process ${pid}${where}${at}, since ${since}). Stop that process, or use another directory.`
}

async function isAlive(holder: Holder, path: string) {
  const here = await describeProcess(process.pid)
  if (holder.host !== here.host || holder.namespace !== here.namespace) return showsLife(path)
  if (!isRunning(holder.pid)) return false
  const { processStart } = await describeProcess(holder.pid)
  return (
    processStart === undefined || holder.processStart === undefined || processStart === holder.processStart
  )
}

/** Whether a holder that this process cannot ask the system about still touches its file. */
async function showsLife(path: string) {
  const touched = () =>
    stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => 0,
    )
  const before = await touched()
  for (let waited = 0; waited < silenceMs; waited += heartbeatMs / 2) {
    await sleep(heartbeatMs / 2)
    if ((await touched()) !== before) return true
  }
  return false
}

function isRunning(pid: number) {
  try {
    return process.kill(pid, 0)
  } catch (thrown) {
    // Another user's process is one too.
    return (thrown as NodeJS.ErrnoException).code === 'EPERM'
  }
}

async function describeProcess(pid: number) {
  const namespace = await readlink('/proc/self/ns/pid').catch(() => undefined)
  const processStart = await startOf(pid)
  return {
    pid,
    host: hostname(),
    ...(namespace !== undefined && { namespace }),
    ...(processStart !== undefined && { processStart }),
  }
}

/** Undefined where the system does not tell, as on Windows: there the id alone must do. */
async function startOf(pid: number): Promise<string | undefined> {
  try {
    if (process.platform === 'linux') {
      const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8')
      const line = await readFile(`/proc/${pid}/stat`, 'utf8')
      // The second field is the program's name in brackets, which may hold spaces; state and start are 3 and 22.
      const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
      return fields[0] === 'Z' ? 'ended' : `${boot.trim()} ${fields[19]}`
    }
    if (process.platform === 'win32') return undefined
    return (await promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)])).stdout.trim() || undefined
  } catch {
    return undefined
  }
}

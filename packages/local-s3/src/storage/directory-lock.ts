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

/** The process that holds the lock of a directory. */
interface LockHolder {
  pid: number
  /** The start time of the process: the system may reuse a process id. */
  processStart?: string
  host: string
  /** Linux: the PID namespace. A process id is valid only within it. */
  namespace?: string
  /** Time when the lock was taken, in ISO 8601. */
  since: string
  port?: number
  released?: boolean
}

export interface DirectoryLock {
  /** Stores the port, for the error message that another process shows. */
  update(changes: { port: number }): Promise<void>
  release(): Promise<void>
}

const prefix = 'running.'
/** A holder on another host or namespace has ended if so many of its heartbeats are missing. */
const missingHeartbeats = 5

/**
 * Locks a directory for one process until the process releases it or ends, also by kill -9.
 *
 * A lock is a numbered file, and the highest number is valid. A process takes the next number with `link`, which fails
 * if the file exists: if two processes find the same dead holder, only one succeeds. A released lock file stays, so that
 * numbers only increase.
 * @param name the name of the program, for the error message
 * @param heartbeatMs the interval in which a holder shows that it runs: one for all processes of a directory
 * @throws Error with the process that holds the lock
 */
export async function lockDirectory(
  directory: string,
  name: string,
  heartbeatMs = 1000,
): Promise<DirectoryLock> {
  await mkdir(directory, { recursive: true })
  const holder: LockHolder = { ...(await describeProcess(process.pid)), since: new Date().toISOString() }
  for (;;) {
    const highest = Math.max(0, ...(await listNumbers(directory)))
    const current = highest > 0 ? await readHolder(lockPath(directory, highest)) : undefined
    if (
      current &&
      !current.released &&
      (await isHolderAlive(current, lockPath(directory, highest), heartbeatMs))
    )
      throw new Error(describeConflict(directory, name, current))
    const nextNumber = highest + 1
    if (await takeNumber(directory, nextNumber, holder))
      return createLock(directory, nextNumber, holder, heartbeatMs)
  }
}

const lockPath = (directory: string, number: number) => join(directory, `${prefix}${number}`)

async function listNumbers(directory: string) {
  const names = await readdir(directory)
  return names.filter((one) => /^running\.\d+$/.test(one)).map((one) => Number(one.slice(prefix.length)))
}

const readHolder = async (path: string): Promise<LockHolder | undefined> =>
  readFile(path, 'utf8')
    .then((text): LockHolder => JSON.parse(text)) // `takeNumber` and `update` write the file atomically
    .catch(() => undefined)

/** Creates the lock file by `link` from a complete draft, so that a reader never sees partial content. */
async function takeNumber(directory: string, number: number, holder: LockHolder) {
  const draft = await writeDraft(directory, holder)
  const isTaken = await link(draft, lockPath(directory, number)).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      // ENOENT: the process that holds the lock deleted our draft file, so this process does not have the lock.
      if (error.code === 'EEXIST' || error.code === 'ENOENT') return false
      throw error
    },
  )
  await rm(draft, { force: true })
  if (!isTaken) return false
  // The new holder deletes lower numbers, so a slow process can create one of them again.
  const others = await listNumbers(directory)
  if (others.some((other) => other > number)) {
    await rm(lockPath(directory, number), { force: true })
    return false
  }
  for (const other of await readdir(directory)) {
    if (other.startsWith(prefix) && other !== `${prefix}${number}`)
      await rm(join(directory, other), { force: true })
  }
  return true
}

async function writeDraft(directory: string, holder: LockHolder) {
  const draft = join(directory, `${prefix}draft-${randomBytes(8).toString('hex')}`)
  await writeFile(draft, JSON.stringify(holder))
  return draft
}

function createLock(
  directory: string,
  number: number,
  holder: LockHolder,
  heartbeatMs: number,
): DirectoryLock {
  const path = lockPath(directory, number)
  let currentHolder = { ...holder }
  const write = async (next: LockHolder) => {
    currentHolder = next
    await rename(await writeDraft(directory, next), path)
  }
  const heartbeat = setInterval(() => {
    const now = new Date()
    utimes(path, now, now).catch(() => undefined) // a temporary directory may be deleted
  }, heartbeatMs)
  heartbeat.unref()
  return {
    update: (changes) => write({ ...currentHolder, ...changes }),
    async release() {
      clearInterval(heartbeat)
      if (!currentHolder.released) await write({ ...currentHolder, released: true }).catch(() => undefined)
    },
  }
}

function describeConflict(directory: string, name: string, { pid, port, host, since }: LockHolder) {
  const hostText = host === hostname() ? '' : ` on ${host}`
  const portText = port === undefined ? '' : `, port ${port}`
  return `${directory} is in use by ${name} (process ${pid}${hostText}${portText}, since ${since}). Stop that process, or use another directory.`
}

async function isHolderAlive(holder: LockHolder, path: string, heartbeatMs: number) {
  const thisProcess = await describeProcess(process.pid)
  if (holder.host !== thisProcess.host || holder.namespace !== thisProcess.namespace)
    return hasHeartbeat(path, heartbeatMs)
  if (!isProcessRunning(holder.pid)) return false
  const { processStart } = await describeProcess(holder.pid)
  return (
    processStart === undefined || holder.processStart === undefined || processStart === holder.processStart
  )
}

/** Whether a holder on another host or namespace still updates the modification time of its file. */
async function hasHeartbeat(path: string, heartbeatMs: number) {
  const readModifiedTime = () =>
    stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => 0,
    )
  const before = await readModifiedTime()
  for (let waitedMs = 0; waitedMs < missingHeartbeats * heartbeatMs; waitedMs += heartbeatMs / 2) {
    await sleep(heartbeatMs / 2)
    if ((await readModifiedTime()) !== before) return true
  }
  return false
}

function isProcessRunning(pid: number) {
  try {
    return process.kill(pid, 0)
  } catch (thrown) {
    // EPERM: the process exists and belongs to another user.
    return (thrown as NodeJS.ErrnoException).code === 'EPERM'
  }
}

async function describeProcess(pid: number) {
  const namespace = await readlink('/proc/self/ns/pid').catch(() => undefined)
  const processStart = await readProcessStart(pid)
  return {
    pid,
    host: hostname(),
    ...(namespace !== undefined && { namespace }),
    ...(processStart !== undefined && { processStart }),
  }
}

/** Returns the start time of a process. Undefined on Windows, where only the process id is compared. */
async function readProcessStart(pid: number): Promise<string | undefined> {
  try {
    if (process.platform === 'linux') {
      const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8')
      const line = await readFile(`/proc/${pid}/stat`, 'utf8')
      // Field 2 is the program name in parentheses, which may contain spaces. Field 3 is the state, field 22 the start.
      const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
      return fields[0] === 'Z' ? 'ended' : `${boot.trim()} ${fields[19]}`
    }
    if (process.platform === 'win32') return undefined
    return (await promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)])).stdout.trim() || undefined
  } catch {
    return undefined
  }
}

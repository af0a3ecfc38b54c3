import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SetupError } from './settings.ts'

/**
 * Keeps a second demo off the same folder: two processes would break the database.
 * @returns the function that lets go
 * @throws SetupError
 */
export async function lock(directory: string) {
  await mkdir(directory, { recursive: true })
  const path = join(directory, 'running.pid')
  const pid = Number(await readFile(path, 'utf8').catch(() => 0))
  if (pid > 0 && pid !== process.pid && isAlive(pid)) {
    throw new SetupError(`A demo is running already, as process ${pid}. End it first, or delete ${path}.`)
  }
  await writeFile(path, String(process.pid))
  return () => rm(path, { force: true })
}

function isAlive(pid: number) {
  try {
    return process.kill(pid, 0)
  } catch (thrown) {
    // Somebody else's process is one too.
    return (thrown as NodeJS.ErrnoException).code === 'EPERM'
  }
}

import { readFile, writeFile } from 'node:fs/promises'

/**
 * Measures the peak memory of processes in bytes above the value now. The kernel keeps the peak itself (VmHWM), so no
 * peak is missed between two samples. NaN on another system than Linux.
 * https://man7.org/linux/man-pages/man5/proc_pid_clear_refs.5.html
 */
export async function watchMemory(processes: number[]): Promise<() => Promise<number>> {
  try {
    await Promise.all(processes.map((id) => writeFile(`/proc/${id}/clear_refs`, '5')))
    const before = await sumOf(processes, 'VmRSS')
    return async () => (await sumOf(processes, 'VmHWM')) - before
  } catch {
    return () => Promise.resolve(Number.NaN)
  }
}

async function sumOf(processes: number[], line: string) {
  const each = await Promise.all(
    processes.map(async (id) => {
      const status = await readFile(`/proc/${id}/status`, 'utf8')
      return Number(new RegExp(`^${line}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024
    }),
  )
  return each.reduce((sum, bytes) => sum + bytes, 0)
}

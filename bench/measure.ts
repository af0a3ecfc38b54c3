import { writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import type { Cpu } from './stage.ts'
import { median, spread } from './tables.ts'

export const percent = (share: number) => `${(share * 100).toFixed(0)} %`
export const megabits = (value: number) => value * 1e6

/** Requests that write to storage. */
export const writes = [
  'PutObject',
  'PostObject',
  'UploadPart',
  'CreateMultipartUpload',
  'CompleteMultipartUpload',
]

/** CPU milliseconds between two samples, and the share of the machine that other processes used. */
export function spent(before: Cpu, after: Cpu) {
  const of = (process: keyof Cpu) => after[process] - before[process]
  const own = {
    page: of('page'),
    browser: of('browser'),
    servers: of('backend') + of('storage') + of('line'),
  }
  const sum = own.page + own.browser + own.servers
  return { ...own, others: Math.max(0, of('machine') - sum) / (of('machine') + of('idle')) }
}

/** Describes the load of other processes: it makes every time longer, and short times by a larger share. */
export function machine(others: number[]) {
  const busy = median(others) > 0.2 ? ' **The machine was busy: times are too long.**' : ''
  return `${availableParallelism()} cores, of which other processes used ${spread(others, percent)}.${busy}`
}

/** Writes a trace for the Performance panel of DevTools or https://ui.perfetto.dev. */
export async function keepTrace(name: string, trace: object) {
  await keep(`${name}.trace.json`, JSON.stringify(trace))
}

export async function keep(name: string, text: string) {
  await writeFile(new URL(`results.${name}`, import.meta.url), text)
}

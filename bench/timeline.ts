import type { AskedOfBackend, Requests } from './stage.ts'
import type { Asked } from './storage.ts'

interface Servers {
  atStorage: Asked[]
  atBackend: AskedOfBackend[]
}

/** Requests as the page and the servers saw them, in ms since the files were added. */
export function drawTimeline(t0: number, requests: Requests[], { atStorage, atBackend }: Servers) {
  const lines = [
    ...requests.map(({ path, from, to }) => ({
      from: from - t0,
      to: to - t0,
      what: `page     ${path.slice(0, 60)}`,
    })),
    ...atStorage.map(({ operation, status, at, milliseconds }) => ({
      from: at - milliseconds - t0,
      to: at - t0,
      what: `storage  ${operation} ${status}`,
    })),
    ...atBackend.map(({ what, at, milliseconds, files }) => ({
      from: at - milliseconds - t0,
      to: at - t0,
      what: `backend  ${what} of ${files}`,
    })),
  ].sort((a, b) => a.from - b.from)
  return lines
    .map(({ from, to, what }) => `${from.toFixed(0).padStart(7)} → ${to.toFixed(0).padStart(6)}  ${what}\n`)
    .join('')
}

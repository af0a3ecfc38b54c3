import { createRoot } from 'react-dom/client'

/** The interface of every contestant's page. A contestant takes files and resolves with the number of confirmed ones. */
export const query = new URLSearchParams(location.search)
export const list = query.has('list')
/** API whose path selects the storage of the files. */
export const api = `/${query.get('place')}/api`

export function show(element) {
  createRoot(document.querySelector('#root')).render(element)
}

export async function ask(path, body) {
  const answer = await fetch(api + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return answer.json()
}

export async function presign(file, id = crypto.randomUUID()) {
  const { name, size, type } = file
  const answer = await ask('/uploads', { type: 'presign', files: [{ id, name, size, type, route: 'put' }] })
  return { id, ...answer.tickets[0].ticket }
}

/** Returns whether the backend confirmed the file. */
export async function confirm({ id, token }) {
  const answer = await ask('/uploads', { type: 'confirm', receipts: [{ id, token }] })
  return answer.results[0].result !== undefined
}

export function offer(contestant) {
  performance.setResourceTimingBufferSize(20000)
  const longTasks = []
  new PerformanceObserver((seen) => {
    for (const { startTime, duration } of seen.getEntries()) longTasks.push({ startTime, duration })
  }).observe({ type: 'longtask' })
  const chosen = () => [...document.querySelector('#files').files]

  let began = 0

  window.bench = {
    /** Starts the time of `requests` and `tasks`. */
    begin: () => (began = performance.now()),

    async all() {
      const files = chosen()
      const t0 = window.bench.begin()
      const confirmed = await contestant(files).catch((error) => {
        setTimeout(() => {
          throw error
        })
        return 0
      })
      const t1 = performance.now()
      return { ms: t1 - t0, confirmed, t0: performance.timeOrigin + t0, longTasks }
    },

    /** Adds files to a rendered list, and measures the page for the given milliseconds. */
    async watch(milliseconds) {
      const files = chosen()
      const frames = []
      const committed = window.commits
      let shown = 0
      const t0 = performance.now()
      const frame = (time) => {
        frames.push(time)
        // Rows are visible after their frame is painted, which is the one before this.
        if (!shown && seen) shown = performance.now() - t0
        seen = seen || document.querySelector('[data-row]') !== null
        if (time - t0 < milliseconds) requestAnimationFrame(frame)
      }
      let seen = false
      contestant(files).catch(() => {})
      const added = performance.now() - t0
      requestAnimationFrame(frame)
      await new Promise((resolve) => setTimeout(resolve, milliseconds))
      const tasks = longTasks
        .map(({ startTime, duration }) => ({ at: startTime - t0, duration }))
        .filter(({ at }) => at > -5)
      const before = tasks.filter(({ at }) => !shown || at <= shown)
      const later = tasks.filter(({ at }) => shown && at > shown)
      return {
        added,
        // Without a long task, nothing blocked for more than 50 ms: uses the time of the call.
        blocked: Math.max(added, ...before.map(({ duration }) => duration)),
        shown,
        fps: (frames.length / (performance.now() - t0)) * 1000,
        laterTasks: later.length,
        longestLater: Math.max(0, ...later.map(({ duration }) => duration)),
        rows: document.querySelectorAll('[data-row]').length,
        commits: window.commits - committed,
      }
    },

    /** Milliseconds of each main-thread task over 50 ms. */
    async tasks() {
      // The browser tells them a little later.
      await new Promise((resolve) => setTimeout(resolve, 200))
      return longTasks.filter(({ startTime }) => startTime >= began).map(({ duration }) => duration)
    },

    requests: () =>
      performance
        .getEntriesByType('resource')
        .filter(({ startTime }) => startTime >= began)
        .map(({ name, startTime, responseEnd }) => ({
          path: new URL(name).host + new URL(name).pathname,
          from: performance.timeOrigin + startTime,
          to: performance.timeOrigin + responseEnd,
        })),
  }
}

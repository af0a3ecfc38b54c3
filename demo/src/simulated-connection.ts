/**
 * Simulates the connection of this page. A slow server would not show it: on one machine the operating system takes the
 * first megabytes of a request at once. An app does not need this file.
 */
export type ConnectionName = 'fast' | 'slow' | 'offline'

/** Bytes per second of each upload on a slow connection. */
const slowSpeed = 400_000
const slowLatencyMs = 400
const stepMs = 100

let connection: ConnectionName = 'fast'
const realFetch = window.fetch

/** Changes the connection of all requests from now on. An offline connection also ends the uploads that are sent. */
export function simulateConnection(name: ConnectionName): void {
  if (name === connection) return
  connection = name
  window.XMLHttpRequest = SimulatedRequest
  window.fetch = simulatedFetch
  Object.defineProperty(navigator, 'onLine', { configurable: true, get: () => connection !== 'offline' })
  window.dispatchEvent(new Event(name === 'offline' ? 'offline' : 'online'))
}

async function simulatedFetch(...request: Parameters<typeof fetch>): Promise<Response> {
  if (connection === 'slow') await new Promise((resolve) => setTimeout(resolve, slowLatencyMs))
  if (connection === 'offline') throw new TypeError('Failed to fetch')
  return realFetch(...request)
}

/** Sends its body after the time that it takes on a slow connection. */
// oxlint-disable-next-line no-restricted-globals -- replaces the one that sends uploads
class SimulatedRequest extends XMLHttpRequest {
  #timer: ReturnType<typeof setInterval> | undefined

  override send(body?: XMLHttpRequestBodyInit | null) {
    const fail = () => this.abort()
    window.addEventListener('offline', fail)
    this.addEventListener('loadend', () => window.removeEventListener('offline', fail))
    if (connection === 'fast') return super.send(body)

    const total = sizeOf(body)
    let loaded = 0
    this.#timer = setInterval(() => {
      if (connection === 'offline') return this.abort()
      loaded = connection === 'slow' ? Math.min(total, loaded + (slowSpeed * stepMs) / 1000) : total
      this.upload.dispatchEvent(new ProgressEvent('progress', { lengthComputable: true, loaded, total }))
      if (loaded < total) return
      this.#stopWaiting()
      super.send(body)
    }, stepMs)
  }

  override abort() {
    // A request that was not sent fires no event of its own.
    const isWaiting = this.#timer !== undefined
    this.#stopWaiting()
    super.abort()
    if (isWaiting) this.dispatchEvent(new ProgressEvent('loadend'))
  }

  #stopWaiting() {
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}

/** The size of a body in bytes: a file, or a form with a file. */
function sizeOf(body: XMLHttpRequestBodyInit | null | undefined): number {
  if (body instanceof Blob) return body.size
  if (!(body instanceof FormData)) return 0
  return [...body.values()].reduce((sum, value) => sum + (value instanceof File ? value.size : 0), 0)
}

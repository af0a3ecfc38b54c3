/* oxlint-disable unicorn/require-post-message-target-origin -- `postMessage` of a worker has no target origin; the rule expects a window */
/**
 * Computes the CRC-64/NVME of a blob in base64. S3 computes this checksum for every object by default
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html). Runs in a worker, one blob
 * after the other. If no worker can start, for example under a Content Security Policy without `worker-src blob:`, it
 * runs in slices on the main thread. Rejects if the blob cannot be read or the signal aborts.
 */
export async function crc64Of(blob: Blob, signal: AbortSignal): Promise<string> {
  signal.throwIfAborted()
  computeInWorker ??= startWorker()
  const crc = await (computeInWorker ? computeInWorker(blob, signal) : computeOnPage(blob, signal))
  signal.throwIfAborted()
  return toBase64(crc)
}

/** Computes the CRC-64/NVME of bytes synchronously, because for a small file that is faster than a worker. */
export function crc64OfBytes(bytes: Uint8Array): string {
  return toBase64(getPageCrc64().ofBytes(bytes))
}

type Crc = readonly [high: number, low: number]
type ComputeCrc = (blob: Blob, signal: AbortSignal) => Promise<Crc>

/** Computes a checksum in a worker, which is terminated after 5 idle seconds. False if workers are not possible. */
let computeInWorker: ComputeCrc | false | undefined
const checksumWorkerIdleMs = 5000

let lastPageComputation: Promise<unknown> = Promise.resolve()
let cachedCrc64: ReturnType<typeof createCrc64> | undefined
const getPageCrc64 = () => (cachedCrc64 ??= createCrc64())

/** Computes on the main thread, in the order of the calls, because the first part is needed first. */
function computeOnPage(blob: Blob, signal: AbortSignal): Promise<Crc> {
  const crc = lastPageComputation.then(async () => getPageCrc64().ofBlob(blob, () => signal.aborted))
  lastPageComputation = crc.catch(() => {})
  return crc
}

interface WorkerRequest {
  readonly id: number
  /** The blob to hash. A request without a blob cancels the earlier request with the same id. */
  readonly blob?: Blob
}

interface WorkerResponse {
  readonly id: number
  readonly crc?: Crc
}

function startWorker(): ComputeCrc | false {
  const pendingRequests = new Map<number, (answer: Crc | undefined) => void>()
  const url = URL.createObjectURL(
    // Starts the worker from a string, because bundlers differ in how they find the worker file of a package.
    new Blob([`(${runWorker.toString()})((${createCrc64.toString()})())`], { type: 'text/javascript' }),
  )
  let workerThread: Worker
  try {
    workerThread = new Worker(url)
  } catch {
    URL.revokeObjectURL(url)
    return false
  }
  let hasAnswered = false
  let requestCount = 0
  let idleTimer: ReturnType<typeof setTimeout> | undefined

  function stopWorker(nextComputeInWorker: false | undefined) {
    workerThread.terminate()
    URL.revokeObjectURL(url)
    computeInWorker = nextComputeInWorker
  }
  function settle(id: number, crc: Crc | undefined) {
    pendingRequests.get(id)?.(crc)
    pendingRequests.delete(id)
    clearTimeout(idleTimer)
    if (pendingRequests.size === 0) idleTimer = setTimeout(() => stopWorker(undefined), checksumWorkerIdleMs)
  }
  workerThread.onmessage = ({ data: { id, crc } }: MessageEvent<WorkerResponse>) => {
    // The first answer shows that the worker has loaded its source, so the URL is no longer needed.
    if (!hasAnswered) URL.revokeObjectURL(url)
    hasAnswered = true
    settle(id, crc)
  }
  // If the worker cannot start (a Content Security Policy forbids it, or a build tool changed its source), the main
  // thread computes the checksums.
  workerThread.onerror = (event) => {
    event.preventDefault()
    stopWorker(false)
    for (const id of pendingRequests.keys()) settle(id, undefined)
    clearTimeout(idleTimer)
  }

  return async (blob, signal) => {
    const id = (requestCount += 1)
    clearTimeout(idleTimer)
    const answer = new Promise<Crc | undefined>((resolve) => pendingRequests.set(id, resolve))
    const cancelRequest = () => {
      workerThread.postMessage({ id } satisfies WorkerRequest)
      settle(id, undefined)
    }
    signal.addEventListener('abort', cancelRequest)
    workerThread.postMessage({ id, blob } satisfies WorkerRequest)
    const crc = await answer
    signal.removeEventListener('abort', cancelRequest)
    signal.throwIfAborted()
    return crc ?? computeOnPage(blob, signal)
  }
}

/** Runs in the worker. Uses nothing from outside, because the worker has only the source of this function. */
function runWorker({ ofBlob }: ReturnType<typeof createCrc64>) {
  const canceledIds = new Set<number>()
  let lastComputation: Promise<unknown> = Promise.resolve()
  onmessage = ({ data: { id, blob } }: MessageEvent<WorkerRequest>) => {
    if (!blob) return void canceledIds.add(id)
    lastComputation = lastComputation
      .then(async () => ofBlob(blob, () => canceledIds.has(id)))
      .catch(() => undefined)
      .then((crc) => {
        if (!canceledIds.delete(id)) postMessage({ id, crc })
      })
  }
}

/**
 * Creates the CRC functions. They process eight bytes per step with eight tables of 256 entries each. High and low
 * words are separate, to avoid BigInt in the loop. They read 4 MiB at a time, so that the page stays responsive and
 * uses little memory. This function uses nothing from outside, because the worker runs its source text.
 */
function createCrc64() {
  // The reflected polynomial: https://reveng.sourceforge.io/crc-catalogue/all.htm#crc.cat.crc-64-nvme
  const [polynomialHigh, polynomialLow] = [0x9a6c9329, 0xac4bc9b5]
  const sliceBytes = 4 * 1_048_576
  const high = new Int32Array(2048)
  const low = new Int32Array(2048)
  for (let byte = 0; byte < 256; byte++) {
    let hi = 0
    let lo = byte
    for (let table = 0; table < 8; table++) {
      for (let bit = 0; bit < 8; bit++) {
        const lowBit = lo & 1
        lo = (lo >>> 1) | (hi << 31)
        hi >>>= 1
        if (lowBit) {
          hi ^= polynomialHigh
          lo ^= polynomialLow
        }
      }
      high[table * 256 + byte] = hi
      low[table * 256 + byte] = lo
    }
  }

  /* oxlint-disable typescript/no-non-null-assertion -- every index is within its array, and this runs for every byte */
  function updateCrc([hi, lo]: Crc, bytes: Uint8Array): Crc {
    function updateByBytes(start: number, end?: number) {
      for (const byte of bytes.subarray(start, end)) {
        const index = (lo ^ byte) & 255
        lo = ((lo >>> 8) | (hi << 24)) ^ low[index]!
        hi = (hi >>> 8) ^ high[index]!
      }
    }
    // An Int32Array starts at a multiple of four bytes. It is little-endian on all platforms that run browsers.
    const wordStart = Math.min(bytes.length, -bytes.byteOffset & 3)
    const stepCount = (bytes.length - wordStart) >>> 3
    const words = new Int32Array(bytes.buffer, stepCount && bytes.byteOffset + wordStart, stepCount * 2)
    updateByBytes(0, wordStart)
    for (let wordIndex = 0; wordIndex < words.length; wordIndex += 2) {
      const lowWord = lo ^ words[wordIndex]!
      const highWord = hi ^ words[wordIndex + 1]!
      const i0 = 1792 + (lowWord & 255)
      const i1 = 1536 + ((lowWord >>> 8) & 255)
      const i2 = 1280 + ((lowWord >>> 16) & 255)
      const i3 = 1024 + (lowWord >>> 24)
      const i4 = 768 + (highWord & 255)
      const i5 = 512 + ((highWord >>> 8) & 255)
      const i6 = 256 + ((highWord >>> 16) & 255)
      const i7 = highWord >>> 24
      lo = low[i0]! ^ low[i1]! ^ low[i2]! ^ low[i3]! ^ low[i4]! ^ low[i5]! ^ low[i6]! ^ low[i7]!
      hi = high[i0]! ^ high[i1]! ^ high[i2]! ^ high[i3]! ^ high[i4]! ^ high[i5]! ^ high[i6]! ^ high[i7]!
    }
    updateByBytes(wordStart + stepCount * 8)
    return [hi, lo]
  }

  const [beginCrc, endCrc] = [(): Crc => [-1, -1], ([hi, lo]: Crc): Crc => [~hi, ~lo]]
  return {
    ofBytes: (bytes: Uint8Array): Crc => endCrc(updateCrc(beginCrc(), bytes)),
    async ofBlob(blob: Blob, isAborted: () => boolean): Promise<Crc> {
      const { size } = blob
      const readSlice = (start: number) => {
        const bytes = blob.slice(start, start + sliceBytes).arrayBuffer()
        bytes.catch(() => {})
        return bytes
      }
      let crc = beginCrc()
      let nextSlice = readSlice(0)
      for (let start = 0; start < size && !isAborted(); start += sliceBytes) {
        const bytes = await nextSlice
        // Firefox reads a file that was cut to its new end, without an error.
        if (bytes.byteLength !== Math.min(sliceBytes, size - start)) throw new Error('The file was cut.')
        // The next slice is read while this one is processed.
        nextSlice = readSlice(start + sliceBytes)
        crc = updateCrc(crc, new Uint8Array(bytes))
      }
      return endCrc(crc)
    },
  }
}

function toBase64(words: Crc): string {
  const bytes = words.flatMap((word) => [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255])
  return btoa(String.fromCharCode(...bytes))
}

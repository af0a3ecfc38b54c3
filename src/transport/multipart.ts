import { readReturned } from '../core/app-answer.ts'
import type { SendContext, Sent } from '../core/ports.ts'
import { UploadError } from '../protocol/errors.ts'
import type { UploadErrorCode } from '../protocol/errors.ts'
import { maxParts, partCount } from '../protocol/limits.ts'
import { parseStoredParts } from '../protocol/parse-parts.ts'
import type { Reader } from '../protocol/parse.ts'
import type { MultipartTicket, Ticket } from '../protocol/ticket.ts'
import { browserHost } from './browser.ts'
import { crc64Of } from './checksum.ts'
import { createSigner } from './sign-parts.ts'
import type { Patience } from './stall.ts'
import { warnOfFaults } from './ticket-faults.ts'
import { sendRequest } from './xhr.ts'

/** Parallel parts of one file: of a pool of six, two connections stay free for other files. */
const lanes = 4
/** Additional lanes, while a part takes less than `quickPartMs`: other files then wait only briefly for a connection. */
const spareLanes = 2
const quick = 2000
/** Never hedge a part in flight for less than this (ms). */
const early = 1000
/** Parts that are signed, and hashed, ahead of time. */
const signedAhead = 6
/** Errors that a new signature fixes: the old one has expired, or was for bytes that changed in transit. */
const mended: readonly UploadErrorCode[] = ['expired', 'clock-skew', 'mismatch']

/** Starts the checksum worker and lets it compile its code, to save time before the first part. */
export function warm(): void {
  crc64Of(new Blob([new ArrayBuffer(1_000_000)]), new AbortController().signal).catch(() => {})
}

/** Sends the parts that are not stored yet, several in parallel. ETags are not needed: the backend lists the parts. */
export async function sendParts(
  file: Blob,
  ticket: Ticket & MultipartTicket,
  context: SendContext,
  patience: Patience,
): Promise<Sent> {
  const { partSize } = ticket
  const count = partCount(file.size, partSize)
  if (count > maxParts) {
    const message = `${count} parts of ${partSize} bytes exceed S3's limit of ${maxParts} parts. Presign larger parts.`
    throw new UploadError('invalid-answer', { phase: 'uploading', message })
  }
  const { endpoints, signal } = context
  const listParts = async () =>
    readReturned((await endpoints.listParts?.(ticket, { signal })) ?? [], 'uploading')
  const sizeOf = (part: number) => Math.min(partSize, file.size - (part - 1) * partSize)
  const bytesOf = (part: number) => {
    const start = (part - 1) * partSize
    return file.slice(start, start + sizeOf(part), '')
  }

  const sent = new Map<number, number>()
  if (context.resumed) {
    for (const { partNumber, size } of parseStoredParts(await context.persist(listParts), reader)) {
      if (size === sizeOf(partNumber)) sent.set(partNumber, size)
    }
  }
  const waiting = Array.from({ length: count }, (_, index) => index + 1).filter((part) => !sent.has(part))

  // `sending` also aborts when a lane fails. `drained` also aborts when no part is left to wait for.
  const sending = linked(context.signal)
  const drained = linked(context.signal)

  let total = [...sent.values()].reduce((sum, each) => sum + each, 0)
  function report(part: number, bytes: number) {
    total += bytes - (sent.get(part) ?? 0)
    sent.set(part, bytes)
    context.onProgress(total)
  }

  const signer = createSigner(ticket, bytesOf, Math.min(lanes, waiting.length), {
    endpoints,
    signal: sending.signal,
  })

  /** Runs again at once with a new signature if that fixes the error. A later retry always gets a new signature. */
  async function signedAnew<T>(part: number, run: () => Promise<T>): Promise<T> {
    try {
      return await run()
    } catch (thrown) {
      signer.forget(part)
      if (thrown instanceof UploadError && mended.includes(thrown.code)) return run()
      throw thrown
    }
  }

  async function request(
    part: number,
    end: AbortSignal,
    onProgress: (bytes: number) => void,
    persist: SendContext['persist'],
  ) {
    const body = bytesOf(part)
    const base = { method: 'put', body, file: body, signal: end, onProgress, patience } as const
    await sendRequest(async () => {
      end.throwIfAborted()
      const { url, headers } = await signer.urlOf(part, waiting.slice(0, signedAhead - 1))
      const asked = { ...base, url, headers }
      warnOfFaults(asked)
      return asked
    }, persist)
  }

  /** In-flight parts not yet hedged, oldest first. */
  const helpless = new Map<number, OnItsWay>()

  /** Sends a part. The first request that stores it, this one or a hedge, aborts the other. */
  async function sendPart(part: number) {
    const over = linked(sending.signal)
    const onProgress = (loaded: number) => report(part, Math.min(loaded, sizeOf(part)))
    try {
      await new Promise<void>((resolve, reject) => {
        helpless.set(part, { part, began: Date.now(), over: over.signal, stored: resolve })
        request(part, over.signal, onProgress, (run) => context.persist(() => signedAnew(part, run))).then(
          resolve,
          reject,
        )
      })
    } finally {
      helpless.delete(part)
      over.abort()
    }
    report(part, sizeOf(part))
  }

  /**
   * Hedges the slowest parts: an idle lane sends a part again that is in flight for twice the time that this lane needed
   * for a part. S3 recommends this, and keeps one of two equal parts:
   * https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance-guidelines.html
   */
  async function help(took: number, connection?: () => void) {
    for (;;) {
      const [late] = helpless.values()
      if (!late || sending.signal.aborted) return
      const { part, began, over, stored } = late
      helpless.delete(part)
      await browserHost.sleep(began + Math.max(2 * took, early) - Date.now(), over).catch(() => {})
      const release = connection ?? (await context.acquire(over, true).catch(() => {}))
      // If the hedge fails, the first request is still in flight.
      await request(
        part,
        over,
        () => {},
        (run) => run(),
      ).then(stored, () => {})
      if (!connection) release?.()
    }
  }

  let letSpareLanesStart = () => {}
  const maySpareLanesStart = new Promise<void>((resolve) => (letSpareLanesStart = resolve))
  drained.signal.addEventListener('abort', letSpareLanesStart)

  async function lane(connection?: () => void, spare = false) {
    if (spare) await maySpareLanesStart
    let took = 0
    for (;;) {
      const release =
        connection ?? (await context.acquire(drained.signal, spare).catch(stopWhen(drained.signal)))
      const part = release && waiting.shift()
      if (waiting.length === 0) drained.abort()
      const began = Date.now()
      try {
        if (part === undefined) break
        await sendPart(part)
      } finally {
        // The first lane uses the connection that the file already holds.
        if (!connection) release?.()
      }
      took = Date.now() - began
      if (took < quick) letSpareLanesStart()
      else if (spare) return
    }
    if (took > 0) await help(took, connection)
  }

  if (sent.size > 0) report(0, 0)
  try {
    const all = [lane(() => {})]
    const most = Math.min(lanes + spareLanes, waiting.length + 1)
    while (all.length < most) all.push(lane(undefined, all.length >= lanes))
    await Promise.all(all)
  } finally {
    sending.abort()
    drained.abort()
  }
  return {}
}

interface OnItsWay {
  readonly part: number
  /** Epoch milliseconds. */
  readonly began: number
  /** Aborted when the part is stored or the upload ends. */
  readonly over: AbortSignal
  stored(): void
}

/** Creates a controller that aborts with another signal. */
function linked(signal: AbortSignal): AbortController {
  const controller = new AbortController()
  if (signal.aborted) controller.abort(signal.reason)
  signal.addEventListener('abort', () => controller.abort(signal.reason), {
    once: true,
    signal: controller.signal,
  })
  return controller
}

/** Converts the rejection of a wait that this signal aborted to undefined. Rethrows other errors. */
function stopWhen(signal: AbortSignal) {
  return (thrown: unknown): undefined => {
    if (!signal.aborted) throw thrown
  }
}

const reader: Reader = { source: 'The answer to listParts', phase: 'uploading', code: 'invalid-answer' }

import { readReturnValue } from '../../core/answers/read-app-result.ts'
import type { SendContext, SendResult } from '../../core/ports.ts'
import { UploadError } from '../../protocol/errors.ts'
import type { UploadErrorCode } from '../../protocol/errors.ts'
import { maxParts, partCount } from '../../protocol/s3-limits.ts'
import { parseStoredParts } from '../../protocol/parse-parts.ts'
import type { ParseContext } from '../../protocol/parse.ts'
import type { MultipartTicket, Ticket } from '../../protocol/ticket.ts'
import { browserHost } from '../browser-host.ts'
import { crc64Of } from '../checksum.ts'
import { rememberChecksum } from '../file-check.ts'
import { createSigner } from './part-signer.ts'
import type { StallTimeouts } from '../stall-watchdog.ts'
import { warnAboutFaults } from '../ticket-faults.ts'
import { sendRequest } from '../xhr.ts'

/**
 * Maximum number of lanes (parallel senders of parts) of one file. If the pool has six connections, two stay free for
 * other files.
 */
const maxLanes = 4
/**
 * Maximum number of additional lanes. They are used only while a part takes less than `quickPartMs`, because other
 * files then wait only briefly for a connection.
 */
const maxSpareLanes = 2
const quickPartMs = 2000
/** Minimum time in milliseconds that a part is in flight before it is hedged (sent a second time in parallel). */
const minHedgeDelayMs = 1000
/** Maximum number of parts that are signed (and hashed) before they are sent. */
const maxPartsSignedAhead = 6
/** Errors that a new signature fixes. The old signature has expired, or was for bytes that changed in transit. */
const resignableCodes: readonly UploadErrorCode[] = ['expired', 'clock-skew', 'mismatch']

/** Starts the checksum worker and lets it compile its code, to save time before the first part. */
export function preload(): void {
  crc64Of(new Blob([new ArrayBuffer(1_000_000)]), new AbortController().signal).catch(() => {})
}

/**
 * Sends the parts that are not stored yet, several at the same time. Returns no ETags, because the backend lists the
 * parts.
 */
export async function sendParts(
  file: Blob,
  ticket: Ticket & MultipartTicket,
  context: SendContext,
  timeouts: StallTimeouts,
): Promise<SendResult> {
  const { partSize } = ticket
  const totalParts = partCount(file.size, partSize)
  if (totalParts > maxParts) {
    const message = `${totalParts} parts of ${partSize} bytes exceed S3's limit of ${maxParts} parts. Presign larger parts.`
    throw new UploadError('invalid-answer', { phase: 'uploading', message })
  }
  const { endpoints, signal } = context
  const listParts = async () =>
    readReturnValue((await endpoints.listParts?.(ticket, { signal })) ?? [], 'uploading')
  const partSizeOf = (partNumber: number) => Math.min(partSize, file.size - (partNumber - 1) * partSize)
  const partBlob = (partNumber: number) => {
    const start = (partNumber - 1) * partSize
    return file.slice(start, start + partSizeOf(partNumber), '')
  }

  const rememberPart = (partNumber: number, checksum: string) => {
    const start = (partNumber - 1) * partSize
    rememberChecksum(file, start, start + partSizeOf(partNumber), checksum)
  }

  const sentBytesByPart = new Map<number, number>()
  if (context.resumed) {
    for (const { partNumber, size } of parseStoredParts(await context.withRetry(listParts), parseContext)) {
      if (size === partSizeOf(partNumber)) sentBytesByPart.set(partNumber, size)
    }
  }
  const waitingPartNumbers = Array.from({ length: totalParts }, (_, index) => index + 1).filter(
    (partNumber) => !sentBytesByPart.has(partNumber),
  )

  // Both controllers abort with the upload. `sendingController` also aborts when a lane fails.
  // `noPartsLeftController` also aborts when no part is left that a lane could send.
  const sendingController = createLinkedController(context.signal)
  const noPartsLeftController = createLinkedController(context.signal)

  let totalSent = [...sentBytesByPart.values()].reduce((sum, bytes) => sum + bytes, 0)
  function reportPart(partNumber: number, bytes: number) {
    totalSent += bytes - (sentBytesByPart.get(partNumber) ?? 0)
    sentBytesByPart.set(partNumber, bytes)
    context.onProgress(totalSent)
  }

  const firstBatchSize = Math.min(maxLanes, waitingPartNumbers.length)
  const signer = createSigner(ticket, partBlob, firstBatchSize, rememberPart, {
    endpoints,
    signal: sendingController.signal,
  })

  /**
   * Runs a request. If its error means that a new signature may help, signs the part again and repeats the request at
   * once. A later retry always gets a new signature.
   */
  async function withNewSignature<T>(partNumber: number, run: () => Promise<T>): Promise<T> {
    try {
      return await run()
    } catch (thrown) {
      signer.forget(partNumber)
      if (thrown instanceof UploadError && resignableCodes.includes(thrown.code)) return run()
      throw thrown
    }
  }

  async function sendPartRequest(
    partNumber: number,
    endSignal: AbortSignal,
    onProgress: (bytes: number) => void,
    withRetry: SendContext['withRetry'],
  ) {
    const body = partBlob(partNumber)
    const baseRequest = { method: 'put', body, file: body, signal: endSignal, onProgress, timeouts } as const
    await sendRequest(async () => {
      endSignal.throwIfAborted()
      const { url, headers } = await signer.urlOf(
        partNumber,
        waitingPartNumbers.slice(0, maxPartsSignedAhead - 1),
      )
      const partRequest = { ...baseRequest, url, headers }
      warnAboutFaults(partRequest)
      return partRequest
    }, withRetry)
  }

  /** Parts in flight that are not hedged yet, oldest first. */
  const unhedgedParts = new Map<number, InFlightPart>()

  /** Sends a part. When this request or its hedge has stored the part, the other request is aborted. */
  async function sendPart(partNumber: number) {
    const partEndController = createLinkedController(sendingController.signal)
    const onProgress = (loaded: number) => reportPart(partNumber, Math.min(loaded, partSizeOf(partNumber)))
    try {
      await new Promise<void>((resolve, reject) => {
        unhedgedParts.set(partNumber, {
          partNumber,
          startedAt: Date.now(),
          partEndSignal: partEndController.signal,
          onStored: resolve,
        })
        sendPartRequest(partNumber, partEndController.signal, onProgress, (run) =>
          context.withRetry(() => withNewSignature(partNumber, run)),
        ).then(resolve, reject)
      })
    } finally {
      unhedgedParts.delete(partNumber)
      partEndController.abort()
    }
    reportPart(partNumber, partSizeOf(partNumber))
  }

  /**
   * Sends a slow part a second time (a hedge). An idle lane sends the hedge if the part has been in flight for twice
   * the time that the lane needed for its last part. S3 recommends hedges, and keeps one of two equal parts:
   * https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance-guidelines.html
   */
  async function hedge(lastPartMs: number, releaseHeldConnection?: () => void) {
    for (;;) {
      const [slowPart] = unhedgedParts.values()
      if (!slowPart || sendingController.signal.aborted) return
      const { partNumber, startedAt, partEndSignal, onStored } = slowPart
      unhedgedParts.delete(partNumber)
      await browserHost
        .sleep(startedAt + Math.max(2 * lastPartMs, minHedgeDelayMs) - Date.now(), partEndSignal)
        .catch(() => {})
      const release = releaseHeldConnection ?? (await context.acquire(partEndSignal, true).catch(() => {}))
      // Ignores an error of the hedge, because the first request is still in flight.
      await sendPartRequest(
        partNumber,
        partEndSignal,
        () => {},
        (run) => run(),
      ).then(onStored, () => {})
      if (!releaseHeldConnection) release?.()
    }
  }

  let startSpareLanes = () => {}
  const spareLanesStarted = new Promise<void>((resolve) => (startSpareLanes = resolve))
  noPartsLeftController.signal.addEventListener('abort', startSpareLanes)

  async function runLane(releaseHeldConnection?: () => void, isSpare = false) {
    if (isSpare) await spareLanesStarted
    let lastPartMs = 0
    for (;;) {
      const release =
        releaseHeldConnection ??
        (await context
          .acquire(noPartsLeftController.signal, isSpare)
          .catch(ignoreAbort(noPartsLeftController.signal)))
      const partNumber = release && waitingPartNumbers.shift()
      if (waitingPartNumbers.length === 0) noPartsLeftController.abort()
      const startedAt = Date.now()
      try {
        if (partNumber === undefined) break
        await sendPart(partNumber)
      } finally {
        // Releases only connections that this lane acquired. The first lane uses the connection that the file already
        // holds, and does not release it.
        if (!releaseHeldConnection) release?.()
      }
      lastPartMs = Date.now() - startedAt
      if (lastPartMs < quickPartMs) startSpareLanes()
      else if (isSpare) return
    }
    if (lastPartMs > 0) await hedge(lastPartMs, releaseHeldConnection)
  }

  if (sentBytesByPart.size > 0) reportPart(0, 0)
  try {
    const lanePromises = [runLane(() => {})]
    const laneCount = Math.min(maxLanes + maxSpareLanes, waitingPartNumbers.length + 1)
    while (lanePromises.length < laneCount)
      lanePromises.push(runLane(undefined, lanePromises.length >= maxLanes))
    await Promise.all(lanePromises)
  } finally {
    sendingController.abort()
    noPartsLeftController.abort()
  }
  return {}
}

interface InFlightPart {
  readonly partNumber: number
  /** Start of the first request, in epoch milliseconds. */
  readonly startedAt: number
  /** Aborted when the part is stored or the upload ends. */
  readonly partEndSignal: AbortSignal
  onStored(): void
}

/** Creates a controller that also aborts when the given signal aborts. */
function createLinkedController(signal: AbortSignal): AbortController {
  const controller = new AbortController()
  if (signal.aborted) controller.abort(signal.reason)
  signal.addEventListener('abort', () => controller.abort(signal.reason), {
    once: true,
    signal: controller.signal,
  })
  return controller
}

/** Returns an error handler for a wait. It ignores the error if this signal has aborted, else it throws the error. */
function ignoreAbort(signal: AbortSignal) {
  return (thrown: unknown): undefined => {
    if (!signal.aborted) throw thrown
  }
}

const parseContext: ParseContext = {
  source: 'The answer to listParts',
  uploadPhase: 'uploading',
  code: 'invalid-answer',
}

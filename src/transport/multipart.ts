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

/** How many parts of one file travel at once: of a pool of six, two connections stay for other files. */
const lanes = 4
/** How many more while parts are so quick, in milliseconds, that nobody would notice to wait for one. */
const spareLanes = 2
const quick = 2000
/** Nobody helps a part that has been on its way for less, in milliseconds: what help saves would not be noticed. */
const early = 1000
/** How many parts are signed, and hashed, before they can leave. */
const signedAhead = 6
/** What a new signature mends: the old one had run out, or was for bytes that were changed on the way. */
const mended: readonly UploadErrorCode[] = ['expired', 'clock-skew', 'mismatch']

/** What costs time before the first part can leave: the worker, and that it has seen such code. */
export function warm(): void {
  crc64Of(new Blob([new ArrayBuffer(1_000_000)]), new AbortController().signal).catch(() => {})
}

/** Sends the parts that storage does not hold yet, some at a time. Needs no ETag: the backend completes from its list. */
export async function sendParts(
  file: Blob,
  ticket: Ticket & MultipartTicket,
  context: SendContext,
  patience: Patience,
): Promise<Sent> {
  const { partSize } = ticket
  const count = partCount(file.size, partSize)
  if (count > maxParts) {
    const message = `${count} parts of ${partSize} bytes are more than S3's ${maxParts}. Presign with larger parts.`
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

  // The file's signal, and an end for the lanes: when one fails, and when nothing is left to wait for.
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

  /** One more try at once with a new signature, where the old one had run out; another one later, whatever it was. */
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

  /** Parts on their way that nobody helps yet, and those which have left first are first. */
  const helpless = new Map<number, OnItsWay>()

  /** Sends a part. Whichever request has it stored first, this one or a helper's, ends the other. */
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
   * Who has nothing left to send sends once more what another connection has had for twice as long as a part has taken
   * here: otherwise everything would wait for the slowest. S3 advises it, and keeps one of two equal parts:
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
      // Where this fails the first one is still on its way.
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
        // The first lane runs on the connection that the file was given.
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
  /** Aborted when nobody needs to send it any more. */
  readonly over: AbortSignal
  stored(): void
}

/** A controller of its own that ends with another signal. */
function linked(signal: AbortSignal): AbortController {
  const controller = new AbortController()
  if (signal.aborted) controller.abort(signal.reason)
  signal.addEventListener('abort', () => controller.abort(signal.reason), {
    once: true,
    signal: controller.signal,
  })
  return controller
}

/** Makes a wait that was ended by this signal an undefined; anything else stays an error. */
function stopWhen(signal: AbortSignal) {
  return (thrown: unknown): undefined => {
    if (!signal.aborted) throw thrown
  }
}

const reader: Reader = { source: 'The answer to listParts', phase: 'uploading', code: 'invalid-answer' }

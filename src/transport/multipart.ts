import { endOf } from '../core/lifetime.ts'
import { missingEndpoint } from '../core/ports.ts'
import type { SendContext, Sent } from '../core/ports.ts'
import { UploadError } from '../protocol/errors.ts'
import { maxParts, partCount } from '../protocol/limits.ts'
import { parsePartUrls, parseStoredParts } from '../protocol/parse-parts.ts'
import type { Reader } from '../protocol/parse.ts'
import type { MultipartTicket, PartUrl, Ticket } from '../protocol/ticket.ts'
import type { Patience } from './stall.ts'
import { sendRequest } from './xhr.ts'

/** How many parts of one file travel at once: of a pool of six, two connections stay for other files. */
const lanes = 4
/** How many parts are signed by one call. */
const signedAhead = 6

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
  const listParts = async () => endpoints.listParts?.(ticket, { signal }) ?? []
  async function signParts(parts: readonly number[]) {
    if (!endpoints.signParts) throw missingEndpoint('signParts', 'uploading')
    return endpoints.signParts(ticket, parts, { signal })
  }
  const sizeOf = (part: number) => Math.min(partSize, file.size - (part - 1) * partSize)

  const sent = new Map<number, number>()
  if (context.resumed) {
    for (const { partNumber, size } of parseStoredParts(
      await context.persist(listParts),
      readerOf('listParts'),
    )) {
      if (size === sizeOf(partNumber)) sent.set(partNumber, size)
    }
  }
  const waiting = Array.from({ length: count }, (_, index) => index + 1).filter((part) => !sent.has(part))

  // The file's signal, and an end for the lanes: when one fails, and when nothing is left to wait for.
  const sending = linked(context.signal)
  const drained = linked(context.signal)

  function report(part: number, bytes: number) {
    sent.set(part, bytes)
    context.onProgress([...sent.values()].reduce((sum, each) => sum + each, 0))
  }

  const urls = new Map<number, Promise<PartUrl & { readonly endsAt: number }>>()
  function sign(part: number) {
    const batch = [part, ...waiting.slice(0, signedAhead - 1)].filter((each) => !urls.has(each))
    const answer = signParts(batch).then((parts) => parsePartUrls(parts, readerOf('signParts')))
    for (const each of batch) {
      const url = answer.then((signed) => {
        const found = signed.find(({ partNumber }) => partNumber === each) ?? unsigned(each)
        return { ...found, endsAt: endOf({ kind: 'put', key: ticket.key, url: found.url }, Date.now()) }
      })
      url.catch(() => {}) // whoever sends the part sees it; nobody may ask for the others any more
      urls.set(each, url)
    }
  }
  async function urlOf(part: number): Promise<PartUrl> {
    const known = await urls.get(part)
    if (known && known.endsAt > Date.now()) return known
    urls.delete(part)
    sign(part)
    return urls.get(part) ?? unsigned(part)
  }

  /** One more try at once with a new signature, where the old one had run out; another one later, whatever it was. */
  async function signedAnew<T>(part: number, run: () => Promise<T>): Promise<T> {
    try {
      return await run()
    } catch (thrown) {
      urls.delete(part)
      const expired =
        thrown instanceof UploadError && (thrown.code === 'expired' || thrown.code === 'clock-skew')
      if (expired) return run()
      throw thrown
    }
  }

  async function sendPart(part: number) {
    const start = (part - 1) * partSize
    const body = file.slice(start, start + sizeOf(part), '')
    const onProgress = (loaded: number) => report(part, Math.min(loaded, body.size))
    const base = { method: 'PUT', body, file: body, signal: sending.signal, onProgress, patience } as const
    await sendRequest(
      async () => {
        const { url, headers } = await urlOf(part)
        return { ...base, url, headers }
      },
      (run) => context.persist(() => signedAnew(part, run)),
    )
    report(part, body.size)
  }

  async function lane(connection?: () => void) {
    for (;;) {
      const release = connection ?? (await context.acquire(drained.signal).catch(stopWhen(drained.signal)))
      const part = release && waiting.shift()
      if (waiting.length === 0) drained.abort()
      try {
        if (part === undefined) return
        await sendPart(part)
      } finally {
        // The first lane runs on the connection that the file was given.
        if (!connection) release?.()
      }
    }
  }

  if (sent.size > 0) report(0, 0)
  try {
    const further = Math.min(lanes, waiting.length) - 1
    await Promise.all([lane(() => {}), ...Array.from({ length: Math.max(0, further) }, () => lane())])
  } finally {
    sending.abort()
    drained.abort()
  }
  return {}
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

function readerOf(call: 'listParts' | 'signParts'): Reader {
  return { source: `The answer to ${call}`, phase: 'uploading', code: 'invalid-answer' }
}

function unsigned(part: number): never {
  const message = `The answer to signParts has no URL for part ${part}, which was asked for.`
  throw new UploadError('invalid-answer', { phase: 'uploading', message })
}

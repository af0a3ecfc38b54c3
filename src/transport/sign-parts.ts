import { readReturned } from '../core/app-answer.ts'
import { endOf } from '../core/lifetime.ts'
import { missingEndpoint } from '../core/ports.ts'
import type { SendContext } from '../core/ports.ts'
import { UploadError } from '../protocol/errors.ts'
import { parsePartUrls } from '../protocol/parse-parts.ts'
import type { Reader } from '../protocol/parse.ts'
import type { MultipartTicket, PartUrl, Ticket } from '../protocol/ticket.ts'
import { crc64Of } from './checksum.ts'

/** Signs the parts of one file. */
export interface PartSigner {
  /** Returns a URL that has not expired. Also signs the `next` parts, in the same call if possible. */
  urlOf(part: number, next: readonly number[]): Promise<PartUrl>
  /** Drops the URL and the checksum of a part, so that it is signed again. */
  forget(part: number): void
}

interface Signed extends PartUrl {
  /** Epoch milliseconds by this browser's clock. */
  readonly endsAt: number
}

/** A part that waits for its signature. */
interface Asking {
  readonly part: number
  readonly checksum?: string
  resolve(url: Signed): void
  reject(reason: unknown): void
}

/**
 * Signs parts just before they are sent, so that URLs are fresh. If the ticket asks for a checksum, the part is hashed
 * first, and its signature is only valid for those bytes. Parts that are ready during a call go into the next call. The
 * first `minBatch` parts wait for each other, so that their requests start together: a connection that starts while
 * another one fills the line needs many seconds to get its share (RFC 9438, 3.4).
 */
export function createSigner(
  ticket: Ticket & MultipartTicket,
  bytesOf: (part: number) => Blob,
  together: number,
  { endpoints, signal }: Pick<SendContext, 'endpoints' | 'signal'>,
): PartSigner {
  const urls = new Map<number, Promise<Signed>>()
  let ready: Asking[] = []
  let calling = false
  let least = together

  function sign(part: number): Promise<Signed> {
    const url = new Promise<Signed>((resolve, reject) => {
      const ask = (checksum?: string) => {
        ready.push({ part, resolve, reject, ...(checksum !== undefined && { checksum }) })
        // Parts of the same tick go into the same call.
        queueMicrotask(() => void call())
      }
      if (!ticket.checksum) return ask()
      crc64Of(bytesOf(part), signal).then(ask, (cause: unknown) => {
        reject(signal.aborted ? cause : new UploadError('unreadable', { phase: 'uploading', cause }))
        // The other parts must not wait for this one.
        least = 1
        void call()
      })
    })
    url.catch(() => {}) // the sender handles the error, if the part is still sent
    urls.set(part, url)
    return url
  }

  async function call(): Promise<void> {
    if (calling || ready.length < least) return
    least = 1
    calling = true
    const asked = ready
    ready = []
    try {
      signal.throwIfAborted()
      const signed = await request(asked)
      const now = Date.now()
      for (const { part, resolve, reject } of asked) {
        const found = signed.find(({ partNumber }) => partNumber === part)
        if (found) resolve({ ...found, endsAt: endOf({ kind: 'put', key: ticket.key, url: found.url }, now) })
        else reject(unsigned(part))
      }
    } catch (thrown) {
      for (const { reject } of asked) reject(thrown)
    } finally {
      calling = false
    }
    return call()
  }

  async function request(asked: readonly Asking[]): Promise<PartUrl[]> {
    if (!endpoints.signParts) throw missingEndpoint('signParts', 'uploading')
    const numbers = asked.map(({ part }) => part)
    const checksums = Object.fromEntries(
      asked.flatMap(({ part, checksum }) => (checksum ? [[part, checksum]] : [])),
    )
    const context = { signal, ...(ticket.checksum && { checksums }) }
    const answer = await endpoints.signParts(ticket, numbers, context)
    return parsePartUrls(await readReturned(answer, 'uploading'), reader)
  }

  return {
    async urlOf(part, next) {
      const known = urls.get(part) ?? sign(part)
      for (const each of next) if (!urls.has(each)) void sign(each)
      const url = await known
      return url.endsAt > Date.now() ? url : sign(part)
    },
    forget: (part) => void urls.delete(part),
  }
}

const reader: Reader = { source: 'The answer to signParts', phase: 'uploading', code: 'invalid-answer' }

function unsigned(part: number): UploadError {
  const message = `The answer to signParts has no URL for the requested part ${part}.`
  return new UploadError('invalid-answer', { phase: 'uploading', message })
}

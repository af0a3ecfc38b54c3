import { readReturnValue } from '../../core/answers/read-app-result.ts'
import { expiryOf } from '../../core/answers/read-ticket.ts'
import { missingEndpoint } from '../../core/ports.ts'
import type { SendContext } from '../../core/ports.ts'
import { UploadError } from '../../protocol/errors.ts'
import { parsePartUrls } from '../../protocol/parse-parts.ts'
import type { ParseContext } from '../../protocol/parse.ts'
import type { MultipartTicket, PartUrl, Ticket } from '../../protocol/ticket.ts'
import { crc64Of } from '../checksum.ts'
import { createUnreadableError, readsChangedFiles } from '../file-check.ts'

/** Signs the parts of one file. */
export interface PartSigner {
  /** Returns a URL that has not expired. Also signs `nextPartNumbers`, in the same call if possible. */
  urlOf(partNumber: number, nextPartNumbers: readonly number[]): Promise<PartUrl>
  /** Drops the URL and the checksum of a part, so that it is signed again. */
  forget(partNumber: number): void
}

interface SignedPart extends PartUrl {
  /** Expiry in epoch milliseconds by this browser's clock. */
  readonly expiresAt: number
}

/** A part that waits for its signature. */
interface SigningRequest {
  readonly partNumber: number
  readonly checksum?: string
  resolve(url: SignedPart): void
  reject(reason: unknown): void
}

/**
 * Signs parts just before they are sent, so that URLs are fresh. If the ticket asks for a checksum, the part is hashed
 * first, and its signature is only valid for those bytes. Parts that become ready while a call is running go into the
 * next call. The first `firstBatchSize` parts of a file wait for each other, so that the requests that send them start
 * together. A connection that starts while another one uses the full bandwidth needs many seconds to get its share of
 * it (RFC 9438, 3.4).
 */
export function createSigner(
  ticket: Ticket & MultipartTicket,
  partBlob: (partNumber: number) => Blob,
  firstBatchSize: number,
  onChecksum: (partNumber: number, checksum: string) => void,
  { endpoints, signal }: Pick<SendContext, 'endpoints' | 'signal'>,
): PartSigner {
  const signedParts = new Map<number, Promise<SignedPart>>()
  let queue: SigningRequest[] = []
  let isSigning = false
  let minBatchSize = firstBatchSize

  function sign(partNumber: number): Promise<SignedPart> {
    const signedPart = new Promise<SignedPart>((resolve, reject) => {
      const enqueue = (checksum?: string) => {
        queue.push({ partNumber, resolve, reject, ...(checksum !== undefined && { checksum }) })
        // Parts of the same tick go into the same call.
        queueMicrotask(() => void callSignParts())
      }
      if (!ticket.checksum && !readsChangedFiles()) return enqueue()
      crc64Of(partBlob(partNumber), signal).then(
        (checksum) => {
          onChecksum(partNumber, checksum)
          enqueue(ticket.checksum && checksum)
        },
        (cause: unknown) => {
          reject(signal.aborted ? cause : createUnreadableError(cause))
          // The other parts must not wait for a part that cannot be read.
          minBatchSize = 1
          void callSignParts()
        },
      )
    })
    signedPart.catch(() => {}) // the sender handles the error, if the part is still sent
    signedParts.set(partNumber, signedPart)
    return signedPart
  }

  async function callSignParts(): Promise<void> {
    if (isSigning || queue.length < minBatchSize) return
    minBatchSize = 1
    isSigning = true
    const requests = queue
    queue = []
    try {
      signal.throwIfAborted()
      const partUrls = await requestUrls(requests)
      const now = Date.now()
      for (const { partNumber: part, resolve, reject } of requests) {
        const partUrl = partUrls.find(({ partNumber }) => partNumber === part)
        if (partUrl)
          resolve({
            ...partUrl,
            expiresAt: expiryOf({ kind: 'put', key: ticket.key, url: partUrl.url }, now),
          })
        else reject(missingUrlError(part))
      }
    } catch (thrown) {
      for (const { reject } of requests) reject(thrown)
    } finally {
      isSigning = false
    }
    return callSignParts()
  }

  async function requestUrls(requests: readonly SigningRequest[]): Promise<PartUrl[]> {
    if (!endpoints.signParts) throw missingEndpoint('signParts', 'uploading')
    const partNumbers = requests.map(({ partNumber }) => partNumber)
    const checksums = Object.fromEntries(
      requests.flatMap(({ partNumber, checksum }) => (checksum ? [[partNumber, checksum]] : [])),
    )
    const context = { signal, ...(ticket.checksum && { checksums }) }
    const answer = await endpoints.signParts(ticket, partNumbers, context)
    return parsePartUrls(await readReturnValue(answer, 'uploading'), parseContext)
  }

  return {
    async urlOf(partNumber, nextPartNumbers) {
      const signedPart = signedParts.get(partNumber) ?? sign(partNumber)
      for (const nextPart of nextPartNumbers) if (!signedParts.has(nextPart)) void sign(nextPart)
      const url = await signedPart
      return url.expiresAt > Date.now() ? url : sign(partNumber)
    },
    forget: (partNumber) => void signedParts.delete(partNumber),
  }
}

const parseContext: ParseContext = {
  source: 'The answer to signParts',
  uploadPhase: 'uploading',
  code: 'invalid-answer',
}

function missingUrlError(partNumber: number): UploadError {
  const message = `The answer to signParts has no URL for the requested part ${partNumber}.`
  return new UploadError('invalid-answer', { phase: 'uploading', message })
}

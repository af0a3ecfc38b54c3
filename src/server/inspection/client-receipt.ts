import type { Checksum } from '../../protocol/ticket.ts'

/** Claims of the browser about the bytes that it sent. */
export interface ClientReceipt {
  readonly etag?: string | undefined
  readonly checksum?: Checksum | undefined
}

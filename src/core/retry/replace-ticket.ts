import { UploadError } from '../../protocol/errors.ts'
import type { UploadErrorCode } from '../../protocol/errors.ts'
import type { FileInfo, Ticket } from '../../protocol/ticket.ts'
import { canRecover } from '../machine/recovery.ts'
import type { UploadState } from '../machine/state.ts'
import type { UploadPorts } from '../ports.ts'

/**
 * Returns a function that creates error handlers for requests to storage. If the error of a request has one of the
 * given `codes`, the handler calls `endpoints.replaceTicket`. If `replaceTicket` returns true, the handler throws
 * `gone`, and the upload starts again with `presign`. Otherwise the handler throws the same error again.
 *
 * A new ticket may help for two reasons. If the error is `network`, storage may have another address than before: a
 * restart during development can change the address after the backend has issued a reusable policy. If the error is
 * `signature` or `cors`, the store may not support this kind of ticket.
 */
export function createTicketReplacer<Result>(
  ports: UploadPorts<Result>,
  ticket: Ticket,
  readFileInfo: () => FileInfo,
  readState: () => UploadState<Result>,
  resumed: boolean,
): (codes: readonly UploadErrorCode[]) => (thrown: unknown) => Promise<never> {
  let networkFailureCount = resumed ? 1 : 0
  return (codes) => async (thrown) => {
    const currentState = readState()
    const mayReplace =
      thrown instanceof UploadError &&
      codes.includes(thrown.code) &&
      currentState.status === 'uploading' &&
      canRecover('gone', currentState.recoveries) &&
      (thrown.code !== 'network' || (networkFailureCount += 1) > 1)
    if (mayReplace && (await ports.endpoints.replaceTicket?.(ticket, readFileInfo(), thrown)))
      throw new UploadError('gone', { phase: 'uploading', cause: thrown })
    throw thrown
  }
}

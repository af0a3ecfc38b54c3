import { UploadError } from '../../protocol/errors.ts'
import type { UploadErrorCode } from '../../protocol/errors.ts'
import type { FileInfo, Ticket } from '../../protocol/ticket.ts'
import { canRecover } from '../machine/recovery.ts'
import type { UploadState } from '../machine/state.ts'
import type { UploadPorts } from '../ports.ts'

/**
 * Creates an error handler for requests to storage. Its `codes` are the errors that another ticket may avoid. For such
 * an error it calls `replaceTicket` of the endpoints. If that returns true, the handler throws `gone`, so that the
 * upload starts again with `presign`. Otherwise it throws the same error again.
 *
 * After `network`: storage may have moved since the backend issued a reusable policy, for example by a restart during
 * development. After `signature` or `cors`: the store may not support this kind of ticket.
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

import type { UploadError } from '../protocol/errors.ts'
import type { Ticket } from '../protocol/ticket.ts'
import { fileInfo, tellBackend } from './effects.ts'
import type { Entry } from './entry.ts'
import { ticketOf } from './machine.ts'
import type { UploaderOptions } from './options.ts'
import type { Host, UploadPorts } from './ports.ts'

/** Longest time that a retry waits for the answer to `failed`. */
const patience = 5000

/** Reports a failure to the backend. Calls `onDeleted` when the backend answers that it deleted the stored bytes. */
export function reportFailure<Result>(
  ports: UploadPorts<Result>,
  options: () => UploaderOptions<Result>,
  entry: Entry<Result>,
  error: UploadError,
  deleted: (ticket: Ticket) => void,
): void {
  if (!ports.endpoints.failed) return
  const ticket = ticketOf(entry.state)
  const file = fileInfo(entry, options())
  const report = tellBackend(ports, options, async (context) =>
    ports.endpoints.failed?.(file, ticket, error, context),
  ).then((answer) => {
    if (entry.report === report) entry.report = undefined
    if (answer?.deleted && ticket) deleted(ticket)
  })
  entry.report = report
}

/** Runs the first step of a retry after the answer to `failed`, or after 5 seconds without an answer. */
export async function afterReport<Result>(
  { sleep }: Host,
  entry: Entry<Result>,
  signal: AbortSignal,
  run: () => Promise<void>,
): Promise<void> {
  const { report } = entry
  if (report) {
    await Promise.race([report, sleep(patience, signal)])
    // A later answer still takes effect, but the next step does not wait for it again.
    if (entry.report === report) entry.report = undefined
    if (signal.aborted) return
  }
  return run()
}

import type { UploadError } from '../protocol/errors.ts'
import type { Ticket } from '../protocol/ticket.ts'
import { fileInfo, notifyBackend } from './effects.ts'
import type { ItemRecord } from './item-record.ts'
import { ticketOf } from './machine.ts'
import type { UploaderOptions } from './options.ts'
import type { Host, UploadPorts } from './ports.ts'

/** Maximum time that a retry waits for the answer to `failed`, in milliseconds. */
const reportTimeoutMs = 5000

/** Reports a failure to the backend. Calls `onDeleted` when the backend answers that it deleted the stored bytes. */
export function reportFailure<Result>(
  ports: UploadPorts<Result>,
  options: () => UploaderOptions<Result>,
  record: ItemRecord<Result>,
  error: UploadError,
  onDeleted: (ticket: Ticket) => void,
): void {
  if (!ports.endpoints.failed) return
  const ticket = ticketOf(record.state)
  const file = fileInfo(record, options())
  const report = notifyBackend(ports, options, async (context) =>
    ports.endpoints.failed?.(file, ticket, error, context),
  ).then((answer) => {
    if (record.failureReport === report) record.failureReport = undefined
    if (answer?.deleted && ticket) onDeleted(ticket)
  })
  record.failureReport = report
}

/** Runs the first step of a retry after the answer to `failed`, or after 5 seconds without an answer. */
export async function runAfterReport<Result>(
  { sleep }: Host,
  record: ItemRecord<Result>,
  signal: AbortSignal,
  run: () => Promise<void>,
): Promise<void> {
  const { failureReport: report } = record
  if (report) {
    await Promise.race([report, sleep(reportTimeoutMs, signal)])
    // A later answer still takes effect, but the next step does not wait for it again.
    if (record.failureReport === report) record.failureReport = undefined
    if (signal.aborted) return
  }
  return run()
}

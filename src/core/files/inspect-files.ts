import type { UploadError } from '../../protocol/errors.ts'
import type { ItemRecord } from '../item-record.ts'
import type { UploaderOptions } from '../options.ts'
import type { UploadPorts } from '../ports.ts'
import type { Queue } from '../queue.ts'
import { findRefusal } from './find-refusal.ts'
import { toNamedFile } from './file-info.ts'
import type { PreparedPicture } from './sent-picture.ts'

/** The members of an uploader that the inspection of its files uses. */
export interface InspectedUploader<Result> {
  readonly ports: UploadPorts<Result>
  readonly queue: Queue<Result>
  options(): UploaderOptions<Result>
  /** Returns why the rules refuse a file, or undefined if they accept it. */
  check(file: File): UploadError | undefined
  batch(change: () => void): void
  flushItem(record: ItemRecord<Result>): void
  remove(item: string): void
}

/**
 * Maximum time to read `File.size` of many files, or to validate them, without a pause, in milliseconds. Each read of a
 * file on disk blocks the page for about 0.1 ms.
 */
const sliceMs = 8
/**
 * Maximum number of queued files that are validated at the same time. Each call of `validate` may read its whole file.
 */
const maxConcurrentValidations = 4

/**
 * Checks the sizes of many added files, and validates the files that are still in the queue. `prepareFile` does both
 * for a file whose upload has already started.
 */
export async function inspectFiles<Result>(
  uploader: InspectedUploader<Result>,
  records: readonly ItemRecord<Result>[],
): Promise<void> {
  await measureFiles(uploader, records)
  if (!uploader.options().validate) return
  const { host } = uploader.ports
  // The parallel loops share one iterator, so that each file is validated once.
  const remainingRecords = records.values()
  const validateNext = async () => {
    let sliceEnd = host.now() + sliceMs
    for (const record of remainingRecords) {
      await validateIdleFile(uploader, record)
      // A `validate` that answers at once leaves no other pause.
      if (host.now() <= sliceEnd) continue
      await host.sleep(0, new AbortController().signal)
      sliceEnd = host.now() + sliceMs
    }
  }
  for (let index = 0; index < maxConcurrentValidations; index += 1) void validateNext()
}

/**
 * Checks, validates and prepares a file that starts. Resolves with false if the file was refused or the signal aborted,
 * else with true. Rejects with the error of `validate` or `prepare`.
 */
export async function prepareFile<Result>(
  uploader: InspectedUploader<Result>,
  record: ItemRecord<Result>,
  signal: AbortSignal,
): Promise<boolean> {
  measureFile(uploader, record)
  if (signal.aborted || !(await validateFile(uploader, record, signal))) return false
  record.replacedRecord = undefined
  const { prepare } = uploader.options()
  // Awaits even without `prepare`, so that a file that is paused right after `add` is not presigned.
  const preparedFile: PreparedPicture = await (prepare ? prepare(record.file, { signal }) : record.file)
  if (signal.aborted) return false
  const { image, crop } = preparedFile['~picture'] ?? {}
  record.image = image
  // A crop that `update` has set is newer.
  record.crop ??= crop
  record.preparedFile =
    'name' in preparedFile
      ? (preparedFile as File) // a File of another window fails `instanceof`
      : toNamedFile(preparedFile, record.file)
  return !signal.aborted
}

/**
 * Reads file sizes for at most 8 ms without a pause, because each read of a file on disk blocks the main thread for
 * about 0.1 ms.
 */
async function measureFiles<Result>(
  uploader: InspectedUploader<Result>,
  records: readonly ItemRecord<Result>[],
) {
  const { batch, ports } = uploader
  const { host } = ports
  const unmeasuredRecords = records.filter(({ isMeasured }) => !isMeasured)
  for (let index = 0; index < unmeasuredRecords.length;) {
    const sliceEnd = host.now() + sliceMs
    batch(() => {
      for (; index < unmeasuredRecords.length && host.now() <= sliceEnd; index += 1) {
        const record = unmeasuredRecords[index]
        if (record) measureFile(uploader, record)
      }
    })
    await host.sleep(0, new AbortController().signal)
  }
}

function measureFile<Result>(uploader: InspectedUploader<Result>, record: ItemRecord<Result>) {
  if (record.isMeasured) return
  record.isMeasured = true
  const error = uploader.check(record.file)
  if (error) refuse(uploader, record, error)
}

/**
 * Validates a file that has not started. Ignores a failure of `validate`, because `validate` is called again when the
 * file starts. A failure of the second call fails the upload.
 */
async function validateIdleFile<Result>(uploader: InspectedUploader<Result>, record: ItemRecord<Result>) {
  if (record.state.status !== 'idle' || record.state.canceled) return
  // The uploader aborts this controller when the file starts or is canceled, paused or removed.
  const { signal } = (record.controller = new AbortController())
  const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
  await Promise.race([validateFile(uploader, record, signal).catch(() => {}), aborted])
}

/**
 * Calls `validate` unless `validate` has already accepted the file. Resolves with false if the file was refused or the
 * signal aborted, else with true.
 */
async function validateFile<Result>(
  uploader: InspectedUploader<Result>,
  record: ItemRecord<Result>,
  signal: AbortSignal,
): Promise<boolean> {
  const { validate } = uploader.options()
  if (!validate || record.isValid) return true
  const refusal = await findRefusal(record.file, validate, signal)
  if (signal.aborted) return false
  if (refusal) refuse(uploader, record, refusal)
  record.isValid = !refusal
  return !refusal
}

/**
 * Removes a file that is refused after it was added, and brings the file back that it replaced. Adds a rejection, unless
 * the user withdrew the file (`canceled`). `resultOf` rejects with the error.
 */
function refuse<Result>(uploader: InspectedUploader<Result>, record: ItemRecord<Result>, error: UploadError) {
  const { queue, ports } = uploader
  const { id, file } = record
  if (queue.get(id) !== record) return
  let { replacedRecord } = record
  while (replacedRecord && replacedRecord.state.status !== 'done') ({ replacedRecord } = replacedRecord)
  uploader.batch(() => {
    record.controller?.abort()
    const resume = { status: 'starting', step: 'preparing' } as const
    queue.setRecordState(record, { status: 'error', error, resume })
    uploader.flushItem(record)
    uploader.remove(id)
    if (replacedRecord) queue.push(replacedRecord)
    if (error.code !== 'canceled')
      queue.setRejections([...queue.store.getState().rejections, { id: ports.newId(), file, error }])
  })
}

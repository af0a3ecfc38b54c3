import type { ItemStatus } from './item.ts'
import { fileOverheadBytes, progressOfItem } from './progress.ts'
import { createSizeEstimator, sizeOf } from './files/file-size.ts'

/** Upload speed, smoothed over 5 seconds. Undefined while nothing uploads and during the first 1.5 seconds. */
export interface UploadSpeed {
  readonly bytesPerSecond: number | undefined
  /** Seconds until all queued and active uploads are stored, at this speed. */
  readonly secondsLeft: number | undefined
}

type MeasuredItem = { readonly id: string; readonly file: Blob } & ItemStatus<unknown>

/**
 * Time constant of the average, in seconds. It is long enough that users can read the number, and short enough that
 * the number follows a change of the network.
 */
const smoothingSeconds = 5
/** Seconds of measurement before a speed is shown. */
const minMeasuredSeconds = 1.5

/** Computes the speed from samples, taken about once a second. Time while everything is paused or retrying is excluded. */
export function createSpeedometer() {
  let previousProgress = new Map<string, number>()
  let lastSampleAt: number | undefined
  const byteRate = createRateMeter()
  // Rate of bytes plus a fixed overhead per file, because the speed of many small files depends more on round trips
  // than on bytes.
  const weightRate = createRateMeter()

  return {
    /** Takes a sample and returns the current speed. `now` is in epoch milliseconds. */
    sample(items: readonly MeasuredItem[], now: number): UploadSpeed {
      const currentProgress = new Map(items.map((item) => [item.id, progressOfItem(item)]))
      const isAnySending = items.some(isSendingBytes)
      const seconds = isAnySending && lastSampleAt !== undefined ? (now - lastSampleAt) / 1000 : 0
      if (seconds > 0) {
        let sentBytes = 0
        let sentWeight = 0
        for (const { id, file } of items) {
          const progressIncrease = Math.max(
            0,
            (currentProgress.get(id) ?? 0) - (previousProgress.get(id) ?? 0),
          )
          // The size of a queued file may not be read yet, and reading it blocks.
          if (progressIncrease === 0) continue
          sentBytes += progressIncrease * sizeOf(file)
          sentWeight += progressIncrease * (sizeOf(file) + fileOverheadBytes)
        }
        byteRate.add(sentBytes, seconds)
        weightRate.add(sentWeight, seconds)
      }
      previousProgress = currentProgress
      lastSampleAt = isAnySending ? now : undefined

      if (!isAnySending) return noSpeed
      const estimateSize = createSizeEstimator()
      const remainingWeight = items.reduce(
        (sum, item) =>
          sum +
          (willSendBytes(item)
            ? (1 - progressOfItem(item)) * (estimateSize(item.file) + fileOverheadBytes)
            : 0),
        0,
      )
      const weightPerSecond = weightRate.value()
      return {
        bytesPerSecond: byteRate.value(),
        secondsLeft: weightPerSecond ? remainingWeight / weightPerSecond : undefined,
      }
    },
  }
}

const noSpeed: UploadSpeed = { bytesPerSecond: undefined, secondsLeft: undefined }

/** Creates an exponential moving average with bias correction: the time before the first sample has no weight. */
function createRateMeter() {
  let sum = 0
  let weightSum = 0
  let measuredSeconds = 0
  return {
    add(amount: number, seconds: number) {
      const sampleWeight = 1 - Math.exp(-seconds / smoothingSeconds)
      sum += sampleWeight * (amount / seconds - sum)
      weightSum += sampleWeight * (1 - weightSum)
      measuredSeconds += seconds
    },
    value: () => (measuredSeconds >= minMeasuredSeconds ? sum / weightSum : undefined),
  }
}

export function isSendingBytes(item: ItemStatus<unknown>): boolean {
  return item.status === 'uploading' && !item.paused && !item.retrying
}

/** Whether an item will still send bytes if the user does nothing. */
function willSendBytes(item: ItemStatus<unknown>): boolean {
  if (item.status === 'idle') return !item.canceled && !item.held
  return item.status === 'starting' || (item.status === 'uploading' && !item.paused)
}

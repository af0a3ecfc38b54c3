import type { ItemStatus } from './item.ts'
import { fileWeight, itemProgress } from './progress.ts'
import { quickSizes, sizeOf } from './size.ts'

/** Upload speed, smoothed over 5 seconds. Undefined while nothing uploads and during the first 1.5 seconds. */
export interface UploadSpeed {
  readonly bytesPerSecond: number | undefined
  /** Seconds until all queued and active uploads are stored, at this speed. */
  readonly secondsLeft: number | undefined
}

type Measured = { readonly id: string; readonly file: Blob } & ItemStatus<unknown>

/** Time constant of the average, in seconds: long enough to read the number, short enough to follow a network change. */
const smoothing = 5
/** Seconds of measurement before a speed is shown. */
const warmUp = 1.5

/** Computes the speed from samples, taken about once a second. Time while everything is paused or retrying is excluded. */
export function createSpeedometer() {
  let before = new Map<string, number>()
  let last: number | undefined
  const bytes = createRate()
  // Round trips limit many small files more than their bytes do.
  const weight = createRate()

  return {
    /** `now` in epoch milliseconds. */
    sample(items: readonly Measured[], now: number): UploadSpeed {
      const behind = new Map(items.map((item) => [item.id, itemProgress(item)]))
      const moving = items.some(isMoving)
      const seconds = moving && last !== undefined ? (now - last) / 1000 : 0
      if (seconds > 0) {
        let moved = 0
        let carried = 0
        for (const { id, file } of items) {
          const step = Math.max(0, (behind.get(id) ?? 0) - (before.get(id) ?? 0))
          // The size of a queued file may not be read yet, and reading it blocks.
          if (step === 0) continue
          moved += step * sizeOf(file)
          carried += step * (sizeOf(file) + fileWeight)
        }
        bytes.add(moved, seconds)
        weight.add(carried, seconds)
      }
      before = behind
      last = moving ? now : undefined

      if (!moving) return nothing
      const quickSizeOf = quickSizes()
      const left = items.reduce(
        (sum, item) =>
          sum + (isAhead(item) ? (1 - itemProgress(item)) * (quickSizeOf(item.file) + fileWeight) : 0),
        0,
      )
      const perSecond = weight.value()
      return {
        bytesPerSecond: bytes.value(),
        secondsLeft: perSecond ? left / perSecond : undefined,
      }
    },
  }
}

const nothing: UploadSpeed = { bytesPerSecond: undefined, secondsLeft: undefined }

/** An exponential moving average with bias correction: time before the first sample has no weight. */
function createRate() {
  let sum = 0
  let share = 0
  let seen = 0
  return {
    add(amount: number, seconds: number) {
      const fresh = 1 - Math.exp(-seconds / smoothing)
      sum += fresh * (amount / seconds - sum)
      share += fresh * (1 - share)
      seen += seconds
    },
    value: () => (seen >= warmUp ? sum / share : undefined),
  }
}

export function isMoving(item: ItemStatus<unknown>): boolean {
  return item.status === 'uploading' && !item.paused && !item.waiting
}

/** Whether an item will still send bytes without an action of the user. */
function isAhead(item: ItemStatus<unknown>): boolean {
  if (item.status === 'idle') return !item.canceled && !item.held
  return item.status === 'starting' || (item.status === 'uploading' && !item.paused)
}

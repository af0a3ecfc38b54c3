import type { ItemStatus } from './item.ts'
import { fileWeight, itemProgress } from './progress.ts'
import { quickSizes, sizeOf } from './size.ts'

/** How fast bytes leave, smoothed over some seconds. Undefined while nothing moves, and before it can be told. */
export interface UploadSpeed {
  readonly bytesPerSecond: number | undefined
  /** Until everything that is on its way or waits is stored, at this speed. */
  readonly secondsLeft: number | undefined
}

type Measured = { readonly id: string; readonly file: Blob } & ItemStatus<unknown>

/** What a speed is smoothed over, in seconds: steady enough to be read, and it follows a change of network. */
const smoothing = 5
/** A speed that is told earlier than this is more of a guess, in seconds. */
const warmUp = 1.5

/** Measures by samples, taken about once a second. Time in which all is paused, or waits for the network, does not count. */
export function createSpeedometer() {
  let before = new Map<string, number>()
  let last: number | undefined
  const bytes = createRate()
  // Many small files are as fast as their round trips, and not as their bytes.
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
          // Of those that wait nobody may have asked the size yet.
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

/** An exponential moving average that is right from the start: what has not been seen yet counts nothing. */
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

/** Whether its bytes are still to be sent without anybody doing anything. */
function isAhead(item: ItemStatus<unknown>): boolean {
  if (item.status === 'idle') return !item.canceled && !item.held
  return item.status === 'starting' || (item.status === 'uploading' && !item.paused)
}

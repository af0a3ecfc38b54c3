'use client'

import { useEffect, useState } from 'react'
import type { UploadItem } from '../core/item.ts'
import { createSpeedometer, isMoving } from '../core/speed.ts'
import type { UploadSpeed } from '../core/speed.ts'
import type { Uploader } from '../core/uploader.ts'

const every = 1000

/**
 * Returns the speed of an item or a list in bytes per second, and the seconds left: smoothed, updated once a
 * second. Both are undefined while the upload is paused, offline or idle.
 */
export function useUploadSpeed(of: UploadItem | Pick<Uploader, 'store'>): UploadSpeed {
  const [speed, setSpeed] = useState<UploadSpeed>(unknown)
  const { store } = of
  useEffect(() => {
    const meter = createSpeedometer()
    let timer: ReturnType<typeof setInterval> | undefined
    // A list's store holds each item as of its last change of status, so progress is read from the items' own
    // stores.
    const items = () => {
      const state = store.getState()
      return 'items' in state ? state.items.map((item) => item.store.getState()) : [state]
    }
    function look() {
      const now = items()
      if (now.some(isMoving)) timer ??= setInterval(look, every)
      else {
        clearInterval(timer)
        timer = undefined
      }
      const next = meter.sample(now, Date.now())
      setSpeed((last) =>
        last.bytesPerSecond === next.bytesPerSecond && last.secondsLeft === next.secondsLeft ? last : next,
      )
    }
    function begin() {
      // The timer reads progress once a second, not per event.
      const state = store.getState()
      const starts = 'items' in state ? state.items.some(isMoving) : isMoving(state)
      if (starts !== (timer !== undefined)) look()
    }
    begin()
    const stop = store.subscribe(begin)
    return () => {
      stop()
      clearInterval(timer)
    }
  }, [store])
  return speed
}

const unknown: UploadSpeed = { bytesPerSecond: undefined, secondsLeft: undefined }

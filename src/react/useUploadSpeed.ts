'use client'

import { useEffect, useState } from 'react'
import type { UploadItem } from '../core/item.ts'
import { createSpeedometer, isMoving } from '../core/speed.ts'
import type { UploadSpeed } from '../core/speed.ts'
import type { Uploader } from '../core/uploader.ts'

const every = 1000

/**
 * How fast an item or a whole list is, and how long it will take: smoothed, told once a second, and undefined while it
 * is paused, waits for the network or does nothing.
 */
export function useUploadSpeed(of: UploadItem | Pick<Uploader, 'store'>): UploadSpeed {
  const [speed, setSpeed] = useState<UploadSpeed>(unknown)
  const { store } = of
  useEffect(() => {
    const meter = createSpeedometer()
    let timer: ReturnType<typeof setInterval> | undefined
    // Of an item it is its own store, of a list it holds the items as they were when their status changed.
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
      // What moves is looked at once a second, not whenever something happens.
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

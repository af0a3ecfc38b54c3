'use client'

import { useEffect, useState } from 'react'
import type { UploadItem } from '../core/item.ts'
import { createSpeedometer, isMoving } from '../core/speed.ts'
import type { UploadSpeed } from '../core/speed.ts'
import type { Uploader } from '../core/uploader.ts'

const intervalMs = 1000

/**
 * Returns the speed of an item or a list in bytes per second, and the seconds left: smoothed, updated once a
 * second. Both are undefined while the upload is paused, offline or idle.
 */
export function useUploadSpeed(source: UploadItem | Pick<Uploader, 'store'>): UploadSpeed {
  const [speed, setSpeed] = useState<UploadSpeed>(unknownSpeed)
  const { store } = source
  useEffect(() => {
    const meter = createSpeedometer()
    let timer: ReturnType<typeof setInterval> | undefined
    // A list's store updates an item only when its status changes, so progress is read from the item's own store.
    const currentItems = () => {
      const state = store.getState()
      return 'items' in state ? state.items.map((item) => item.store.getState()) : [state]
    }
    function update() {
      const snapshot = currentItems()
      if (snapshot.some(isMoving)) timer ??= setInterval(update, intervalMs)
      else {
        clearInterval(timer)
        timer = undefined
      }
      const next = meter.sample(snapshot, Date.now())
      setSpeed((previous) =>
        previous.bytesPerSecond === next.bytesPerSecond && previous.secondsLeft === next.secondsLeft
          ? previous
          : next,
      )
    }
    function startOrStop() {
      // The timer reads progress once a second, not per event.
      const state = store.getState()
      const isActive = 'items' in state ? state.items.some(isMoving) : isMoving(state)
      if (isActive !== (timer !== undefined)) update()
    }
    startOrStop()
    const unsubscribe = store.subscribe(startOrStop)
    return () => {
      unsubscribe()
      clearInterval(timer)
    }
  }, [store])
  return speed
}

const unknownSpeed: UploadSpeed = { bytesPerSecond: undefined, secondsLeft: undefined }

'use client'

import { useEffect, useState } from 'react'
import type { UploadItem } from '../core/item.ts'
import { createSpeedometer, isMoving } from '../core/speed.ts'
import type { UploadSpeed } from '../core/speed.ts'
import type { Uploader } from '../core/uploader.ts'

const intervalMs = 1000

/** Implements `useUploadSpeed`. */
export function useSpeed(source: UploadItem | Pick<Uploader, 'store'>): UploadSpeed {
  const [speed, setSpeed] = useState<UploadSpeed>(unknownSpeed)
  const { store } = source
  useEffect(() => {
    const meter = createSpeedometer()
    let timer: ReturnType<typeof setInterval> | undefined
    // A list's store holds each item as of its last change of status, so progress is read from the items' own
    // stores.
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

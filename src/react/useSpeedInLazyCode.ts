'use client'

import { useEffect, useState } from 'react'
import type { UploadItem } from '../core/item.ts'
import { createSpeedometer, isSendingBytes } from '../core/speed.ts'
import type { UploadSpeed } from '../core/speed.ts'
import type { Uploader } from '../core/uploader-types.ts'

const sampleIntervalMs = 1000

/**
 * Implements `useUploadSpeed`. Code that loads later imports this hook. The entry does not export it, because esbuild
 * puts a module that the entry exports into the initial bundle.
 */
export function useSpeedInLazyCode(source: UploadItem | Pick<Uploader, 'store'>): UploadSpeed {
  const [speed, setSpeed] = useState<UploadSpeed>(unknownSpeed)
  const { store } = source
  useEffect(() => {
    const speedometer = createSpeedometer()
    let timer: ReturnType<typeof setInterval> | undefined
    // Reads the items' own stores, because the store of a list updates an item only when its status changes.
    const currentItems = () => {
      const state = store.getState()
      return 'items' in state ? state.items.map((item) => item.store.getState()) : [state]
    }
    function update() {
      const snapshot = currentItems()
      if (snapshot.some(isSendingBytes)) timer ??= setInterval(update, sampleIntervalMs)
      else {
        clearInterval(timer)
        timer = undefined
      }
      const newSpeed = speedometer.sample(snapshot, Date.now())
      setSpeed((previousSpeed) =>
        previousSpeed.bytesPerSecond === newSpeed.bytesPerSecond &&
        previousSpeed.secondsLeft === newSpeed.secondsLeft
          ? previousSpeed
          : newSpeed,
      )
    }
    function startOrStopTimer() {
      // Measures in a timer once a second, not at every progress event.
      const state = store.getState()
      const isActive = 'items' in state ? state.items.some(isSendingBytes) : isSendingBytes(state)
      if (isActive !== (timer !== undefined)) update()
    }
    startOrStopTimer()
    const unsubscribe = store.subscribe(startOrStopTimer)
    return () => {
      unsubscribe()
      clearInterval(timer)
    }
  }, [store])
  return speed
}

const unknownSpeed: UploadSpeed = { bytesPerSecond: undefined, secondsLeft: undefined }

'use client'

import type { UploadSpeed } from '../../core/speed.ts'
import { useUploadSpeed } from '../../react/useUploadSpeed.ts'
import { useAllTexts } from '../all-messages.ts'
import { part } from './part.tsx'
import type { Part } from './part.tsx'
import { useEntry } from './scope.ts'

/** The speed and the time left: "1.2 MB/s, 20 sec left". Renders nothing while both are unknown. */
export const Speed: Part<'span', UploadSpeed> = /* @__PURE__ */ part('speed', 'span', (rest) => {
  const entry = useEntry()
  const { messages, numbers } = useAllTexts()
  const speed = useUploadSpeed(entry.kind === 'upload' ? entry.item : still)
  const { bytesPerSecond, secondsLeft } = speed
  if (bytesPerSecond === undefined) return undefined
  const fast = messages.speed(numbers.size(bytesPerSecond))
  const left = secondsLeft === undefined ? '' : `, ${messages.left(numbers.duration(secondsLeft))}`
  return { state: speed, props: rest, children: fast + left }
})

/** A stored image has no speed. */
const nothing = { items: [], rejections: [] }
const still = {
  store: { getState: () => nothing, getInitialState: () => nothing, subscribe: () => () => {} },
}

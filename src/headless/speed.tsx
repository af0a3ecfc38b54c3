'use client'

import type { UploadSpeed } from '../core/speed.ts'
import { useSpeedInLazyCode } from '../react/useSpeedInLazyCode.ts'
import { useCompleteTexts } from '../i18n/complete-texts.ts'
import { createPart } from './create-part.tsx'
import type { Part } from './create-part.tsx'
import { useEntry } from './context.ts'

/** The speed and the time left: "1.2 MB/s, 20 sec left". Renders nothing while both are unknown. */
export const Speed: Part<'span', UploadSpeed> = /* @__PURE__ */ createPart('speed', 'span', (rest) => {
  const entry = useEntry()
  const { messages, formatters } = useCompleteTexts()
  const speed = useSpeedInLazyCode(entry.kind === 'upload' ? entry.item : placeholderUploader)
  const { bytesPerSecond, secondsLeft } = speed
  if (bytesPerSecond === undefined) return undefined
  const speedText = messages.speed(formatters.size(bytesPerSecond))
  const timeLeftText = secondsLeft === undefined ? '' : `, ${messages.left(formatters.duration(secondsLeft))}`
  return { state: speed, props: rest, children: speedText + timeLeftText }
})

const placeholderState = { items: [], rejections: [] }
/** Placeholder for the uploader of a stored image, which has no speed. */
const placeholderUploader = {
  store: {
    getState: () => placeholderState,
    getInitialState: () => placeholderState,
    subscribe: () => () => {},
  },
}

'use client'

import { useEffect, useRef, useState } from 'react'
import { cropOf, setViewForAll, viewForAllOf } from '../../image/crop/crop-requests.ts'
import type { CropRequest } from '../../image/crop/crop-requests.ts'
import { cropOfView, rotatedSize, viewOfCrop } from '../../image/crop/crop.ts'
import type { CropView, PixelSize } from '../../image/crop/crop.ts'
import { CropStage } from './CropStage.tsx'
import { CropTools } from './CropTools.tsx'
import { useCropTexts } from './useCropTexts.ts'
import { usePictureUrl } from './usePictureUrl.ts'

interface CropEditorProps {
  readonly request: CropRequest
  readonly remainingFiles: readonly File[]
  readonly onCancel: () => void
}

const wholeView: CropView = { zoom: 1, rotation: 0, centerX: 0.5, centerY: 0.5 }
/** Part of the crop area by which a button moves the picture. */
const moveStep = 0.1
/** Maximum zoom. It is higher for large pictures, as long as the area has as many pixels as this. */
const minMaxZoom = 4
const smallestAreaPx = 400
/** Time in milliseconds without a change after which the crop area is announced. */
const announceAfterMs = 600

/** Edits the crop of one file. */
export function CropEditor({ request, remainingFiles, onCancel }: CropEditorProps) {
  const { messages } = useCropTexts()
  const { source, settle, options } = request
  const { aspect } = options
  const [size, setSize] = useState<PixelSize>()
  const [view, setView] = useState(wholeView)
  // A file that cannot be shown is not cropped. `prepare` reports why it cannot be decoded. A stored image keeps its crop.
  const picture = usePictureUrl(request, () =>
    settle(typeof source === 'string' ? 'dropped' : { crop: undefined }),
  )
  const announcement = useAnnouncement(view, size && cropOfView(view, size, aspect))
  const file = typeof source === 'string' ? undefined : source
  const earlierCrop = request.crop ?? (file && cropOf(file))
  const viewForAll = file && !earlierCrop ? viewForAllOf(file) : undefined

  function start(pictureSize: PixelSize) {
    // The size of this file is known only now, so the choice for all files could not be applied before.
    if (viewForAll) return settle({ crop: cropOfView(viewForAll, pictureSize, aspect), size: pictureSize })
    setSize(pictureSize)
    if (earlierCrop) setView(viewOfCrop(earlierCrop, pictureSize, aspect))
  }
  function apply(isForAll: boolean) {
    if (!size) return
    if (isForAll) setViewForAll(remainingFiles, view)
    settle({ crop: cropOfView(view, size, aspect), size })
  }
  /** Moves the picture by steps. */
  function move(right: number, down: number) {
    if (!size) return
    setView((currentView) => {
      // Begins where the area is, because the center of a view may be too close to an edge.
      const { x, y, width, height } = cropOfView(currentView, size, aspect)
      return {
        ...currentView,
        centerX: x + width * (0.5 - right * moveStep),
        centerY: y + height * (0.5 - down * moveStep),
      }
    })
  }
  const shownSize = size && rotatedSize(size, view.rotation)
  const maxZoom = shownSize
    ? Math.max(minMaxZoom, Math.min(shownSize.width, shownSize.height) / smallestAreaPx)
    : minMaxZoom

  return (
    <>
      <CropStage
        {...{ picture, view, size, aspect, maxZoom }}
        round={options.round}
        onSize={start}
        onView={setView}
        onApply={() => apply(false)}
      />
      <CropTools {...{ view, maxZoom }} onView={setView} onMove={move} />
      <div className="putaway-crop-end">
        {remainingFiles.length > 0 && (
          <button
            type="button"
            className="putaway-button"
            data-quiet=""
            disabled={!size}
            onClick={() => apply(true)}
          >
            {messages.cropApplyAll}
          </button>
        )}
        <button type="button" className="putaway-button" onClick={onCancel}>
          {options.onCancel === 'keep' ? messages.cropSkip : messages.cropCancel}
        </button>
        <button
          type="button"
          className="putaway-button"
          data-primary=""
          disabled={!size}
          onClick={() => apply(false)}
        >
          {messages.cropApply}
        </button>
      </div>
      <output className="putaway-live">{announcement}</output>
    </>
  )
}

/** Returns a text that describes the crop area, a moment after its last change. */
function useAnnouncement(view: CropView, crop: ReturnType<typeof cropOfView> | undefined): string {
  const { messages, formatters, formatZoom } = useCropTexts()
  const [text, setText] = useState('')
  const isChanged = useRef(false)
  const state =
    crop && messages.cropState(formatZoom(view.zoom), formatters.percent(crop.x), formatters.percent(crop.y))
  const { rotation } = view
  const announcedRotation = useRef(rotation)
  useEffect(() => {
    if (state === undefined) return undefined
    // Describes only what the user changes.
    if (!isChanged.current) {
      isChanged.current = true
      return undefined
    }
    const timer = setTimeout(() => {
      const isRotated = announcedRotation.current !== rotation
      announcedRotation.current = rotation
      setText(isRotated ? `${messages.cropRotated(rotation, formatters)} ${state}` : state)
    }, announceAfterMs)
    return () => clearTimeout(timer)
  }, [state, rotation, messages, formatters])
  return text
}

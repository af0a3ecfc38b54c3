'use client'

import { useEffect, useId, useRef, useState } from 'react'
import type { KeyboardEvent, RefObject } from 'react'
import Cropper from 'react-easy-crop'
import type { MediaSize, Point, Size } from 'react-easy-crop'
import { cropOfView, largestArea, rotatedSize } from '../../image/crop/crop.ts'
import type { CropView, PixelSize } from '../../image/crop/crop.ts'
import { useCropTexts } from './useCropTexts.ts'

interface CropStageProps {
  readonly picture: { readonly url: string | undefined; readonly onError: () => void }
  readonly view: CropView
  /** Size of the upright picture. Undefined until it has loaded. */
  readonly size: PixelSize | undefined
  readonly aspect: number | undefined
  readonly round: boolean | undefined
  readonly maxZoom: number
  readonly onSize: (size: PixelSize) => void
  readonly onView: (view: CropView) => void
  readonly onApply: () => void
}

/** Pixels of the screen by which an arrow key moves the picture. */
const keyStepPx = 10
const fineKeyStepPx = 1
const keyZoomStep = 1.1

const arrowDirections: Readonly<Record<string, readonly [right: number, down: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
}

/** Sizes on the screen: of the picture before it is rotated, and of the crop area. */
interface ShownSizes {
  readonly media: Size
  readonly area: Size
}

/**
 * Shows the picture and the crop area. The pointer, two fingers, the wheel and the keyboard move and zoom the picture.
 * react-easy-crop measures in pixels of the screen, and `CropView` in fractions of the picture.
 */
export function CropStage({
  picture,
  view,
  size,
  aspect,
  round = false,
  maxZoom,
  onSize,
  onView,
  onApply,
}: CropStageProps) {
  const { messages } = useCropTexts()
  const hintId = useId()
  const [media, setMedia] = useState<Size>()
  const [area, setArea] = useState<Size>()
  const isMeasuring = useRef(false)
  const areaElement = useRef<RefObject<HTMLElement | null>>(undefined)
  /** The position of the event that is being handled, in which react-easy-crop changes the position before the zoom. */
  const newPosition = useRef<Point>(undefined)
  const shown = media && area && size ? { media, area } : undefined
  useEffect(() => {
    newPosition.current = undefined
  })
  const isShown = Boolean(shown)
  useEffect(() => {
    // Now the arrow keys work. Before, the first button of the dialog had focus.
    if (isShown) areaElement.current?.current?.focus()
  }, [isShown])
  const { x, y, zoom, baseZoom } = shown && size ? toScreen(view, size, aspect, shown) : unmeasured

  const changeView = (position: Point, newZoom: number) => {
    if (!shown) return
    const { width, height } = rotatedSize(shown.media, view.rotation)
    onView({
      ...view,
      zoom: Math.max(1, newZoom / baseZoom),
      centerX: 0.5 - position.x / (width * newZoom),
      centerY: 0.5 - position.y / (height * newZoom),
    })
  }
  const onKeyDown = (event: KeyboardEvent) => {
    // With these keys, the browser zooms the page or goes back.
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const direction = arrowDirections[event.key]
    const stepPx = event.shiftKey ? fineKeyStepPx : keyStepPx
    if (direction) changeView({ x: x + direction[0] * stepPx, y: y + direction[1] * stepPx }, zoom)
    else if (/^[+=]$/.test(event.key)) changeZoom(view.zoom * keyZoomStep)
    else if (event.key === '-') changeZoom(view.zoom / keyZoomStep)
    else if (event.key === 'Enter') onApply()
    else return
    event.preventDefault()
  }
  const changeZoom = (newZoom: number) => onView({ ...view, zoom: Math.min(maxZoom, Math.max(1, newZoom)) })

  return (
    <div className="putaway-crop-stage">
      {picture.url !== undefined && (
        <Cropper
          image={picture.url}
          crop={{ x, y }}
          zoom={zoom}
          minZoom={baseZoom}
          maxZoom={baseZoom * maxZoom}
          rotation={view.rotation}
          aspect={aspect ?? aspectOf(size, view.rotation)}
          cropShape={round ? 'round' : 'rect'}
          // Its rules are in crop-dialog.css, because a Content-Security-Policy may forbid a <style>.
          disableAutomaticStylesInjection
          setMediaSize={({ width, height }) => setMedia({ width, height })}
          setCropSize={(newArea) => {
            setArea(newArea)
            // Until the next frame, react-easy-crop passes the old position in pixels of the new size.
            isMeasuring.current = true
            requestAnimationFrame(() => (isMeasuring.current = false))
          }}
          onMediaLoaded={({ naturalWidth, naturalHeight }: MediaSize) =>
            onSize({ width: naturalWidth, height: naturalHeight })
          }
          onCropChange={(position) => {
            if (isMeasuring.current) return
            newPosition.current = position
            changeView(position, zoom)
          }}
          onZoomChange={(newZoom) => {
            changeView(newPosition.current ?? { x, y }, newZoom)
            newPosition.current = undefined
          }}
          setCropperRef={(element) => {
            areaElement.current = element
          }}
          mediaProps={{ alt: '', draggable: false, onError: picture.onError }}
          cropperProps={{
            role: 'application',
            'aria-label': messages.cropArea,
            'aria-describedby': hintId,
            onKeyDown,
            onKeyUp: undefined,
          }}
        />
      )}
      <span id={hintId} hidden>
        {messages.cropHint}
      </span>
    </div>
  )
}

const unmeasured = { x: 0, y: 0, zoom: 1, baseZoom: 1 }

/** Converts a view to the position and the zoom of react-easy-crop. `baseZoom` shows the largest area. */
function toScreen(view: CropView, size: PixelSize, aspect: number | undefined, { media, area }: ShownSizes) {
  const crop = cropOfView(view, size, aspect)
  const largest = largestArea(rotatedSize(size, view.rotation), aspect)
  const { width, height } = rotatedSize(media, view.rotation)
  const zoom = area.width / (width * crop.width)
  return {
    x: (0.5 - crop.x - crop.width / 2) * width * zoom,
    y: (0.5 - crop.y - crop.height / 2) * height * zoom,
    zoom,
    baseZoom: area.width / (width * largest.width),
  }
}

function aspectOf(size: PixelSize | undefined, rotation: number): number {
  if (!size) return 1
  const { width, height } = rotatedSize(size, rotation)
  return width / height
}

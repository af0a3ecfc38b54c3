'use client'

import { rotateView } from '../../image/crop/crop.ts'
import type { CropView } from '../../image/crop/crop.ts'
import { useCropTexts } from './useCropTexts.ts'

interface CropToolsProps {
  readonly view: CropView
  readonly maxZoom: number
  readonly onView: (change: (view: CropView) => CropView) => void
  /** Moves the picture right and down, in steps. */
  readonly onMove: (right: number, down: number) => void
}

/** SVG paths on a 20 px grid. */
const toolPaths = {
  minus: 'M5 10h10',
  plus: 'M10 5v10M5 10h10',
  'rotate-left': 'M4 10a6 6 0 1 0 2-4.5l-2 2M4 4v3.5h3.5',
  'rotate-right': 'M16 10a6 6 0 1 1-2-4.5l2 2M16 4v3.5h-3.5',
  left: 'M15.5 10h-11m4.5-4.5L4.5 10 9 14.5',
  right: 'M4.5 10h11M11 5.5l4.5 4.5-4.5 4.5',
  up: 'M10 15.5v-11M5.5 9 10 4.5 14.5 9',
  down: 'M10 4.5v11M5.5 11l4.5 4.5 4.5-4.5',
}

/** Factor of one press on a zoom button. */
const zoomStep = 1.2

/** Buttons and a slider for everything that the pointer can do with the picture. */
export function CropTools({ view, maxZoom, onView, onMove }: CropToolsProps) {
  const { messages, formatZoom } = useCropTexts()
  const { zoom } = view
  const changeZoom = (newZoom: (zoom: number) => number) =>
    onView((currentView) => ({
      ...currentView,
      zoom: Math.min(maxZoom, Math.max(1, newZoom(currentView.zoom))),
    }))
  const button = (icon: keyof typeof toolPaths, label: string, onClick: () => void) => (
    <button type="button" className="putaway-icon-button" title={label} aria-label={label} onClick={onClick}>
      <ToolIcon svgPath={toolPaths[icon]} />
    </button>
  )
  return (
    <div className="putaway-crop-tools">
      <span className="putaway-crop-zoom">
        {button('minus', messages.cropZoomOut, () => changeZoom((current) => current / zoomStep))}
        <input
          type="range"
          // Without a form, the Enter key submits none.
          form=""
          aria-label={messages.cropZoom}
          aria-valuetext={formatZoom(zoom)}
          min={1}
          max={maxZoom}
          step={0.01}
          value={zoom}
          onChange={({ target }) => changeZoom(() => target.valueAsNumber)}
        />
        {button('plus', messages.cropZoomIn, () => changeZoom((current) => current * zoomStep))}
      </span>
      <span className="putaway-crop-buttons">
        {button('rotate-left', messages.cropRotateLeft, () => onView((current) => rotateView(current, -1)))}
        {button('rotate-right', messages.cropRotateRight, () => onView((current) => rotateView(current, 1)))}
      </span>
      <span className="putaway-crop-buttons" dir="ltr">
        {button('left', messages.cropMoveLeft, () => onMove(-1, 0))}
        {button('up', messages.cropMoveUp, () => onMove(0, -1))}
        {button('down', messages.cropMoveDown, () => onMove(0, 1))}
        {button('right', messages.cropMoveRight, () => onMove(1, 0))}
      </span>
    </div>
  )
}

/**
 * A decorative icon. It does not use `SvgIcon`, because esbuild would then move `SvgIcon` to a chunk of its own, which every
 * page loads.
 */
function ToolIcon({ svgPath }: { readonly svgPath: string }) {
  return (
    <svg className="putaway-icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d={svgPath} />
    </svg>
  )
}

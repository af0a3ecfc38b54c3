import { createContext, useContext } from 'react'
import type { ComponentType } from 'react'
import type { FieldEntry } from '../field/field-state.ts'

/** Names of the elements of styled components that accept an additional class name. */
export type SlotName =
  | 'root'
  | 'label'
  | 'description'
  | 'dropzone'
  | 'trigger'
  | 'list'
  | 'item'
  | 'preview'
  | 'name'
  | 'size'
  | 'status'
  | 'progress'
  | 'actions'
  | 'button'
  | 'rejections'

export interface Styling {
  /** Additional class names per element. */
  readonly classNames?: { readonly [Slot in SlotName]?: string | undefined } | undefined
  /**
   * Components that replace the built-in ones. They render inside the list's parts: use `Upload.Preview`,
   * `Upload.Remove`, … in them.
   */
  readonly slots?: SlotComponents | undefined
  /** Shows the speed and the time left of each upload, while they are known. Default: false. */
  readonly showSpeed?: boolean | undefined
  /** Shows a button on finished and stored images to replace them. Default: false. */
  readonly replaceable?: boolean | undefined
  /**
   * Adds a button that takes a photo, on phones and tablets. `'user'` is the front camera, `true` the back one. Unlike
   * `capture`, the other button still opens the photos. Default: false.
   */
  readonly camera?: boolean | 'user' | 'environment' | undefined
}

export interface SlotComponents {
  /** The content of a tile or row, within its `<li>`. */
  readonly item?: ComponentType<{ readonly entry: FieldEntry }> | undefined
  readonly preview?: ComponentType<{ readonly entry: FieldEntry }> | undefined
  /** The buttons of a tile or row. */
  readonly actions?: ComponentType<{ readonly entry: FieldEntry }> | undefined
  /** The list of rejected files. */
  readonly rejections?: ComponentType | undefined
}

export const StylingContext = createContext<Styling>({})

/** Returns a function that joins putaway's class of an element with the app's class of its slot. */
export function useClassNames(): (slot: SlotName, ourClass: string, extraClass?: string) => string {
  if (process.env.NODE_ENV === 'development') checkStylesheet()
  const { classNames } = useContext(StylingContext)
  return (slot, ourClass, extraClass) => [ourClass, extraClass, classNames?.[slot]].filter(Boolean).join(' ')
}

export const useStyling = () => useContext(StylingContext)

export const useSlots = (): SlotComponents => useContext(StylingContext).slots ?? {}

/** Wait before the check, because development servers load a stylesheet later than the code that renders. */
const stylesheetDelayMs = 2000
let isStylesheetChecked = false

/**
 * Warns if the page lacks the stylesheet, or if the colors do not fit the page. Call it only in development. It does not
 * use development-log.ts, because lazy chunks use that module too. An import here would make the initial bundle larger,
 * even if production drops the call.
 */
function checkStylesheet() {
  if (isStylesheetChecked || typeof document === 'undefined') return
  isStylesheetChecked = true
  setTimeout(() => {
    // Components in a shadow root are not found.
    const element = document.querySelector('[data-putaway]')
    if (!element) return
    // theme.css sets this property.
    if (!getComputedStyle(element).getPropertyValue('--_target'))
      console.warn(
        'putaway: The page has no styles for its components: import "putaway/styles.css" once, where you render ' +
          'UploadProvider. For a look of your own, use the parts Upload.*, which have no class names.',
      )
    else if (isUnreadable(element))
      console.warn(
        'putaway: The text of the components has nearly the color of the page behind it. On a page that is dark in dark ' +
          'mode, add ":root { color-scheme: light dark }" to your CSS, or data-theme="dark" to an element above. ' +
          'See node_modules/putaway/docs/styling.md#dark-mode.',
      )
  }, stylesheetDelayMs)
}

function isUnreadable(element: Element): boolean {
  const backgrounds: string[] = []
  for (let parent: Element | null = element; parent; parent = parent.parentElement)
    backgrounds.unshift(getComputedStyle(parent).backgroundColor)
  const background = brightnessOf(backgrounds)
  const text = brightnessOf([...backgrounds, getComputedStyle(element).color])
  return background !== undefined && text !== undefined && Math.abs(text - background) < 80
}

/**
 * Returns the brightness of colors over one another, from 0 to 255, or undefined if the page behind them shows through: its
 * color depends on the color scheme. A canvas reads every notation of CSS.
 */
function brightnessOf(colors: readonly string[]): number | undefined {
  const canvas = document.createElement('canvas').getContext('2d')
  if (!canvas) return undefined
  for (const color of colors) {
    canvas.fillStyle = color
    canvas.fillRect(0, 0, 1, 1)
  }
  const [red = 0, green = 0, blue = 0, alpha = 0] = canvas.getImageData(0, 0, 1, 1).data
  return alpha < 255 ? undefined : red * 0.3 + green * 0.59 + blue * 0.11
}

import type { Page } from 'playwright'
import { PNG } from 'pngjs'

/** A line of text on the page, in CSS pixels. */
interface TextLine {
  readonly text: string
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  /** Color of the text, with the opacity of its ancestors: red, green, blue from 0 to 255, alpha from 0 to 1. */
  readonly color: readonly [number, number, number, number]
  readonly isLarge: boolean
}

/** WCAG 1.4.3. */
const minContrast = { text: 4.5, largeText: 3 }
/** Fraction of the pixels behind a text that may have less contrast: edges, and the pixels of a rounded corner. */
const toleratedPixels = 0.02

/** Chromium took more than a minute for the 340,000 px of a list with 5,000 rows. */
const measuredHeight = 8000

/** Returns the texts whose contrast to the pixels behind them is too low, also in a second measurement: uploads go on. */
export async function lowContrasts(page: Page): Promise<string[]> {
  const faults = await measureContrasts(page)
  if (faults.length === 0) return faults
  await page.waitForTimeout(1000)
  const again = new Set(await measureContrasts(page))
  return faults.filter((fault) => again.has(fault))
}

/** Measures a screenshot without the texts. */
async function measureContrasts(page: Page): Promise<string[]> {
  const lines = await page.evaluate(findTextLines)
  const hidden = await page.addStyleTag({
    content:
      '* { color: transparent !important; text-shadow: none !important; caret-color: transparent !important }',
  })
  const height = await page.evaluate(() => document.documentElement.scrollHeight)
  const width = page.viewportSize()?.width ?? 0
  const clip = { x: 0, y: 0, width, height: Math.min(height, measuredHeight) }
  const picture = PNG.sync.read(
    await page.screenshot({ fullPage: true, clip, animations: 'disabled', scale: 'css' }),
  )
  await hidden.evaluate((style: Element) => style.remove())
  return lines.flatMap((line) => {
    const contrast = contrastOf(line, picture)
    const minimum = line.isLarge ? minContrast.largeText : minContrast.text
    return contrast !== undefined && contrast < minimum - 0.005
      ? [`the contrast of "${line.text}" is ${contrast.toFixed(2)}`]
      : []
  })
}

function contrastOf({ x, y, width, height, color }: TextLine, picture: PNG): number | undefined {
  const [red, green, blue, alpha] = color
  /** Number of pixels by color. */
  const counts = new Map<number, number>()
  const [right, bottom] = [Math.min(x + width, picture.width), Math.min(y + height, picture.height)]
  for (let row = Math.max(0, Math.ceil(y)); row < bottom; row += 1)
    for (let column = Math.max(0, Math.ceil(x)); column < right; column += 1) {
      const pixel = picture.data.readUIntBE((row * picture.width + column) * 4, 3)
      counts.set(pixel, (counts.get(pixel) ?? 0) + 1)
    }
  const contrasts = [...counts]
    .map(([pixel, count]) => {
      const behind = [pixel >> 16, (pixel >> 8) & 255, pixel & 255]
      const over = [red, green, blue].map(
        (value, index) => value * alpha + (behind[index] ?? 0) * (1 - alpha),
      )
      const [lighter = 0, darker = 0] = [luminance(over), luminance(behind)].toSorted((a, b) => b - a)
      return { contrast: (lighter + 0.05) / (darker + 0.05), count }
    })
    .toSorted((a, b) => a.contrast - b.contrast)
  let tolerated = contrasts.reduce((sum, { count }) => sum + count, 0) * toleratedPixels
  return contrasts.find(({ count }) => (tolerated -= count) < 0)?.contrast
}

/** Relative luminance by WCAG. */
function luminance(rgb: readonly number[]): number {
  const [red = 0, green = 0, blue = 0] = rgb.map((value) => {
    const fraction = value / 255
    return fraction <= 0.04045 ? fraction / 12.92 : ((fraction + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/** Runs in the page. Finds the visible texts of the components, except those of disabled controls. */
function findTextLines(): TextLine[] {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
  const found: TextLine[] = []
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement
    const text = node.textContent?.trim() ?? ''
    if (!element?.closest('[data-putaway]') || text === '' || !canvas) continue
    if (element.closest(':disabled, [aria-disabled="true"], [data-disabled], .putaway-live, [hidden]'))
      continue
    if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue
    const range = document.createRange()
    range.selectNodeContents(node)
    const { color, fontSize, fontWeight } = getComputedStyle(element)
    canvas.clearRect(0, 0, 1, 1)
    canvas.fillStyle = color
    canvas.fillRect(0, 0, 1, 1)
    const [red = 0, green = 0, blue = 0, alpha = 0] = canvas.getImageData(0, 0, 1, 1).data
    let opacity = alpha / 255
    for (let parent: Element | null = element; parent; parent = parent.parentElement)
      opacity *= Number(getComputedStyle(parent).opacity)
    const sizePx = Number.parseFloat(fontSize)
    for (const rect of range.getClientRects()) {
      // A text that another element covers, or that is cut off, is not seen.
      const top = document.elementFromPoint(rect.x + rect.width / 2, rect.y + rect.height / 2)
      const isCovered =
        top &&
        !top.contains(element) &&
        !element.contains(top) &&
        !top.matches('.putaway-actions, .putaway-open, button')
      if (rect.width < 2 || rect.height < 2 || isCovered) continue
      found.push({
        text: text.slice(0, 60),
        x: rect.x + scrollX,
        y: rect.y + scrollY,
        width: rect.width,
        height: rect.height,
        color: [red, green, blue, opacity],
        isLarge: sizePx >= 24 || (sizePx >= 18.66 && Number(fontWeight) >= 700),
      })
    }
  }
  return found
}

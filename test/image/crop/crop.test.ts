import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cropOfView, largestArea, rotateView, viewOfCrop } from '../../../src/image/crop/crop.ts'

const whole = { zoom: 1, rotation: 0, centerX: 0.5, centerY: 0.5 }
const portrait = { width: 300, height: 400 }

describe('the largest area', () => {
  test.each([
    ['a square of a portrait', portrait, 1, { width: 1, height: 0.75 }],
    ['a square of a landscape', { width: 400, height: 300 }, 1, { width: 0.75, height: 1 }],
    ['the whole picture without an aspect ratio', portrait, undefined, { width: 1, height: 1 }],
  ])('is %s', (_name, size, aspect, area) => {
    expect(largestArea(size, aspect)).toEqual(area)
  })
})

test('a view that leaves the picture is moved back into it', () => {
  expect(cropOfView({ ...whole, centerY: 0 }, portrait, 1)).toMatchObject({ x: 0, y: 0, height: 0.75 })
  expect(cropOfView({ ...whole, centerY: 1 }, portrait, 1).y).toBeCloseTo(0.25)
})

test('a rotation keeps the point of the picture in the center', () => {
  const topLeft = { zoom: 4, rotation: 0, centerX: 0.125, centerY: 0.25 }
  // Turned clockwise, the top left comes to the top right.
  expect(rotateView(topLeft, 1)).toEqual({ zoom: 4, rotation: 90, centerX: 0.75, centerY: 0.125 })
  expect(rotateView(rotateView(topLeft, 1), -1)).toEqual(topLeft)
  expect(rotateView(topLeft, -1).rotation).toBe(270)
})

const sizes = fc.record({
  width: fc.integer({ min: 1, max: 20_000 }),
  height: fc.integer({ min: 1, max: 20_000 }),
})
const views = fc.record({
  zoom: fc.double({ min: 1, max: 10, noNaN: true }),
  rotation: fc.constantFrom(0, 90, 180, 270),
  centerX: fc.double({ min: -1, max: 2, noNaN: true }),
  centerY: fc.double({ min: -1, max: 2, noNaN: true }),
})
const aspects = fc.option(fc.double({ min: 0.1, max: 10, noNaN: true }), { nil: undefined })

test('a crop lies in the picture, has the aspect ratio, and its view gives it again', () => {
  fc.assert(
    fc.property(sizes, views, aspects, (size, view, aspect) => {
      const crop = cropOfView(view, size, aspect)
      expect(crop.x).toBeGreaterThanOrEqual(0)
      expect(crop.y).toBeGreaterThanOrEqual(0)
      expect(crop.x + crop.width).toBeLessThanOrEqual(1 + 1e-9)
      expect(crop.y + crop.height).toBeLessThanOrEqual(1 + 1e-9)
      const isOnSide = view.rotation % 180 !== 0
      const width = crop.width * (isOnSide ? size.height : size.width)
      const height = crop.height * (isOnSide ? size.width : size.height)
      if (aspect !== undefined) expect(width / height / aspect).toBeCloseTo(1)
      const again = cropOfView(viewOfCrop(crop, size, aspect), size, aspect)
      for (const key of ['x', 'y', 'width', 'height'] as const) expect(again[key]).toBeCloseTo(crop[key])
    }),
  )
})

test('docs/images.md has the preview of headless parts that test/browser/stored-pictures shows', () => {
  const code = readFileSync('test/image/crop/CroppedPreview.tsx', 'utf8')
  expect(readFileSync('docs/images.md', 'utf8')).toContain(code)
})

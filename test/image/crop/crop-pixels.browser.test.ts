import { describe, expect, test } from 'vitest'
import { commands } from 'vitest/browser'
import { prepareImage } from '../../../src/image/image.ts'
import { makeFile, toBase64 } from '../image-prop.tsx'

const { signal } = new AbortController()

describe.each([1, 2, 3, 4, 5, 6, 7, 8])('a photo with the orientation %i', (orientation) => {
  test.each([0, 90, 180, 270])('is cut as sharp cuts it, rotated by %i degrees', async (rotation) => {
    const file = await makeFile({ width: 90, height: 60, format: 'jpeg', orientation })
    // The area has parts of all four colors, of different sizes.
    const crop = { x: 0.1, y: 0.3, width: 0.7, height: 0.6, rotation }
    const cropped = await prepareImage(file, { quality: 1 }, crop, signal)
    const pictures = { source: await toBase64(file), cropped: await toBase64(cropped), crop }
    // 4 of 255: JPEG changes colors a little.
    expect(await commands.cropDifference(pictures)).toBeLessThan(4)
  })
})

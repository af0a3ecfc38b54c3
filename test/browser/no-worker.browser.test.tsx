import { render, waitFor } from '@testing-library/react'
import { image } from 'putaway/image'
import { beforeAll, expect, test } from 'vitest'
import { commands } from 'vitest/browser'
import { Thumbnail } from '../../src/headless/thumbnails/Thumbnail.tsx'

// Has a page of its own: a policy stays in force until the page is left, and the tests of other files need the worker.

beforeAll(() => {
  const policy = document.createElement('meta')
  policy.httpEquiv = 'Content-Security-Policy'
  policy.content = `worker-src 'none'`
  document.head.append(policy)
})

test('shows the file itself when a policy forbids the worker', async () => {
  const canvas = new OffscreenCanvas(900, 700)
  canvas.getContext('2d')?.fillRect(0, 0, 400, 400)
  const jpeg = await canvas.convertToBlob({ type: 'image/jpeg' })
  // Larger than the limit below which a file is shown unchanged.
  const file = new File([jpeg, new Uint8Array(400_000)], 'a.jpg', { type: jpeg.type })
  render(
    <div style={{ display: 'grid', width: 44, height: 44 }}>
      <Thumbnail file={file} alt="a.jpg" />
    </div>,
  )
  const shown = await waitFor(() => {
    const found = document.querySelector('img')
    if (!found) throw new Error('Nothing is shown.')
    return found
  })
  await shown.decode()
  expect(shown.naturalWidth).toBe(900)
})

test('a picture is made smaller in the page when a policy forbids the worker', async () => {
  const base64 = await commands.makePicture({
    width: 300,
    height: 200,
    format: 'jpeg',
    orientation: 8,
    exif: { Artist: 'Ann' },
  })
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
  const file = new File([bytes], 'a.jpg', { type: 'image/jpeg' })
  const { signal } = new AbortController()
  const smaller = await image({ maxHeight: 90 })(file, { signal })
  const { width, height } = await createImageBitmap(smaller)
  expect([width, height]).toEqual([60, 90])
  expect(await smaller.text()).toContain('Ann')
})

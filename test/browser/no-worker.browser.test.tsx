import { cleanup, render, waitFor } from '@testing-library/react'
import { expect, test } from 'vitest'
import { Thumbnail } from '../../src/headless/thumbnails/Thumbnail.tsx'

// Separate file: a policy stays in force until the page is left.

test('shows the file itself when a policy forbids the worker', async () => {
  const policy = document.createElement('meta')
  policy.httpEquiv = 'Content-Security-Policy'
  policy.content = `worker-src 'none'`
  document.head.append(policy)

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
  const image = await waitFor(() => {
    const found = document.querySelector('img')
    if (!found) throw new Error('Nothing is shown.')
    return found
  })
  await image.decode()
  expect(image.naturalWidth).toBe(900)
  cleanup()
})

import { StrictMode } from 'react'
import { cleanup, render, waitFor } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { drawThumbnail } from '../../src/image/worker/picture-tasks.ts'
import { Thumbnail } from '../../src/headless/thumbnails/Thumbnail.tsx'

// Counts every object URL and every worker, to check that each is released.

const urls = new Map<string, Blob>()
let most = 0
const workers = new Set<Worker>()

beforeEach(() => {
  const { createObjectURL, revokeObjectURL } = URL
  vi.spyOn(URL, 'createObjectURL').mockImplementation((blob) => {
    const url = createObjectURL.call(URL, blob)
    if (blob instanceof Blob && blob.type !== 'text/javascript') urls.set(url, blob)
    most = Math.max(most, urls.size)
    return url
  })
  vi.spyOn(URL, 'revokeObjectURL').mockImplementation((url) => {
    urls.delete(url)
    revokeObjectURL.call(URL, url)
  })
  const Real = Worker
  vi.stubGlobal(
    'Worker',
    class extends Real {
      constructor(url: string | URL) {
        super(url)
        workers.add(this)
      }
      override terminate() {
        workers.delete(this)
        super.terminate()
      }
    },
  )
})

afterEach(() => {
  cleanup()
  expect(urls.size).toBe(0)
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

/** A JPEG with a different colour in every pixel, so that it compresses badly. `exif` turns it by 90 degrees. */
async function photo(name: string, width: number, height: number, exif = false): Promise<File> {
  const canvas = new OffscreenCanvas(width, height)
  const context = canvas.getContext('2d')
  const pixels = new ImageData(width, height)
  const noise = Math.min(65_536, pixels.data.length)
  crypto.getRandomValues(new Uint8Array(pixels.data.buffer, 0, noise))
  for (let at = noise; at < pixels.data.length; at *= 2) pixels.data.copyWithin(at, 0, at)
  for (let at = 3; at < pixels.data.length; at += 4) pixels.data[at] = 255
  context?.putImageData(pixels, 0, 0)
  const jpeg = await canvas.convertToBlob({ type: 'image/jpeg', quality: 1 })
  const turn = Uint8Array.from([
    0xff, 0xe1, 0, 34, 69, 120, 105, 102, 0, 0, 77, 77, 0, 42, 0, 0, 0, 8, 0, 1, 1, 18, 0, 3, 0, 0, 0, 1, 0,
    6,
  ])
  const rest = new Uint8Array(6)
  const parts = exif ? [jpeg.slice(0, 2), turn, rest, jpeg.slice(2)] : [jpeg]
  return new File(parts, name, { type: 'image/jpeg' })
}

const box = { display: 'grid', width: 44, height: 44 }
const show = (...files: File[]) =>
  render(
    <StrictMode>
      {files.map((file) => (
        <div key={file.name} style={{ height: 2000 }}>
          <div style={box}>
            <Thumbnail file={file} alt={file.name} />
          </div>
        </div>
      ))}
    </StrictMode>,
  )

async function shown(name: string): Promise<HTMLImageElement> {
  const image = await waitFor(() => {
    const found = document.querySelector<HTMLImageElement>(`img[alt="${name}"]`)
    if (!found) throw new Error(`${name} is not shown.`)
    return found
  })
  await image.decode()
  return image
}

test('a visible large photo gets a small thumbnail from one worker', async () => {
  const [a, b] = await Promise.all([photo('a.jpg', 1600, 1200), photo('b.jpg', 1600, 1200)])
  const { unmount } = show(a, b)
  const image = await shown('a.jpg')
  expect(image.naturalHeight).toBeLessThanOrEqual(128)
  expect(image.naturalWidth / image.naturalHeight).toBeCloseTo(4 / 3, 1)
  expect([...urls.values()].every(({ size }) => size < 20_000)).toBe(true)
  expect(document.querySelector('img[alt="b.jpg"]')).toBe(null)
  expect(workers.size).toBe(1)

  window.scrollTo(0, 2000)
  await shown('b.jpg')
  expect(urls.size).toBe(2)
  expect(workers.size).toBe(1)
  unmount()
  expect(urls.size).toBe(0)
})

test('a thumbnail respects the orientation of a photo', async () => {
  window.scrollTo(0, 0)
  show(await photo('upright.jpg', 1600, 1200, true))
  const image = await shown('upright.jpg')
  expect(image.naturalWidth).toBeLessThan(image.naturalHeight)
})

test.each([
  ['an opaque photo is a JPEG', '#00f', 'image/jpeg'],
  ['a transparent picture is a PNG', '#00f8', 'image/png'],
])('without a WebP encoder, the thumbnail of %s', async (_name, color, type) => {
  const { convertToBlob } = OffscreenCanvas.prototype
  const encode = vi.spyOn(OffscreenCanvas.prototype, 'convertToBlob').mockImplementation(function (
    this: OffscreenCanvas,
    options,
  ) {
    const isWebp = options?.type === 'image/webp'
    return convertToBlob.call(this, isWebp ? { type: 'image/png' } : options)
  })
  const canvas = new OffscreenCanvas(300, 200)
  const context = canvas.getContext('2d')
  if (context) context.fillStyle = color
  context?.fillRect(0, 0, 300, 200)
  const thumbnail = await drawThumbnail(await canvas.convertToBlob({ type: 'image/png' }), 64)
  expect(thumbnail.type).toBe(type)
  encode.mockRestore()
})

test('a small picture is shown unchanged', async () => {
  const file = await photo('small.jpg', 60, 40)
  show(file)
  const image = await shown('small.jpg')
  expect([image.naturalWidth, image.naturalHeight]).toEqual([60, 40])
  expect([...urls.values()]).toEqual([file])
})

test('a picture that cannot be scaled is shown unchanged, and a file that is no picture is an icon', async () => {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="30" height="30"><!--${'-'.repeat(400_000).replaceAll('--', '- ')}--></svg>`
  show(
    new File([svg], 'drawing.svg', { type: 'image/svg+xml' }),
    new File(['x'.repeat(400_000)], 'broken.heic', { type: 'image/heic' }),
  )
  expect((await shown('drawing.svg')).naturalWidth).toBe(30)
  window.scrollTo(0, 2000)
  await waitFor(() => {
    const frames = document.querySelectorAll('[data-part="thumbnail"]')
    expect(frames[1]?.querySelector('svg')).not.toBe(null)
    expect(urls.size).toBe(2)
  })
})

test('rows that are added and removed leave nothing behind at any stage of a thumbnail', async () => {
  const files = await Promise.all(Array.from({ length: 12 }, (_, index) => photo(`${index}.jpg`, 800, 600)))
  most = 0
  for (let round = 0; round < 3; round += 1) {
    const { unmount } = render(
      <StrictMode>
        {files.map((file) => (
          <div key={file.name} style={box}>
            <Thumbnail file={file} alt={file.name} />
          </div>
        ))}
      </StrictMode>,
    )
    if (round > 0) await shown('0.jpg')
    unmount()
    expect(urls.size).toBe(0)
  }
  expect(most).toBeLessThanOrEqual(12)
  expect(workers.size).toBeLessThanOrEqual(2)
})

import { cleanup, screen, waitFor } from '@testing-library/react'
import { image as createPrepare } from 'putaway/image'
import type { ImageUploaderProps } from 'putaway'
import { expect, test } from 'vitest'
import { commands, server, userEvent } from 'vitest/browser'
import { renderImageField } from './image-prop.tsx'
import heicUrl from './pictures/places.heic?url'
import placesUrl from './pictures/places.jpg?url'

/** Chooses a file in an ImageUploader, and resolves with what the backend got. */
async function upload(file: File, image: ImageUploaderProps['image']) {
  const { choose, sent, results } = renderImageField({ image })
  choose(file)
  const result = await waitFor(() => {
    expect(results).toHaveLength(1)
    return results[0]
  })
  return { result, blob: sent[0] ?? new Blob() }
}

test('options limit the size of what is uploaded', async () => {
  const base64 = await commands.makePicture({ width: 900, height: 600, format: 'jpeg', orientation: 6 })
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
  const { result, blob } = await upload(new File([bytes], 'me.jpg', { type: 'image/jpeg' }), {
    maxWidth: 512,
    maxHeight: 512,
  })
  const { width, height } = await createImageBitmap(blob)
  expect([width, height]).toEqual([341, 512])
  expect(result).toMatchObject({ name: 'me.jpg', type: 'image/jpeg', size: blob.size })
  expect(screen.getByRole('group', { name: 'Photo' }).textContent).not.toMatch(/failed/i)
})

test('a converted picture is uploaded with the name and type of what it became', async () => {
  const base64 = await commands.makePicture({ width: 90, height: 60, format: 'png' })
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
  const { result } = await upload(new File([bytes], 'a.png', { type: 'image/png' }), { format: 'webp' })
  // WebKit encodes no WebP.
  const format = server.browser === 'webkit' ? 'png' : 'webp'
  expect(result).toMatchObject({ name: `a.${format}`, type: `image/${format}` })
})

test('a photo leaves the device without its place, and without the prop it does not change', async () => {
  const photo = async () => new File([await (await fetch(placesUrl)).blob()], 'a.jpg', { type: 'image/jpeg' })
  expect(await (await upload(await photo(), 'photo')).blob.text()).not.toContain('Seoul')
  cleanup()
  expect(await (await upload(await photo(), undefined)).blob.text()).toContain('Seoul')
})

test.each([
  ['all of it', {}, 64],
  ['its crop', { crop: { aspect: 1 } }, 48],
] as const)('a HEIC that the app decodes has a preview: %s', async (_part, options, width) => {
  const bytes = await (await fetch(heicUrl)).blob()
  const heic = async () => createImageBitmap(new ImageData(64, 48))
  const { choose, results, container } = renderImageField({
    multiple: true,
    image: { format: 'jpeg', ...options, heic },
  })
  choose(new File([bytes], 'IMG_1.HEIC', { type: 'image/heic' }))
  if ('crop' in options) {
    await screen.findByRole('application', { name: 'Picture' })
    await userEvent.click(screen.getByRole('button', { name: 'Apply' }))
  }
  await waitFor(() => expect(results).toHaveLength(1))
  const preview = await waitFor(() => {
    const image = container.querySelector<HTMLImageElement>('img[alt="IMG_1.HEIC"]')
    if (!image?.naturalWidth) throw new Error('There is no preview.')
    return image
  })
  expect([preview.naturalWidth, preview.naturalHeight]).toEqual([width, 48])
})

test('the first photo of 12 megapixels is sent while others are prepared, and all arrive', async () => {
  const canvas = new OffscreenCanvas(3000, 4000)
  canvas.getContext('2d')?.fillText('a photo', 9, 9)
  const photo = await canvas.convertToBlob({ type: 'image/jpeg' })
  const files = ['0.jpg', '1.jpg', '2.jpg'].map((name) => new File([photo], name, { type: 'image/jpeg' }))
  /** How many photos were being sent when each preparation ended. */
  const sentCounts: number[] = []
  const prepareImage = createPrepare('photo')
  const field = renderImageField({
    multiple: true,
    prepare: async (file, context) => {
      const prepared = await prepareImage(file, context)
      sentCounts.push(field.sent.length)
      return prepared
    },
  })
  field.choose(...files)
  await waitFor(() => expect(field.results).toHaveLength(files.length), { timeout: 40_000 })
  expect(sentCounts).toHaveLength(files.length)
  expect(sentCounts.at(-1)).toBeGreaterThan(0)
  const infos = field.presigned.map((file) => file.image)
  expect(infos).toEqual(files.map(() => expect.objectContaining({ width: 1920, height: 2560 })))
})

import 'putaway/styles.css'
import { screen, waitFor } from '@testing-library/react'
import type { ImageCrop } from 'putaway'
import { beforeEach, expect, test } from 'vitest'
import { page, userEvent } from 'vitest/browser'
import { makeFile, readBlob, renderImageField, toBase64 } from '../image-prop.tsx'

beforeEach(() => page.viewport(900, 800))
const area = () => screen.findByRole('application', { name: 'Picture' })
const press = async (name: string | RegExp) => userEvent.click(await screen.findByRole('button', { name }))
const later = { crop: { mode: 'coordinates', aspect: 1 } } as const

/** A photo of a phone that was held upright. Upright it has 60 x 90 pixels. */
const sideways = () => makeFile({ width: 90, height: 60, format: 'jpeg', orientation: 6 }, 'me.jpg')
const middle: ImageCrop = {
  x: 0,
  y: 15,
  width: 60,
  height: 60,
  rotation: 0,
  imageWidth: 60,
  imageHeight: 90,
}

/** The size of the picture in the preview. */
async function previewSize(container: Element) {
  const image = container.querySelector('img')
  await image?.decode()
  return [image?.naturalWidth, image?.naturalHeight]
}

test('the whole picture is sent, and presign, value and preview have the crop', async () => {
  const { choose, sent, presigned, values, container } = renderImageField({
    name: 'photo',
    image: { ...later, maxWidth: 600 },
  })
  const photo = await sideways()
  choose(photo)
  await area()
  await press('Apply')
  await waitFor(() => expect(values()).toMatchObject([{ name: 'me.jpg', crop: middle }]))
  expect(await toBase64(sent[0] ?? new Blob())).toBe(await toBase64(photo))
  expect(presigned).toMatchObject([{ crop: middle, image: { width: 60, height: 90 } }])
  await waitFor(async () => expect(await previewSize(container)).toEqual([60, 60]))
})

test('the crop is in pixels of the picture that is sent', async () => {
  const { choose, sent, values } = renderImageField({ name: 'photo', image: { ...later, maxWidth: 30 } })
  choose(await sideways())
  await area()
  await press('Apply')
  const half = { x: 0, y: 8, width: 30, height: 30, rotation: 0, imageWidth: 30, imageHeight: 45 }
  await waitFor(() => expect(values()).toMatchObject([{ crop: half }]))
  expect(await readBlob(sent[0] ?? new Blob())).toMatchObject({ width: 30, height: 45 })
})

test('a new crop of a done picture changes the value and the preview, and sends nothing', async () => {
  const { choose, fake, values, container } = renderImageField({
    name: 'photo',
    multiple: true,
    image: later,
  })
  choose(await sideways())
  await area()
  await press('Apply')
  await waitFor(() => expect(values()).toMatchObject([{ crop: middle }]))
  const calls = [...fake.calls]
  const preview = container.querySelector('img')?.src
  await press('Crop me.jpg')
  await area()
  await press('Rotate right')
  await press('Move right')
  await press('Apply')
  const turned = { x: 9, y: 0, width: 60, height: 60, rotation: 90, imageWidth: 60, imageHeight: 90 }
  await waitFor(() => expect(values()).toMatchObject([{ name: 'me.jpg', crop: turned }]))
  await waitFor(() =>
    expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Crop me.jpg' })),
  )
  await screen.findByText(/Cropped me\.jpg\./)
  await waitFor(() => expect(container.querySelector('img')?.src).not.toBe(preview))
  // The dialog begins with the last crop, and Escape leaves it.
  await press('Crop me.jpg')
  await area()
  await press('Zoom in')
  await userEvent.keyboard('{Escape}')
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
  await waitFor(() =>
    expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Crop me.jpg' })),
  )
  expect(values()).toMatchObject([{ crop: turned }])
  expect(fake.calls).toEqual(calls)
})

test('with a manual start the form waits for the dialog and for the upload, and has the last crop', async () => {
  const submitted: unknown[] = []
  const { choose, presigned } = renderImageField(
    { name: 'photo', start: 'manual', multiple: true, image: later },
    (field) => (
      <form
        onSubmit={(event) => {
          event.preventDefault()
          submitted.push(...new FormData(event.currentTarget).getAll('photo').map(String))
        }}
      >
        {field}
        <button>Save</button>
      </form>
    ),
  )
  choose(await sideways())
  await area()
  await press('Apply')
  await press('Crop me.jpg')
  await area()
  await press('Rotate left')
  await press('Apply')
  choose(new File([await sideways()], 'other.jpg', { type: 'image/jpeg' }))
  await area()
  // The dialog makes the button inert, but a key or a script may submit the form.
  document.querySelector('form')?.requestSubmit()
  await waitFor(() => expect(presigned).toMatchObject([{ name: 'me.jpg', crop: { rotation: 270 } }]))
  expect(submitted).toEqual([])
  await press('Apply')
  await waitFor(() => expect(submitted).toHaveLength(2))
  expect(submitted.map((value) => JSON.parse(String(value)) as unknown)).toMatchObject([
    { name: 'me.jpg', crop: { rotation: 270, imageWidth: 60 } },
    { name: 'other.jpg', crop: middle },
  ])
})

test('a stored image is cropped again, in pixels of the stored picture', async () => {
  const url = URL.createObjectURL(await sideways())
  // The URL shows a smaller version of the picture, which has 600 x 900 pixels.
  const stored = {
    x: 0,
    y: 300,
    width: 600,
    height: 600,
    rotation: 0,
    imageWidth: 600,
    imageHeight: 900,
  } as const
  const { values, fake } = renderImageField({
    name: 'photo',
    multiple: true,
    image: later,
    defaultValue: [{ id: 1, name: 'old.jpg', url, crop: stored }],
  })
  await press('Crop old.jpg')
  await area()
  await press('Move down')
  await press('Apply')
  await waitFor(() => expect(values()).toMatchObject([{ id: 1, crop: { ...stored, y: 240 } }]))
  expect(fake.calls).toEqual([])
})

test('pictures that cannot be cropped, and fields that cut pixels, have no button', async () => {
  const { choose, results } = renderImageField({ multiple: true, image: later })
  choose(await makeFile({ width: 30, height: 20, format: 'webp', frames: 2 }))
  await waitFor(() => expect(results).toHaveLength(1))
  await screen.findByRole('button', { name: /^remove/i })
  expect(screen.queryByRole('button', { name: /^crop/i })).toBeNull()
})

import 'putaway/styles.css'
import { render, screen, waitFor } from '@testing-library/react'
import { ImageUploader, Upload, UploadProvider, useMultiUpload } from 'putaway'
import type { ImageCrop, StoredImage } from 'putaway'
import { fakeUploads } from 'putaway/testing'
import { beforeEach, expect, inject, test } from 'vitest'
import { page, userEvent } from 'vitest/browser'
import { CroppedPreview } from '../image/crop/CroppedPreview.tsx'
import { makeFile } from '../image/image-prop.tsx'

beforeEach(() => page.viewport(900, 800))
/** The ThumbHash of a picture whose quarters are red, green, blue and white. */
const image = { width: 60, height: 90, thumbHash: '3OcRJYB4d3h/iIeHeEh3eIhw+j2w' }

function Field({ stored }: { readonly stored: StoredImage }) {
  const fake = fakeUploads()
  return (
    <UploadProvider endpoints={fake.endpoints} transport={fake.transport}>
      <ImageUploader label="Photos" multiple value={[stored]} onChange={() => {}} />
    </UploadProvider>
  )
}

const picture = () => screen.getByRole<HTMLImageElement>('img', { name: 'a.jpg' })

/** The picture is stored on its side, as a phone stores it. Upright it has 60 x 90 pixels. */
async function storedUrl() {
  return URL.createObjectURL(
    await makeFile({ width: 90, height: 60, format: 'jpeg', orientation: 6 }, 'a.jpg'),
  )
}

test('a stored image shows its ThumbHash until it has loaded', async () => {
  const stored = { id: 1, name: 'a.jpg', image }
  const { rerender } = render(<Field stored={{ ...stored, url: `${inject('backend')}/never` }} />)
  await waitFor(() => expect(picture().style.background).toMatch(/^url\("blob:/))
  rerender(<Field stored={{ ...stored, url: await storedUrl() }} />)
  await waitFor(() => expect(picture().dataset.loaded).toBe(''))
  expect(picture().style.background).toBe('')
})

/** The colors that are seen at the four corners of an element, from its top left clockwise. */
async function cornerColors(element: Element): Promise<string[]> {
  const base64 = await page.screenshot({ element, base64: true, save: false })
  const shot = await createImageBitmap(await (await fetch(`data:image/png;base64,${base64}`)).blob())
  const context = new OffscreenCanvas(shot.width, shot.height).getContext('2d')
  context?.drawImage(shot, 0, 0)
  const [left = 0, right = 0] = [0.15, 0.85].map((part) => Math.round(part * shot.width))
  const [top = 0, bottom = 0] = [0.3, 0.7].map((part) => Math.round(part * shot.height))
  return [
    [left, top],
    [right, top],
    [right, bottom],
    [left, bottom],
  ].map(([x = 0, y = 0]) => {
    const [red = 0, green = 0, blue = 0] = context?.getImageData(x, y, 1, 1).data ?? []
    return `${red > 127 ? 'r' : ''}${green > 127 ? 'g' : ''}${blue > 127 ? 'b' : ''}`
  })
}

test('a tile without a picture has its name: a stored HEIC, and one that was just uploaded', async () => {
  // No browser shows these bytes.
  const photo = new File(['no picture'], 'IMG_2.heic', { type: 'image/heic' })
  const fake = fakeUploads()
  const stored = { id: 1, name: 'IMG_1.HEIC', url: URL.createObjectURL(photo) }
  const { container } = render(
    <UploadProvider endpoints={fake.endpoints} transport={fake.transport}>
      <ImageUploader
        label="Photos"
        multiple
        defaultValue={[stored, { id: 2, name: 'a.jpg', url: await storedUrl() }]}
      />
    </UploadProvider>,
  )
  const input = container.querySelector<HTMLInputElement>('input[type=file]')
  if (input) await userEvent.upload(input, photo)
  for (const name of ['IMG_1.HEIC', 'IMG_2.heic'])
    // oxlint-disable-next-line no-await-in-loop
    await waitFor(() => expect(screen.getByText(name).getBoundingClientRect().height).toBeGreaterThan(10))
  expect(screen.getByText('a.jpg').getBoundingClientRect().height).toBe(0)
})

test('a tile whose picture does not load shows the reason also for a very long name', async () => {
  const name = `${'holiday-'.repeat(18)}.jpg`
  render(<Field stored={{ id: 1, name, url: URL.createObjectURL(new Blob(['no picture'])) }} />)
  const reason = await screen.findByText(`Image not available: ${name}`)
  const tile = reason.closest('[data-part="thumbnail"]')?.getBoundingClientRect()
  const { top, bottom } = reason.getBoundingClientRect()
  expect(top).toBeGreaterThan(tile?.top ?? Infinity)
  expect(bottom).toBeLessThan(tile?.bottom ?? 0)
})

test('the dialog of a picture that does not load says so, and shows the next picture', async () => {
  const fake = fakeUploads()
  const noPicture = URL.createObjectURL(new Blob(['no picture']))
  const stored: StoredImage[] = [
    { id: 1, name: 'IMG_1.HEIC', url: noPicture },
    { id: 2, name: 'a.jpg', url: await storedUrl() },
    {
      id: 3,
      name: 'IMG_3.HEIC',
      url: noPicture,
      image,
      crop: { x: 10, y: 25, width: 40, height: 40, rotation: 0, ...upright },
    },
  ]
  render(
    <UploadProvider endpoints={fake.endpoints} transport={fake.transport}>
      <ImageUploader label="Photos" multiple defaultValue={stored} />
    </UploadProvider>,
  )
  await page.getByRole('button', { name: 'Open IMG_1.HEIC' }).click()
  const dialog = page.getByRole('dialog')
  const reason = dialog.getByText('Image not available')
  await expect.element(reason).toBeVisible()
  expect(dialog.getByRole('img').elements()).toEqual([])
  await userEvent.keyboard('{ArrowRight}')
  await expect.element(dialog.getByRole('img', { name: 'a.jpg' })).toBeVisible()
  expect(reason.elements()).toEqual([])
  await userEvent.keyboard('{ArrowRight}')
  await expect.element(reason).toBeVisible()
  await userEvent.keyboard('{Escape}')
})

const upright = { imageWidth: 60, imageHeight: 90 } as const
/** Upright, the picture has blue and red above white and green. */
const crops: [string, ImageCrop, string[]][] = [
  ['the middle', { x: 10, y: 25, width: 40, height: 40, rotation: 0, ...upright }, ['b', 'r', 'g', 'rgb']],
  ['the right half', { x: 30, y: 30, width: 30, height: 30, rotation: 0, ...upright }, ['r', 'r', 'g', 'g']],
  [
    'the middle, rotated clockwise',
    { x: 25, y: 10, width: 40, height: 40, rotation: 90, ...upright },
    ['rgb', 'b', 'r', 'g'],
  ],
]

test.each(crops)('a stored image shows its crop in the tile and in full: %s', async (_name, crop, colors) => {
  render(<Field stored={{ id: 1, name: 'a.jpg', url: await storedUrl(), crop }} />)
  await waitFor(() => expect(picture().dataset).toMatchObject({ cropped: 'true', loaded: '' }))
  const tile = picture().closest('[data-part=thumbnail]') ?? picture()
  // WebKit paints it a frame later.
  await waitFor(async () => expect(await cornerColors(tile)).toEqual(colors))
  await userEvent.click(screen.getByRole('button', { name: /open a.jpg/i }))
  const full = await waitFor(() => {
    const canvas = screen.getByRole('dialog', { name: 'a.jpg' }).querySelector('canvas')
    if (canvas?.width !== crop.width) throw new Error('It is not drawn yet.')
    return canvas
  })
  await waitFor(async () => expect(await cornerColors(full)).toEqual(colors))
})

function Parts({ stored }: { readonly stored: StoredImage }) {
  return (
    <Upload.Root uploader={useMultiUpload()} value={[stored]} onChange={() => {}}>
      <Upload.List>
        <Upload.Item>
          <CroppedPreview />
        </Upload.Item>
      </Upload.List>
    </Upload.Root>
  )
}

test.each(crops)('the documented preview of headless parts shows a crop: %s', async (_name, crop, colors) => {
  const fake = fakeUploads()
  render(
    <UploadProvider endpoints={fake.endpoints} transport={fake.transport}>
      <div style={{ width: 200 }}>
        <Parts stored={{ id: 1, name: 'a.jpg', url: await storedUrl(), crop }} />
      </div>
    </UploadProvider>,
  )
  const preview = await waitFor(() => {
    expect(picture().complete).toBe(true)
    return picture().parentElement ?? picture()
  })
  await waitFor(async () => expect(await cornerColors(preview)).toEqual(colors))
})

import 'putaway/styles.css'
import { screen, waitFor } from '@testing-library/react'
import { beforeEach, expect, test } from 'vitest'
import { commands, page, userEvent } from 'vitest/browser'
import { makeFile, readBlob, renderImageField, toBase64 } from '../image-prop.tsx'

beforeEach(() => page.viewport(900, 800))
const area = () => screen.findByRole('application', { name: 'Picture' })
const dialog = () => screen.queryByRole('dialog', { name: 'Crop the picture' })
const red = '256,0,0,256'
const blue = '0,0,256,256'
const green = '0,256,0,256'
const white = '256,256,256,256'

/** A photo of a phone that was held upright. Upright it has 600 x 900 pixels, and blue, red over white, green. */
const sideways = () =>
  makeFile({ width: 900, height: 600, format: 'jpeg', orientation: 6, hasLocation: true }, 'me.jpg')

/** Drops a file on the drop area. Returns whether the page prevented the event, as it does when it takes the file. */
function drop(file: File): boolean {
  const zone = document.querySelector('[data-part=dropzone]')
  const dataTransfer = new DataTransfer()
  dataTransfer.items.add(file)
  const dispatch = (type: string) =>
    zone?.dispatchEvent(
      new DragEvent(type, { bubbles: true, composed: true, cancelable: true, dataTransfer }),
    )
  return ['dragenter', 'dragover', 'drop'].map(dispatch).at(-1) === false
}

test('a sideways photo that is dropped is cropped by keyboard: 512 pixels, upright, without its location', async () => {
  const { sent, results, container } = renderImageField({ image: 'avatar', layout: 'avatar' })
  const photo = await sideways()
  expect(await commands.readLocation(await toBase64(photo))).not.toEqual([])
  container.querySelector('button')?.focus()
  // Dropped again until the code of the drop area has loaded, which prevents the event then.
  await waitFor(() => expect(drop(photo)).toBe(true))
  // The picture has focus as soon as it is there.
  await waitFor(async () => expect(document.activeElement).toBe(await area()))
  expect(sent).toEqual([])
  await userEvent.keyboard('{ArrowDown>15/}')
  await userEvent.keyboard('{Enter}')
  await waitFor(() => expect(results).toHaveLength(1))
  expect(dialog()).toBeNull()
  expect(document.activeElement?.textContent).toMatch(/choose|replace/i)
  const report = await readBlob(sent[0] ?? photo)
  expect(report).toMatchObject({ format: 'jpeg', width: 512, height: 512, orientation: 1 })
  // The picture went down, so the area has its top: two thirds of it are above the middle of the picture.
  const { corners } = await readBlob(photo)
  expect(report.corners).toEqual(corners)
  expect(await commands.readLocation(await toBase64(sent[0] ?? photo))).toEqual([])
})

test('every drag has a button: rotate, zoom and move', async () => {
  const { choose, sent, results } = renderImageField({ image: { crop: { aspect: 1 } } })
  choose(await sideways())
  await area()
  const press = async (name: string, times = 1) => {
    await userEvent.click(screen.getByRole('button', { name }))
    for (let count = 1; count < times; count += 1) screen.getByRole('button', { name }).click()
  }
  const announced = (text: RegExp) =>
    waitFor(() => expect(dialog()?.querySelector('output')?.textContent).toMatch(text))
  await press('Rotate right', 2)
  await announced(/Rotated by 180 degrees/)
  await press('Zoom in', 8)
  const zoom = screen.getByRole('slider', { name: 'Zoom' })
  expect(zoom.getAttribute('aria-valuetext')).toMatch(/^4\d\d%$/)
  await press('Move right', 20)
  await press('Move down', 30)
  await announced(/ 0% from the left, 0% from the top/)
  await press('Apply')
  await waitFor(() => expect(results).toHaveLength(1))
  // Turned by 180 degrees, the bottom right of the upright photo is its top left.
  expect(new Set((await readBlob(sent[0] ?? new Blob())).corners)).toEqual(new Set([green]))
  expect([red, blue, white]).not.toContain(green)
})

test('the preview shows the crop', async () => {
  const { choose, container } = renderImageField({ start: 'manual', image: { crop: { aspect: 1 } } })
  choose(await makeFile({ width: 40, height: 20, format: 'png' }))
  await area()
  await userEvent.click(screen.getByRole('button', { name: 'Apply' }))
  await waitFor(() => {
    const { naturalWidth, naturalHeight } = container.querySelector('img') ?? {}
    expect([naturalWidth, naturalHeight]).toEqual([20, 20])
  })
})

test('a black drawing without a background is seen in the dialog and in full', async () => {
  const { choose } = renderImageField({ image: { crop: { aspect: 1 } } })
  const canvas = new OffscreenCanvas(300, 300)
  canvas.getContext('2d')?.fillRect(100, 100, 100, 100)
  choose(new File([await canvas.convertToBlob()], 'logo.png', { type: 'image/png' }))
  await area()
  const picture = () => document.querySelector('dialog img') ?? document.body
  expect(getComputedStyle(picture()).backgroundImage).toContain('conic-gradient')
  await userEvent.click(screen.getByRole('button', { name: 'Apply' }))
  await userEvent.click(await screen.findByRole('button', { name: 'Open logo.png' }))
  await waitFor(() => expect(getComputedStyle(picture()).backgroundImage).toContain('conic-gradient'))
  await userEvent.keyboard('{Escape}')
})

test('a cancel drops the file, and the earlier one stays', async () => {
  const { choose, sent, results, fake, container } = renderImageField({ image: { crop: {} } })
  choose(await makeFile({ width: 30, height: 20, format: 'png' }, 'first.png'))
  await userEvent.click(await screen.findByRole('button', { name: 'Apply' }))
  await waitFor(() => expect(results).toHaveLength(1))
  choose(await makeFile({ width: 30, height: 20, format: 'png' }, 'second.png'))
  await area()
  await userEvent.keyboard('{Escape}')
  await waitFor(() => expect(dialog()).toBeNull())
  await screen.findByText(/first/)
  expect(container.querySelector('[data-part=name]')?.textContent).toBe('first.png')
  expect(sent).toHaveLength(1)
  expect(fake.calls.filter((call) => JSON.stringify(call).includes('second'))).toEqual([])
})

test('a cancel keeps the whole file if the app says so', async () => {
  const { choose, sent, results } = renderImageField({ image: { crop: { aspect: 1, onCancel: 'keep' } } })
  choose(await makeFile({ width: 30, height: 20, format: 'png' }))
  await userEvent.click(await screen.findByRole('button', { name: 'Do not crop' }))
  await waitFor(() => expect(results).toHaveLength(1))
  expect(await readBlob(sent[0] ?? new Blob())).toMatchObject({ width: 30, height: 20 })
})

test('several files are cropped in turn, or all at once, whatever their size', async () => {
  const { choose, sent, results } = renderImageField({ multiple: true, image: { crop: { aspect: 1 } } })
  const sizes = [
    [30, 20],
    [20, 40],
    [50, 60],
  ] as const
  const files = sizes.map(([width, height], index) =>
    makeFile({ width, height, format: 'png' }, `${index}.png`),
  )
  choose(...(await Promise.all(files)))
  await screen.findByText('1 of 3')
  await area()
  await userEvent.click(screen.getByRole('button', { name: 'Apply' }))
  await screen.findByText('2 of 3')
  await area()
  await userEvent.click(screen.getByRole('button', { name: 'Zoom in' }))
  await userEvent.click(screen.getByRole('button', { name: 'Apply to all' }))
  await waitFor(() => expect(results).toHaveLength(3))
  expect(dialog()).toBeNull()
  const reports = await Promise.all(sent.map(readBlob))
  expect(reports.map(({ width, height }) => `${width}x${height}`).toSorted()).toEqual([
    '17x17',
    '20x20',
    '42x42',
  ])
})

test('a picture that is ready later does not replace the one that is shown', async () => {
  let endReading = () => {}
  const isRead = new Promise<void>((resolve) => {
    endReading = resolve
  })
  const { choose, results } = renderImageField({
    multiple: true,
    image: { crop: { aspect: 1 } },
    validate: async ({ name }) => {
      if (name === '0.png') await isRead
      return undefined
    },
  })
  const files = ['0.png', '1.png'].map((name) => makeFile({ width: 60, height: 40, format: 'png' }, name))
  choose(...(await Promise.all(files)))
  await area()
  await userEvent.click(screen.getByRole('button', { name: 'Zoom in' }))
  const zoom = () => screen.getByRole('slider', { name: 'Zoom' }).getAttribute('aria-valuetext')
  const chosenZoom = zoom()
  expect(chosenZoom).not.toBe('100%')
  endReading()
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect(zoom()).toBe(chosenZoom)
  await screen.findByText('1 of 2')
  await userEvent.click(screen.getByRole('button', { name: 'Apply' }))
  await screen.findByText('2 of 2')
  await area()
  await userEvent.click(screen.getByRole('button', { name: 'Apply' }))
  await waitFor(() => expect(results).toHaveLength(2))
})

test('an animation and a text that is named as a picture open no dialog', async () => {
  const { choose, results } = renderImageField({ multiple: true, image: { crop: {} } })
  const animation = await makeFile({ width: 30, height: 20, format: 'webp', frames: 2 })
  choose(animation, new File(['text'], 'text.png', { type: 'image/png' }))
  await waitFor(() => expect(results).toHaveLength(2))
  expect(dialog()).toBeNull()
})

test('with a manual start the crop is chosen first, and the file waits', async () => {
  const { choose, sent } = renderImageField({ start: 'manual', image: { crop: { aspect: 1 } } })
  choose(await makeFile({ width: 30, height: 20, format: 'png' }))
  await area()
  await userEvent.click(screen.getByRole('button', { name: 'Apply' }))
  await screen.findByText('Not started')
  expect(dialog()).toBeNull()
  expect(sent).toEqual([])
})

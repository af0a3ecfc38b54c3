import type { Meta, StoryObj } from '@storybook/react-vite'
import { ImageUploader, UploadProvider } from 'putaway'
import type { StoredImage } from 'putaway'
import { ko } from 'putaway/locales'
import { fakeUploads } from 'putaway/testing'
import { useState } from 'react'
import { expect, userEvent, waitFor, within } from 'storybook/test'
import { picture, storedPicture } from './pictures.ts'
import type { Landscape } from './pictures.ts'

/** A dialog crops pictures when they are chosen: by pointer, two fingers, wheel, buttons and keyboard. */
const meta = {
  title: 'ImageUploader/Crop',
  component: ImageUploader,
  args: { label: 'Profile picture', layout: 'avatar', image: 'avatar' },
  argTypes: { uploader: { control: false }, endpoints: { control: false } },
  render: (args) => <WithFakes {...args} />,
} satisfies Meta<typeof ImageUploader>
export default meta
type Story = StoryObj<typeof meta>

function WithFakes(props: Parameters<typeof ImageUploader>[0]) {
  const [fakes] = useState(() => fakeUploads<unknown>({ speed: 4e6, latency: 300, result: () => ({}) }))
  lastFakes = fakes
  return (
    <UploadProvider endpoints={fakes.endpoints} transport={fakes.transport} defaults={fakes.defaults}>
      <div className="page">
        <ImageUploader {...props} />
      </div>
    </UploadProvider>
  )
}

/** The fakes of the story that was rendered last. They count its requests. */
let lastFakes: ReturnType<typeof fakeUploads<unknown>> | undefined

/** Draws a landscape as a PNG. An SVG is not cropped. */
async function drawPng(name: string, scene: Landscape): Promise<File> {
  const image = new Image(600, 400)
  image.src = URL.createObjectURL(picture(name, scene))
  await image.decode()
  const canvas = new OffscreenCanvas(600, 400)
  canvas.getContext('2d')?.drawImage(image, 0, 0, 600, 400)
  URL.revokeObjectURL(image.src)
  return new File([await canvas.convertToBlob()], name, { type: 'image/png' })
}

async function choose(canvasElement: HTMLElement, ...files: File[]) {
  const input = canvasElement.querySelector<HTMLInputElement>('input[type=file]')
  if (input) await userEvent.upload(input, files)
}

/** Choose a photo. The preset `avatar` crops a square and uploads 512 pixels. */
export const Avatar: Story = {}

/** The dialog is open: the arrow keys move the picture, + and - zoom, Enter applies, Escape cancels. */
export const Open: Story = {
  play: async ({ canvasElement }) => {
    await choose(canvasElement, await drawPng('Dawn.png', 'dawn'))
    const dialog = within(await within(canvasElement).findByRole('dialog', { name: 'Crop the picture' }))
    const area = await dialog.findByRole('application', { name: 'Picture' })
    await waitFor(() => expect(area).toHaveFocus())
    await userEvent.click(dialog.getByRole('button', { name: 'Zoom in' }))
    await expect(dialog.getByRole('slider', { name: 'Zoom' })).toHaveAttribute('aria-valuetext', '120%')
  },
}

/** Several files, one after the other. "Apply to all" uses the same part for the rest. */
export const SeveralKorean: Story = {
  args: {
    label: '사진',
    layout: 'grid',
    multiple: true,
    messages: ko,
    image: { crop: { aspect: 4 / 3, onCancel: 'keep' } },
  },
  play: async ({ canvasElement }) => {
    await choose(canvasElement, await drawPng('1.png', 'fjord'), await drawPng('2.png', 'dunes'))
    const dialog = within(await within(canvasElement).findByRole('dialog', { name: '사진 자르기' }))
    await dialog.findByText('2장 중 1번째')
    await dialog.findByRole('application')
  },
}

const later = { crop: { mode: 'coordinates', aspect: 1 } } as const

/** The whole picture was uploaded. A new crop changes the value of the form, and makes no request. */
export const CropLater: Story = {
  args: { label: 'Photos', layout: 'grid', multiple: true, name: 'photos', image: later },
  play: async ({ canvasElement }) => {
    const canvas = within(canvasElement)
    const readCrop = () => {
      const input = canvasElement.querySelector<HTMLInputElement>('input[name=photos]')
      return (JSON.parse(input?.value ?? '{}') as StoredImage).crop
    }
    await choose(canvasElement, await drawPng('Dawn.png', 'dawn'))
    const findDialog = async () => within(await canvas.findByRole('dialog', { name: 'Crop the picture' }))
    const firstDialog = await findDialog()
    await firstDialog.findByRole('application')
    await userEvent.click(firstDialog.getByRole('button', { name: 'Apply' }))
    const whole = { width: 400, height: 400, imageWidth: 600, imageHeight: 400 }
    await waitFor(() => expect(readCrop()).toMatchObject(whole), { timeout: 10_000 })
    const callCount = lastFakes?.calls.length
    await userEvent.click(await canvas.findByRole('button', { name: 'Crop Dawn.png' }))
    const dialog = await findDialog()
    await dialog.findByRole('application')
    for (const name of ['Zoom in', 'Zoom in', 'Move left'])
      await userEvent.click(dialog.getByRole('button', { name }))
    await userEvent.click(dialog.getByRole('button', { name: 'Apply' }))
    await waitFor(() => expect(readCrop()?.width).toBe(278))
    await waitFor(() => expect(canvas.getByRole('button', { name: 'Crop Dawn.png' })).toHaveFocus())
    await expect(lastFakes?.calls.length).toBe(callCount)
  },
}

/** A field for one picture that brings its crop, in Korean. */
export const CropLaterKorean: Story = {
  args: {
    label: '프로필 사진',
    messages: ko,
    image: { crop: { mode: 'coordinates', aspect: 1, round: true } },
    defaultValue: {
      ...storedPicture('Fjord.png', 'fjord'),
      image: { width: 400, height: 400, thumbHash: 'm8gFHQSXl4eIeIeId4iHd3h4gAh3' },
      crop: { x: 90, y: 40, width: 200, height: 200, rotation: 90, imageWidth: 400, imageHeight: 400 },
    },
  },
  play: async ({ canvasElement }) => {
    await within(canvasElement).findByRole('button', { name: 'Fjord.png 자르기' })
  },
}

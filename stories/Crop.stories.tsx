import type { Meta, StoryObj } from '@storybook/react-vite'
import { ImageUploader, UploadProvider } from 'putaway'
import { ko } from 'putaway/locales'
import { fakeUploads } from 'putaway/testing'
import { useState } from 'react'
import { expect, userEvent, waitFor, within } from 'storybook/test'
import { picture } from './pictures.ts'
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
  return (
    <UploadProvider endpoints={fakes.endpoints} transport={fakes.transport} defaults={fakes.defaults}>
      <div className="page">
        <ImageUploader {...props} />
      </div>
    </UploadProvider>
  )
}

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

import type { Meta, StoryObj } from '@storybook/react-vite'
import { ImageUploader } from 'putaway'
import { expect, waitFor } from 'storybook/test'
import { SceneList, ScenePage } from './scenes.tsx'
import type { Scene } from './scenes.tsx'

/** Pictures that are hard to show: very bright, dark and busy ones, transparent ones, very wide and very tall ones. */
const meta = { component: ImageUploader } satisfies Meta<typeof ImageUploader>
export default meta
type Story = StoryObj<typeof meta>

function svgFile(name: string, content: string, width = 400, height = 400): File {
  const picture = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${content}</svg>`
  const file = new File([picture], name, { type: 'image/svg+xml' })
  Object.defineProperty(file, 'size', { value: 2_400_000 })
  return file
}

const filled = (color: string) => `<rect width="100%" height="100%" fill="${color}"/>`
const stripes = Array.from({ length: 50 }, (_, index) => {
  const color = ['#fff', '#000', '#ff0', '#00f', '#f33'][index % 5] ?? '#fff'
  return `<rect x="${index * 8}" width="8" height="400" fill="${color}"/>`
})
const drawing = (color: string) =>
  `<path fill="none" stroke="${color}" stroke-width="26" stroke-linecap="round" d="M90 290 170 130l60 110 36-60 46 110Z"/>`
const gradient =
  '<defs><linearGradient id="g"><stop stop-color="#fbd6b0"/><stop offset="1" stop-color="#34376b"/></linearGradient></defs>'

const backgrounds = [
  ['white', filled('#fff')],
  ['black', filled('#000')],
  ['busy', stripes.join('')],
] as const
const scenesOver = (scene: Scene) =>
  backgrounds.map(([name, content]) => [scene, svgFile(`${name} ${scene}.svg`, content), 0.4] as const)
// Failed uploads first, because they take no slot of the queue.
const overScenes = [...scenesOver('error'), ...scenesOver('moving'), ...scenesOver('canceled')]

/** Percent, speed and reasons of failures over a white, a black and a busy picture. */
export const TextOverPictures: Story = {
  render: () => (
    <div className="page">
      <SceneList scenes={overScenes} options={{ maxFiles: 12 }}>
        {(uploader) => <ImageUploader uploader={uploader} label="Photos" showSpeed />}
      </SceneList>
    </div>
  ),
  play: async ({ canvas }) => {
    await waitFor(() => expect(canvas.getAllByText(/B\/s, .* left$/)).toHaveLength(3))
    await waitFor(() => expect(canvas.getAllByText('Connection lost')).toHaveLength(3))
  },
}

const unusualScenes = [
  ['done', svgFile('black drawing.svg', drawing('#111'))],
  ['done', svgFile('white drawing.svg', drawing('#fff'))],
  ['done', svgFile('panorama.svg', `${gradient}${filled('url(#g)')}`, 1600, 300)],
  ['done', svgFile('receipt.svg', `${gradient}${filled('url(#g)')}`, 240, 1600)],
] as const

/** Transparent drawings, black and white, and pictures that are very wide or very tall. */
export const UnusualPictures: Story = {
  render: () => (
    <ScenePage scenes={unusualScenes}>
      {(uploader) => (
        <>
          <ImageUploader uploader={uploader} label="Photos" />
          <ImageUploader uploader={uploader} label="The same as a list" layout="list" />
        </>
      )}
    </ScenePage>
  ),
  play: async ({ canvas, canvasElement }) => {
    await waitFor(() => expect(canvas.getAllByRole('img', { name: 'receipt.svg' })).toHaveLength(2))
    await waitFor(() => expect(canvasElement.querySelectorAll('img[data-loaded="extreme"]')).toHaveLength(4))
    await expect(canvasElement.querySelectorAll('img[data-loaded=""]')).toHaveLength(4)
  },
}

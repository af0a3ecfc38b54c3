import type { Meta, StoryObj } from '@storybook/react-vite'
import {
  ImageUploader,
  UploadProgress,
  UploadProvider,
  UploadTray,
  useIsUploading,
  useMultiUpload,
} from 'putaway'
import { fakeUploads } from 'putaway/testing'
import { useState } from 'react'
import type { ReactNode } from 'react'
import { expect, userEvent, waitFor, within } from 'storybook/test'
import { album, picture } from './pictures.ts'
import { SceneList, statuses } from './scenes.tsx'

const photos = album()
const scenes = statuses.map((scene, index) => [scene, photos[index] ?? picture('Photo.jpg', 'dawn')] as const)

const progressUsage = `
import { ImageUploader, UploadProgress, useMultiUpload } from 'putaway'

export function Album() {
  const photos = useMultiUpload({ accept: 'image/*' })
  return (
    <>
      <UploadProgress uploader={photos} />
      <ImageUploader uploader={photos} label="Album" />
    </>
  )
}`

const trayUsage = `
import { UploadDocumentTitle, UploadProvider, UploadTray } from 'putaway'

export const App = () => (
  <UploadProvider endpoints="/api/uploads">
    <Pages />
    <UploadTray />
    <UploadDocumentTitle />
  </UploadProvider>
)`

/** The total of many uploads: one bar for a list, and a tray for all lists of the provider. */
const meta = {
  title: 'Overall',
  component: UploadProgress,
  subcomponents: { UploadTray },
} satisfies Meta<typeof UploadProgress>
export default meta
type Story = StoryObj<typeof meta>

/** One bar for a list, with buttons for all files. */
export const Progress: Story = {
  parameters: { usage: progressUsage },
  render: () => (
    <div className="page">
      <SceneList scenes={scenes}>{(uploader) => <UploadProgress uploader={uploader} />}</SceneList>
    </div>
  ),
  play: async ({ canvas }) => {
    await canvas.findByText('1 of 6 uploaded')
    await canvas.findByText('1 failed')
    await expect(canvas.getByRole('progressbar', { name: 'Upload progress' })).toBeVisible()
  },
}

/** A tray in the corner of the window, until the user closes it after the last upload. */
export const Tray: Story = {
  parameters: { docs: { story: { inline: false, height: 520 } }, usage: trayUsage },
  render: () => (
    <SceneList scenes={scenes}>
      {(uploader) => (
        <div className="page">
          <ImageUploader uploader={uploader} label="Album" />
          <UploadTray />
        </div>
      )}
    </SceneList>
  ),
  play: async ({ canvas }) => {
    const tray = within(await canvas.findByRole('region', { name: 'Uploads' }))
    await expect(await tray.findAllByRole('listitem')).toHaveLength(6)
    await userEvent.click(tray.getByRole('button', { name: 'Hide uploads' }))
    await expect(tray.queryByRole('listitem')).toBeNull()
    await userEvent.click(tray.getByRole('button', { name: 'Show uploads' }))
    await tray.findByRole('button', { name: /^Retry/ })
    await expect(tray.queryByRole('button', { name: /^Remove/ })).toBeNull()
  },
}

/** A page that was left during its uploads, which have an `id`. The tray still shows them. */
export const AfterThePageIsLeft: Story = {
  tags: ['!autodocs'],
  render: () => (
    <Fast>
      <Pages />
    </Fast>
  ),
  play: async ({ canvas }) => {
    await userEvent.upload(canvas.getByLabelText('Add images'), photos.slice(0, 3))
    await canvas.findByText('Uploading')
    await userEvent.click(canvas.getByRole('button', { name: 'Leave' }))
    await expect(canvas.queryByLabelText('Add images')).toBeNull()
    const tray = await canvas.findByRole('region', { name: 'Uploads' })
    await waitFor(() => expect(within(tray).getByText('3 uploaded')).toBeVisible())
    await expect(canvas.queryByText('Uploading')).toBeNull()
    await userEvent.click(within(tray).getByRole('button', { name: 'Close' }))
    await expect(canvas.queryByRole('region', { name: 'Uploads' })).toBeNull()
  },
}

function Fast({ children }: { readonly children: ReactNode }) {
  const [fakes] = useState(() => fakeUploads<unknown>({ speed: 4e6, latency: 50, result: () => ({}) }))
  return (
    <UploadProvider endpoints={fakes.endpoints} transport={fakes.transport} defaults={fakes.defaults}>
      <div className="page">{children}</div>
    </UploadProvider>
  )
}

function Pages() {
  const [left, leave] = useState(false)
  const uploading = useIsUploading()
  return (
    <>
      {left ? <p>Another page</p> : <Photos />}
      <button type="button" onClick={() => leave(true)}>
        Leave
      </button>
      {uploading && <p>Uploading</p>}
      <UploadTray />
    </>
  )
}

function Photos() {
  const uploads = useMultiUpload({ id: 'photos', accept: 'image/*' })
  return <ImageUploader uploader={uploads} label="Photos" />
}

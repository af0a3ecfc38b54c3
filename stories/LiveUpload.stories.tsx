import type { Meta, StoryObj } from '@storybook/react-vite'
import { ImageUploader, UploadList, UploadProvider, useMultiUpload } from 'putaway'
import { fakeUploads } from 'putaway/testing'
import { useEffect, useRef, useState } from 'react'
import { expect, userEvent, waitFor } from 'storybook/test'
import { album } from './pictures.ts'

interface LiveProps {
  /** Megabytes per second for each file. */
  speed: number
  /** Delay of each backend response in milliseconds. */
  latency: number
  /** The failure of every third file. Retry repeats only the failed step. */
  failure: 'nothing' | 'connection lost' | 'backend down' | 'ticket expired'
}

const failures = {
  'connection lost': ['send', 'network'],
  'backend down': ['confirm', 'unavailable'],
  'ticket expired': ['send', 'expired'],
} as const

/** A complete upload with a backend and a storage that exist only in this page. Add files, cancel, retry, remove. */
const meta = {
  title: 'Live upload',
  component: LiveUpload,
  args: { speed: 1.5, latency: 400, failure: 'connection lost' },
  argTypes: {
    speed: { control: { type: 'range', min: 0.1, max: 20, step: 0.1 } },
    latency: { control: { type: 'range', min: 0, max: 3000, step: 100 } },
    failure: { control: 'select', options: ['nothing', ...Object.keys(failures)] },
  },
} satisfies Meta<typeof LiveUpload>
export default meta
type Story = StoryObj<typeof meta>

function LiveUpload({ speed, latency, failure }: LiveProps) {
  const [fakes] = useState(() => fakeUploads<unknown>({ result: () => ({}) }))
  useEffect(() => void Object.assign(fakes, { speed: speed * 1e6, latency }), [fakes, speed, latency])
  const count = useRef(0)
  function sabotage(file: File) {
    count.current += 1
    if (failure !== 'nothing' && count.current % 3 === 0) {
      const [call, code] = failures[failure]
      fakes.failNext(call, code, file.name)
    }
    return file
  }
  return (
    <UploadProvider endpoints={fakes.endpoints} transport={fakes.transport} defaults={fakes.defaults}>
      <div className="page">
        <Album prepare={sabotage} />
      </div>
    </UploadProvider>
  )
}

function Album({ prepare }: { readonly prepare: (file: File) => File }) {
  const photos = useMultiUpload({ accept: 'image/*', maxSize: '10MB', maxFiles: 12, prepare })
  return (
    <>
      <p className="page-intro">
        No files at hand?{' '}
        <button type="button" onClick={() => photos.add(album())}>
          Add eight sample photos
        </button>
      </p>
      <ImageUploader uploader={photos} label="Album" description="Up to 12 photos of 10 MB" />
      <h2 className="page-heading">The same list as rows</h2>
      <UploadList uploader={photos} />
    </>
  )
}

const usage = `
import { ImageUploader, UploadList, UploadProvider, useMultiUpload } from 'putaway'
import 'putaway/styles.css'

export const App = () => (
  <UploadProvider endpoints="/api/uploads">
    <Album />
  </UploadProvider>
)

function Album() {
  const photos = useMultiUpload({ accept: 'image/*', maxSize: '10MB', maxFiles: 12 })
  return (
    <>
      <ImageUploader uploader={photos} label="Album" description="Up to 12 photos of 10 MB" />
      <h2>The same list as rows</h2>
      <UploadList uploader={photos} />
    </>
  )
}`

export const LiveUploadStory: Story = { name: 'Live upload', parameters: { usage } }

/** Every file is uploaded, and the failed one after a retry. */
export const EveryFileArrives: Story = {
  tags: ['!autodocs'],
  args: { speed: 20, latency: 20 },
  play: async ({ canvas }) => {
    await userEvent.click(canvas.getByRole('button', { name: 'Add eight sample photos' }))
    const [retry] = await canvas.findAllByRole('button', { name: 'Retry Erg Chebbi.webp' })
    await waitFor(() => expect(canvas.queryAllByRole('progressbar')).toHaveLength(0))
    if (retry) await userEvent.click(retry)
    await userEvent.click(
      canvas.getAllByRole('button', { name: 'Retry Alpine meadow.png' })[0] ?? document.body,
    )
    await waitFor(() => expect(canvas.getAllByText('Uploaded')).toHaveLength(16))
  },
}

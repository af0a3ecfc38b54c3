import type { Meta, StoryObj } from '@storybook/react-vite'
import { UploadList, UploadProvider, useMultiUpload } from 'putaway'
import { fakeUploads } from 'putaway/testing'
import { useEffect, useState } from 'react'
import { expect, waitFor, within } from 'storybook/test'
import { album } from './pictures.ts'

interface ThousandsProps {
  /** The number of files to add at once. */
  count: number
  /** Megabytes per second for each file. */
  speed: number
}

/** Thousands of uploads: rows and thumbnails are rendered only near the window. Scroll. */
const meta = {
  title: 'Thousands of files',
  component: Thousands,
  args: { count: 5000, speed: 6 },
  argTypes: {
    count: { control: { type: 'range', min: 100, max: 20_000, step: 100 } },
    speed: { control: { type: 'range', min: 0.5, max: 50, step: 0.5 } },
  },
} satisfies Meta<typeof Thousands>
export default meta
type Story = StoryObj<typeof meta>

function Thousands({ count, speed }: ThousandsProps) {
  const [fakes] = useState(() => fakeUploads<unknown>({ latency: 60, result: () => ({}) }))
  useEffect(() => void Object.assign(fakes, { speed: speed * 1e6 }), [fakes, speed])
  return (
    <UploadProvider endpoints={fakes.endpoints} transport={fakes.transport} defaults={fakes.defaults}>
      <div className="page">
        <Journey count={count} />
      </div>
    </UploadProvider>
  )
}

function Journey({ count }: { readonly count: number }) {
  const photos = useMultiUpload()
  const { add, clear } = photos
  useEffect(() => {
    add(journey(count))
    return clear
  }, [add, clear, count])
  return <UploadList uploader={photos} />
}

function journey(count: number): File[] {
  const photos = album()
  return Array.from({ length: count }, (_, index) => {
    const photo = photos[index % photos.length]
    const file = new File([photo ?? ''], `DSC_${String(index + 1).padStart(5, '0')}.jpg`, {
      type: photo?.type ?? '',
    })
    Object.defineProperty(file, 'size', { value: 400_000 + ((index * 7919) % 5000) * 1000 })
    return file
  })
}

const usage = `
import { UploadList, useMultiUpload } from 'putaway'

export function Photos() {
  const photos = useMultiUpload()
  return (
    <>
      <input type="file" multiple onChange={({ target }) => photos.add(target.files ?? [])} />
      <UploadList uploader={photos} />
    </>
  )
}`

export const FiveThousand: Story = {
  parameters: { usage },
  play: async ({ canvasElement }) => {
    const list = within(await within(canvasElement).findByRole('list'))
    // The files are added in pieces, and a list of at most 100 rows has no `aria-setsize`.
    await waitFor(() => expect(list.getAllByRole('listitem')[0]).toHaveAttribute('aria-setsize', '5000'))
    await waitFor(() => expect(list.getAllByRole('listitem').length).toBeLessThan(90))
  },
}

import { act, render, screen, waitFor, within } from '@testing-library/react'
import { createRef } from 'react'
import { afterEach, expect, test, vi } from 'vitest'
import { Upload, UploadProvider, UploadI18nProvider, useMultiUpload } from 'putaway'
import { ko } from 'putaway/locales'
import type { UseMultiUpload } from 'putaway'
import { fakeFile, fakeUploads } from 'putaway/testing'
import { renderWithFakes } from '../harness/render-with-fakes.tsx'

const button = (name: string) => screen.getByRole('button', { name })

afterEach(() => void vi.useRealTimers())

/** A custom screen built from parts. */
function Photos({ photos }: { readonly photos: UseMultiUpload }) {
  return (
    <Upload.Root uploader={photos}>
      <Upload.Dropzone>
        <Upload.Input />
        <Upload.Trigger>Add photos</Upload.Trigger>
      </Upload.Dropzone>
      <Upload.Rejections />
      <Upload.List>
        <Upload.Item>
          <Upload.Preview />
          <Upload.Name />
          <Upload.Size />
          <Upload.Progress />
          <Upload.Status />
          <Upload.Cancel />
          <Upload.Retry />
          <Upload.Remove />
          <Upload.DragHandle />
        </Upload.Item>
      </Upload.List>
      <Upload.Undo />
      <Upload.LiveRegion />
    </Upload.Root>
  )
}

test('parts build a complete screen: choose, follow, cancel, retry, remove, undo', async () => {
  const { photos, fake, during, user } = renderWithFakes({ show: (uploader) => <Photos photos={uploader} /> })
  expect(screen.queryByRole('list')).toBeNull()

  await user.upload(screen.getByLabelText('Choose files'), fakeFile('a.png', { size: 2_400_000 }))
  const row = within(await screen.findByRole('listitem'))
  expect(row.getByText('a.png')).toBeInTheDocument()
  expect(row.getByText('2.4 MB')).toBeInTheDocument()
  await during(() => fake.for('a.png').presign())
  await during(() => fake.for('a.png').progress(0.5))
  expect(row.getByRole('progressbar', { name: 'Upload of a.png' })).toHaveAttribute('aria-valuenow', '50')
  expect(row.getByText('50%')).toBeInTheDocument()

  await user.click(button('Cancel a.png'))
  await waitFor(() => expect(row.getByText('Canceled')).toBeInTheDocument())
  expect(row.queryByRole('progressbar')).toBeNull()
  await user.click(button('Retry a.png'))
  await during(() => fake.for('a.png').presign())
  await during(() => fake.for('a.png').store())
  await during(() => fake.for('a.png').confirm())
  expect(row.getByText('Uploaded')).toBeInTheDocument()

  await user.click(button('Remove a.png'))
  expect(screen.queryByRole('listitem')).toBeNull()
  expect(photos().items).toEqual([])
  await user.click(screen.getByRole('button', { name: /^Undo: / }))
  expect(within(screen.getByRole('listitem')).getByText('a.png')).toBeInTheDocument()
})

test('Start, Pause and Resume act on one file in a row, and on all files outside of it', async () => {
  const { photos, fake, during, user } = renderWithFakes({
    options: { start: 'manual' },
    show: (uploader) => (
      <Upload.Root uploader={uploader}>
        <Upload.Start />
        <Upload.Pause />
        <Upload.Resume />
        <Upload.List>
          <Upload.Item>
            <Upload.Name /> <Upload.Status /> <Upload.Cancel />
            <Upload.Start />
            <Upload.Pause />
            <Upload.Resume />
          </Upload.Item>
        </Upload.List>
      </Upload.Root>
    ),
  })
  const buttons = () =>
    screen.queryAllByRole('button').map((each) => each.getAttribute('aria-label') ?? each.textContent)
  await during(() => photos().add([fakeFile('a.png'), fakeFile('b.png')]))
  expect(buttons()).toEqual(['Start all', 'Start a.png', 'Start b.png'])
  await user.click(button('Start a.png'))
  await during(() => fake.for('a.png').presign())
  expect(fake.calls).toEqual(['presign a.png', 'send a.png'])
  expect(buttons()).toEqual(['Start all', 'Pause all', 'Cancel a.png', 'Pause a.png', 'Start b.png'])
  await user.click(button('Pause a.png'))
  expect(buttons()).toEqual(['Start all', 'Resume all', 'Cancel a.png', 'Resume a.png', 'Start b.png'])
  await user.click(button('Start all'))
  await waitFor(() => expect(fake.calls.at(-1)).toBe('presign b.png'))
  await user.click(button('Pause all'))
  expect(buttons()).toEqual(['Start all', 'Resume all', 'Cancel a.png', 'Resume a.png', 'Start b.png'])
  await user.click(button('Resume all'))
  await waitFor(() => expect(fake.calls.filter((call) => call.endsWith('b.png'))).toHaveLength(2))
  expect(screen.queryByRole('button', { name: /^(Start|Resume)/ })).toBeNull()
})

test('parts have data attributes for CSS and no class names', async () => {
  const { photos, fake, during, container } = renderWithFakes({
    show: (uploader) => <Photos photos={uploader} />,
    options: { accept: 'image/*' },
  })
  await during(() => photos().add([fakeFile('a.png'), fakeFile('b.png'), fakeFile('c.pdf')]))
  await during(() => photos().cancel(photos().items[1]))
  await during(() => fake.for('a.png').fail())

  const parts = [...container.querySelectorAll<HTMLElement>('[data-part]')]
  expect(new Set(parts.map(({ dataset }) => dataset.part))).toEqual(
    new Set(
      'root dropzone input trigger rejections list item preview thumbnail name size status retry remove handle live'.split(
        ' ',
      ),
    ),
  )
  expect(parts.filter(({ className }) => className !== '')).toEqual([])
  const rows = [...container.querySelectorAll<HTMLElement>('[data-part="item"]')]
  expect(rows.map(({ dataset }) => [dataset.status, dataset.canceled])).toEqual([
    ['error', undefined],
    ['idle', 'true'],
  ])
})

test('a part takes props, a ref, a custom element, and content as a function of its state', async () => {
  const ref = createRef<HTMLButtonElement>()
  const { photos, fake, during } = renderWithFakes({
    show: (uploader) => (
      <Upload.Root uploader={uploader} id="root" className="mine">
        <Upload.List>
          <Upload.Item>
            {({ displayStatus }) => (
              <>
                <output>{displayStatus}</output>
                <Upload.Remove ref={ref} className="remove" title="Away with it" />
                <Upload.Progress
                  render={(props, { percent }) => <section {...props}>{percent} of 100</section>}
                />
              </>
            )}
          </Upload.Item>
        </Upload.List>
      </Upload.Root>
    ),
  })
  await during(() => photos().add([fakeFile('a.png')]))
  expect(screen.getByText('starting')).toBeInTheDocument()
  await during(() => fake.for('a.png').presign())
  await during(() => fake.for('a.png').progress(0.25))

  expect(document.querySelector('#root')).toHaveClass('mine', { exact: true })
  expect(ref.current).toBe(button('Remove a.png'))
  expect(ref.current).toHaveClass('remove')
  expect(ref.current).toHaveAttribute('title', 'Away with it')
  const bar = screen.getByRole('progressbar')
  expect(bar.tagName).toBe('SECTION')
  expect(bar).toHaveTextContent('25 of 100')
})

test('shows speed and time left on request, and only while bytes move', async () => {
  // The speed is measured in an interval. Everything else needs real time.
  vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'] })
  const { photos, fake, during } = renderWithFakes({
    show: (uploader) => (
      <Upload.Root uploader={uploader}>
        <Upload.List>
          <Upload.Item>
            <Upload.Speed />
          </Upload.Item>
        </Upload.List>
      </Upload.Root>
    ),
  })
  await during(() => photos().add([fakeFile('a.png', { size: 10_000_000 })]))
  await during(() => fake.for('a.png').presign())
  expect(document.querySelector('[data-part="speed"]')).toBeNull()
  for (const fraction of [0.1, 0.2, 0.3]) {
    // oxlint-disable-next-line no-await-in-loop -- time passes in between
    await during(() => fake.for('a.png').progress(fraction))
    // oxlint-disable-next-line no-await-in-loop
    await act(() => vi.advanceTimersByTimeAsync(900))
  }
  expect(screen.getByText(/B\/s, .* left$/)).toHaveAttribute('data-part', 'speed')
  await during(() => photos().pause())
  expect(document.querySelector('[data-part="speed"]')).toBeNull()
})

test('a custom handler runs first and can prevent the default one', async () => {
  const { photos, during, user } = renderWithFakes({
    show: (uploader) => (
      <Upload.Root uploader={uploader}>
        <Upload.List>
          <Upload.Item>
            <Upload.Remove onClick={(event) => event.preventDefault()} />
          </Upload.Item>
        </Upload.List>
      </Upload.Root>
    ),
  })
  await during(() => photos().add([fakeFile('a.png')]))
  await user.click(button('Remove a.png'))
  expect(photos().items).toHaveLength(1)
})

test('a part outside its parent throws an error that names the parent', () => {
  const { endpoints, transport } = fakeUploads()
  vi.spyOn(console, 'error').mockImplementation(() => {})
  const shown = (part: React.ReactNode) => () =>
    render(<UploadProvider {...{ endpoints, transport }}>{part}</UploadProvider>)
  expect(shown(<Upload.List>{() => null}</Upload.List>)).toThrow('No <Upload.Root> above.')
  expect(shown(<Upload.Name />)).toThrow('No <Upload.Item> above.')
  vi.restoreAllMocks()
})

test('texts come from the app, from the root, or both, and default to English', async () => {
  const { endpoints, transport, defaults } = fakeUploads({ speed: 0 })
  const kept: { photos?: UseMultiUpload } = {}
  function Screen() {
    const photos = useMultiUpload()
    kept.photos = photos
    return (
      <Upload.Root uploader={photos} messages={{ removeOf: (name) => `${name} 치우기` }} dir="rtl">
        <Upload.List>
          <Upload.Item>
            <Upload.Size />
            <Upload.Status />
            <Upload.Cancel />
            <Upload.Remove />
          </Upload.Item>
        </Upload.List>
      </Upload.Root>
    )
  }
  const { container, rerender } = render(
    <UploadProvider {...{ endpoints, transport, defaults }}>
      <UploadI18nProvider messages={ko}>
        <Screen />
      </UploadI18nProvider>
    </UploadProvider>,
  )
  await act(async () => {
    kept.photos?.add([fakeFile('a.png', { size: 1_234_567 })])
    await new Promise((resolve) => setTimeout(resolve, 40))
  })
  expect(button('a.png 업로드 취소')).toHaveTextContent('취소')
  expect(button('a.png 치우기')).toHaveTextContent('삭제')
  expect(screen.getByText('1.2MB')).toBeInTheDocument()
  expect(container.querySelector('[data-part="root"]')).toHaveAttribute('dir', 'rtl')

  rerender(
    <UploadProvider {...{ endpoints, transport, defaults }}>
      <UploadI18nProvider locale="de">
        <Screen />
      </UploadI18nProvider>
    </UploadProvider>,
  )
  expect(button('Cancel a.png')).toBeInTheDocument()
  expect(screen.getByText('1,2 MB')).toBeInTheDocument()
})

import { act, screen, waitFor } from '@testing-library/react'
import { afterEach, expect, test, vi } from 'vitest'
import { ImageUploader, Upload, UploadList } from 'putaway'
import { ko } from 'putaway/locales'
import type { StoredImage } from 'putaway'
import { fakeFile } from 'putaway/testing'
import { renderWithFakes } from '../harness/render-with-fakes.tsx'

const button = (name: string) => screen.getByRole('button', { name })
const bar = () => screen.getByRole('progressbar')
const names = () => screen.getAllByRole('img').map((image) => image.getAttribute('alt'))
const patient = { retry: { retries: 1, baseDelay: 3_600_000, maxDelay: 3_600_000 } }
const stored = ['a', 'b', 'c'].map((name) => ({ id: name, name, url: `https://cdn.test/${name}` }))

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

test('a row that waits for the network says so and has its status as a data attribute', async () => {
  const { photos, fake, during } = renderWithFakes({
    show: (uploader) => <ImageUploader uploader={uploader} label="Photos" layout="list" />,
    options: patient,
  })
  await during(() => photos().add([fakeFile('a.png')]))
  await during(() => fake.for('a.png').presign())
  await during(() => fake.for('a.png').progress(0.4))
  expect(screen.getByText('40%')).toBeInTheDocument()
  expect(document.querySelector('[data-waiting]')).toBeNull()

  await during(() => fake.for('a.png').fail('network'))
  expect(screen.getByText('Trying again…')).toBeInTheDocument()
  expect(bar()).toHaveAttribute('aria-valuetext', 'Trying again…')
  expect(bar()).toHaveAttribute('aria-valuenow', '40')
  for (const element of [bar(), screen.getByRole('listitem')]) {
    expect(element).toHaveAttribute('data-waiting')
    expect(element).toHaveAttribute('data-status', 'uploading')
  }
  await during(() => photos().pause())
  expect(document.querySelector('[data-waiting]')).toBeNull()
  expect(screen.getByText('Paused')).toBeInTheDocument()
})

test('a row that waits for a ticket shows it as queued; offline it says offline, in Korean as well', async () => {
  vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false)
  const { photos, fake, during } = renderWithFakes({
    show: (uploader) => (
      <>
        <UploadList uploader={uploader} />
        <ImageUploader uploader={uploader} messages={ko} />
      </>
    ),
    options: patient,
  })
  await during(() => photos().add([fakeFile('a.png')]))
  await during(() => fake.for('a.png').fail('network'))
  expect(screen.getByText('Offline')).toHaveAttribute('data-status', 'starting')
  expect(screen.getByText('네트워크 연결 대기 중')).toHaveAttribute('data-waiting')
  vi.restoreAllMocks()
  await during(() => photos().add([fakeFile('b.png')]))
  await during(() => fake.for('b.png').fail('network'))
  expect(screen.getAllByText('Trying again…')[0]).toBeInTheDocument()
  expect(screen.getAllByText('다시 시도 중…')[0]).toBeInTheDocument()
})

test.each(['UploadList', 'ImageUploader'] as const)(
  '%s shows speed and time left on request',
  async (kind) => {
    const shown = (uploader: Parameters<typeof UploadList>[0]['uploader']) =>
      kind === 'UploadList' ? (
        <UploadList uploader={uploader} showSpeed />
      ) : (
        <ImageUploader uploader={uploader} layout="list" showSpeed />
      )
    // The speed is measured in an interval. Everything else needs real time.
    vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'] })
    const { photos, fake, during } = renderWithFakes({ show: shown })
    await during(() => photos().add([fakeFile('a.png', { size: 10_000_000 })]))
    await during(() => fake.for('a.png').presign())
    for (const fraction of [0.1, 0.2, 0.3]) {
      // oxlint-disable-next-line no-await-in-loop -- time passes in between
      await during(() => fake.for('a.png').progress(fraction))
      // oxlint-disable-next-line no-await-in-loop
      await act(() => vi.advanceTimersByTimeAsync(900))
    }
    expect(screen.getByText(/B\/s, .* left$/)).toBeInTheDocument()
  },
)

/** A full list whose images can be replaced. */
function renderReplaceable(layout: 'grid' | 'list') {
  const changes: (readonly StoredImage[])[] = []
  const faked = renderWithFakes({
    show: (uploader) => (
      <ImageUploader
        {...{ uploader, layout }}
        label="Photos"
        defaultValue={stored}
        onChange={(value) => changes.push([value ?? []].flat())}
        replaceable
      />
    ),
    options: { maxFiles: 3, accept: 'image/*' },
  })
  const input = screen.getByLabelText<HTMLInputElement>('Add images', { selector: 'input' })
  return { ...faked, changes, input }
}

test.each(['grid', 'list'] as const)('in a %s a new file replaces an old one by keyboard', async (layout) => {
  const { user, during, fake, changes, input } = renderReplaceable(layout)
  await screen.findByRole('button', { name: 'Replace b' })
  let choosing: boolean | undefined
  input.addEventListener('click', () => (choosing = !input.multiple), { once: true })
  act(() => button('Replace b').focus())
  await user.keyboard('{Enter}')
  expect(choosing).toBe(true)
  expect(input.multiple).toBe(true)
  // A browser keeps focus where it was.
  Object.defineProperty(input, 'files', { value: [fakeFile('new.png')], configurable: true })
  await during(() => input.dispatchEvent(new Event('change', { bubbles: true })))

  await waitFor(() => expect(names()).toEqual(['a', 'new.png', 'c']))
  expect(changes.at(-1)).toEqual([stored[0], stored[2]])
  await waitFor(() => expect(button('Cancel new.png')).toHaveFocus())
  await during(() => fake.for('new.png').presign())
  await during(() => fake.for('new.png').store())
  await during(() => fake.for('new.png').confirm())
  expect(changes.at(-1)?.map(({ name }) => name)).toEqual(['a', 'new.png', 'c'])
  // The list has no room for the old image.
  expect(screen.queryByRole('button', { name: /^Undo: / })).toBeNull()
})

test('a refused file replaces nothing, and a closed picker is forgotten', async () => {
  const { user, during, input, photos } = renderReplaceable('grid')
  await user.click(await screen.findByRole('button', { name: 'Replace b' }))
  await user.upload(input, fakeFile('notes.pdf'))
  await during(() => {})
  expect(names()).toEqual(['a', 'b', 'c'])
  expect(photos().rejections).toHaveLength(1)

  await user.click(button('Remove c'))
  await user.click(button('Replace a'))
  // The first picker closes without a choice; the second one opens to add.
  await user.click(button('Add images'))
  await user.upload(input, fakeFile('new.png'))
  await waitFor(() => expect(names()).toEqual(['a', 'b', 'new.png']))
})

test('offers replace on request only, and not for an upload in progress', async () => {
  const { photos, during } = renderWithFakes({
    show: (uploader) => (
      <Upload.Root uploader={uploader}>
        <Upload.Input />
        <Upload.List>
          <Upload.Item>
            <Upload.Replace />
          </Upload.Item>
        </Upload.List>
        <ImageUploader uploader={uploader} defaultValue={stored} />
      </Upload.Root>
    ),
  })
  await during(() => photos().add([fakeFile('a.png')]))
  expect(screen.queryAllByRole('button', { name: /^Replace/ })).toEqual([])
})

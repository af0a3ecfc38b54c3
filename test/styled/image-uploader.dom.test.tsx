import { act, render, screen, waitFor, within } from '@testing-library/react'
import { StrictMode } from 'react'
import { renderToString } from 'react-dom/server'
import { afterEach, expect, test, vi } from 'vitest'
import { ImageUploader, UploadList, UploadProvider } from 'putaway'
import type { FileInfo } from 'putaway'
import { fakeFile, fakeUploads } from 'putaway/testing'
import { renderWithFakes } from '../harness/render-with-fakes.tsx'

const button = (name: string) => screen.getByRole('button', { name })
afterEach(() => vi.restoreAllMocks())

/** Records the texts of a region from now on. */
function heard(region: HTMLElement | undefined): string[] {
  const said: string[] = []
  if (!region) throw new Error('There is no region.')
  new MutationObserver(() => region.textContent && said.push(region.textContent)).observe(region, {
    childList: true,
    characterData: true,
    subtree: true,
  })
  return said
}

test('lists a refused file with its reason until it is dismissed, and the others continue', async () => {
  const { photos, user } = renderWithFakes({
    show: (uploader) => <ImageUploader uploader={uploader} label="Photos" />,
    options: { accept: 'image/*' },
  })

  await user.upload(screen.getByLabelText('Add images'), [fakeFile('notes.pdf'), fakeFile('a.png')])

  const refused = within(await screen.findByRole('list', { name: 'Files that were not added' }))
  expect(refused.getByText('notes.pdf')).toBeInTheDocument()
  expect(refused.getByText('This type of file is not accepted. Use image files.')).toBeInTheDocument()
  expect(photos().items.map(({ status }) => status)).toEqual(['starting'])
  await user.click(button('Dismiss notes.pdf'))
  expect(screen.queryByText('notes.pdf')).toBeNull()
  await waitFor(() => expect(button('Add images')).toHaveFocus())
})

test('a default ImageUploader announces IMG_1234.HEIC without a type as image/heic', async () => {
  const fake = fakeUploads<unknown>()
  const presigned: FileInfo[] = []
  const presign: typeof fake.endpoints.presign = (file, context) => {
    presigned.push(file)
    return fake.endpoints.presign(file, context)
  }
  const { default: userEvent } = await import('@testing-library/user-event')
  const done = vi.fn()
  const { container } = render(
    <UploadProvider endpoints={{ ...fake.endpoints, presign }} transport={fake.transport}>
      <ImageUploader onDone={({ result }) => done(result)} />
    </UploadProvider>,
  )
  const input = container.querySelector<HTMLInputElement>('input[type=file]')
  // Applies `accept` as a picker does that knows the extension but not the type.
  const user = userEvent.setup({ applyAccept: false })
  await user.upload(input ?? expect.unreachable(), fakeFile('IMG_1234.HEIC', { type: '' }))
  await waitFor(() => expect(done).toHaveBeenCalledOnce())
  expect(presigned).toMatchObject([{ name: 'IMG_1234.HEIC', type: 'image/heic' }])
  expect(screen.queryByRole('list', { name: 'Files that were not added' })).toBeNull()
})

test('every button in every status has its own name and does not submit', async () => {
  const { photos, fake, during, container } = renderWithFakes({
    show: (uploader) => <ImageUploader uploader={uploader} label="Photos" />,
    options: { accept: 'image/*' },
  })
  await during(() => photos().add(['a', 'b', 'c', 'd'].map((name) => fakeFile(`${name}.png`))))
  await during(() => photos().add([fakeFile('x.pdf'), fakeFile('y.pdf'), fakeFile('z.pdf')]))
  await during(() => fake.for('a.png').fail())
  await during(() => photos().cancel(photos().items[1]))
  await during(() => fake.for('c.png').presign())

  expect([...container.querySelectorAll('button')].filter(({ type }) => type !== 'button')).toEqual([])
  const names = screen
    .getAllByRole('button')
    .map((each) => each.getAttribute('aria-label') ?? each.textContent)
  expect(names).toEqual([
    'Cancel all',
    ...['a', 'b'].flatMap((name) => [
      `Open ${name}.png`,
      `Retry ${name}.png`,
      `Remove ${name}.png`,
      `Move ${name}.png`,
    ]),
    ...['c', 'd'].flatMap((name) => [
      `Open ${name}.png`,
      `Cancel ${name}.png`,
      `Remove ${name}.png`,
      `Move ${name}.png`,
    ]),
    'Add images',
    'Dismiss x.pdf',
    'Dismiss y.pdf',
    'Dismiss z.pdf',
    'Dismiss all',
  ])
})

test('the next image replaces a single one, and the button that chose it keeps focus', async () => {
  const fake = fakeUploads({ speed: 0 })
  const { default: userEvent } = await import('@testing-library/user-event')
  const user = userEvent.setup()
  render(
    <UploadProvider endpoints={fake.endpoints} transport={fake.transport} defaults={fake.defaults}>
      <ImageUploader label="Avatar" />
    </UploadProvider>,
  )
  const choose = button('Choose image')
  choose.focus()
  await user.upload(screen.getByLabelText('Choose image'), fakeFile('a.png'))
  expect(await screen.findByRole('img', { name: 'a.png' })).toBeInTheDocument()
  await user.upload(screen.getByLabelText('Choose image'), fakeFile('b.png'))

  expect(await screen.findByRole('img', { name: 'b.png' })).toBeInTheDocument()
  expect(screen.queryByRole('img', { name: 'a.png' })).toBeNull()
  expect(button('Replace')).toBe(choose)
  await user.click(button('Remove b.png'))
  await waitFor(() => expect(choose).toHaveFocus())
  expect(choose).toHaveTextContent('Choose image')
})

test('hides the add button at the maximum number of images, until one is removed', async () => {
  const { photos, during, user } = renderWithFakes({
    show: (uploader) => <ImageUploader uploader={uploader} label="Photos" />,
    options: { maxFiles: 2 },
  })
  await during(() => photos().add([fakeFile('a.png'), fakeFile('b.png')]))
  expect(screen.getByText('2 of 2')).toBeInTheDocument()
  expect(screen.queryByRole('button', { name: 'Add images' })).toBeNull()

  await user.click(button('Remove b.png'))
  expect(button('Add images')).toBeInTheDocument()
})

test('shows an icon for a picture that the browser cannot show', async () => {
  const { photos, during } = renderWithFakes({
    show: (uploader) => <ImageUploader uploader={uploader} label="Photos" />,
  })
  await during(() => photos().add([fakeFile('a.heic', { type: 'image/heic' })]))

  act(() => void screen.getByRole('img', { name: 'a.heic' }).dispatchEvent(new Event('error')))

  expect(screen.queryByRole('img')).toBeNull()
  expect(button('Remove a.heic')).toBeInTheDocument()
})

test('revokes every object URL', async () => {
  const made = vi.spyOn(URL, 'createObjectURL')
  const returned = vi.spyOn(URL, 'revokeObjectURL')
  const { photos, during, unmount } = renderWithFakes({
    show: (uploader) => (
      <>
        <ImageUploader uploader={uploader} label="Photos" />
        <UploadList uploader={uploader} />
      </>
    ),
  })
  await during(() => photos().add([fakeFile('a.png'), fakeFile('b.png')]))
  await during(() => photos().remove(photos().items[0] ?? ''))
  unmount()

  const urls = made.mock.results.map(({ value }) => String(value)).toSorted()
  expect(urls.length).toBeGreaterThan(0)
  expect(returned.mock.calls.map(([url]) => url).toSorted()).toEqual(urls)
})

test('announces each event once, however many lists show it', async () => {
  const { photos, fake, during } = renderWithFakes({
    show: (uploader) => (
      <>
        <ImageUploader uploader={uploader} label="Photos" />
        <UploadList uploader={uploader} />
      </>
    ),
    options: { accept: 'image/*' },
  })
  const [region, ...others] = await screen.findAllByRole('status')
  expect(others).toEqual([])
  const said = heard(region)

  await during(() => photos().add([fakeFile('a.png'), fakeFile('b.png'), fakeFile('c.pdf')]))
  await waitFor(() => expect(said).toHaveLength(1))
  await during(() => fake.for('a.png').presign())
  await during(() => fake.for('a.png').store())
  await during(() => fake.for('a.png').confirm())
  await during(() => fake.for('b.png').fail('network'))
  await waitFor(() => expect(said.length).toBeGreaterThan(1), { timeout: 4000 })

  expect(said).toEqual([
    'Uploading 2 files. c.pdf was not added. This type of file is not accepted. Use image files.',
    '1 of 2 files uploaded. b.png failed. The connection was lost. Please try again.',
  ])
})

test('server HTML has the label, the button and the input', () => {
  const fake = fakeUploads()
  const html = renderToString(
    <StrictMode>
      <UploadProvider endpoints={fake.endpoints} transport={fake.transport} defaults={fake.defaults}>
        <ImageUploader label="Photos" multiple accept="image/png" />
        <ImageUploader label="Avatar" />
      </UploadProvider>
    </StrictMode>,
  )
  expect(html).toContain('Photos')
  expect(html).toContain('Add images</span>')
  expect(html).toMatch(/<input[^>]*accept="image\/png"[^>]*>/)
  expect(html).toMatch(/<input[^>]*accept="image\/\*,.heic,.heif"[^>]*>/)
})

test('of 104 refused files 100 are listed, with the number of the others, and one button dismisses all', async () => {
  const { photos, user } = renderWithFakes({
    show: (uploader) => <ImageUploader uploader={uploader} label="Photos" />,
    options: { accept: 'image/*' },
  })
  act(() => void photos().add(Array.from({ length: 104 }, (_, index) => fakeFile(`notes-${index}.pdf`))))

  const list = await screen.findByRole('list', { name: 'Files that were not added' })
  const rows = () => [...list.children].map(({ textContent }) => textContent)
  expect(rows()).toHaveLength(101)
  expect(rows().at(-1)).toBe('and 4 more')
  await user.click(within(list).getByLabelText('Dismiss notes-0.pdf'))
  expect(rows().slice(-2)).toEqual([expect.stringContaining('notes-100.pdf'), 'and 3 more'])
  await user.click(screen.getByText('Dismiss all'))
  expect(list).not.toBeInTheDocument()
  expect(photos().rejections).toEqual([])
})

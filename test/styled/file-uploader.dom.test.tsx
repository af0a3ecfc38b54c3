import { act, render, screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import type { ReactNode } from 'react'
import { StrictMode } from 'react'
import { renderToString } from 'react-dom/server'
import { afterEach, expect, test, vi } from 'vitest'
import { FileUploader, UploadI18nProvider, UploadProvider } from 'putaway'
import { ko } from 'putaway/locales'
import { fakeFile, fakeUploads } from 'putaway/testing'
import { renderFormWithFakes, renderWithFakes } from '../harness/render-with-fakes.tsx'

const cases = [
  { layout: 'list', multiple: true },
  { layout: 'compact', multiple: true },
  { layout: 'list', multiple: false },
  { layout: 'compact', multiple: false },
] as const
type Case = (typeof cases)[number]
const stored = { id: 1, name: 'lease.pdf', url: 'https://cdn.test/lease.pdf', size: 2_100_000 }
const button = (name: string) => screen.getByRole('button', { name })
const pass = (milliseconds = 60) => act(() => new Promise((resolve) => setTimeout(resolve, milliseconds)))
afterEach(() => {
  vi.restoreAllMocks()
  document.body.replaceChildren()
})

function App({ children }: { readonly children?: ReactNode }) {
  const { endpoints, transport, defaults } = fakeUploads()
  return (
    <StrictMode>
      <UploadProvider {...{ endpoints, transport, defaults }}>{children}</UploadProvider>
    </StrictMode>
  )
}

/** A field with one stored file. */
function Stored({
  layout,
  multiple,
  ...rest
}: Case & { readonly name?: string; readonly readOnly?: boolean }) {
  const shown = { label: 'Lease', description: 'A PDF', layout, ...rest }
  return multiple ? (
    <FileUploader {...shown} multiple defaultValue={[stored]} />
  ) : (
    <FileUploader {...shown} defaultValue={stored} />
  )
}

test.each(cases)(
  'server HTML has all of $layout, multiple $multiple: label, input, button, stored file',
  async (given) => {
    const app = (
      <App>
        <Stored {...given} name="lease" />
      </App>
    )
    const page = document.createElement('div')
    document.body.append(page)
    page.innerHTML = renderToString(app)
    const html = within(page)
    expect(html.getByRole('group', { name: 'Lease' })).toHaveAccessibleDescription('A PDF')
    expect(page.querySelector('input[type="file"]')).toHaveAttribute('aria-label')
    expect(html.getByRole('button', { name: given.multiple ? 'Choose files' : 'Replace' })).toBeEnabled()
    expect(html.getByRole('listitem')).toHaveTextContent('lease.pdf')
    expect(html.getByText('2.1 MB')).toBeInTheDocument()
    expect(JSON.parse(page.querySelector<HTMLInputElement>('[name="lease"]')?.value ?? '')).toEqual(stored)

    const complaints = vi.spyOn(console, 'error').mockImplementation(() => {})
    const onRecoverableError = vi.fn()
    render(app, { container: page, hydrate: true, onRecoverableError })
    await pass()
    expect(onRecoverableError).not.toHaveBeenCalled()
    expect(complaints).not.toHaveBeenCalled()
  },
)

test.each(cases)(
  'removing a file of $layout, multiple $multiple, keeps focus; undo restores it',
  async (given) => {
    const user = userEvent.setup()
    render(
      <App>
        <Stored {...given} />
      </App>,
    )
    // Code of rows may load late.
    await user.click(await screen.findByRole('button', { name: 'Remove lease.pdf' }))
    expect(screen.queryByRole('listitem')).toBeNull()
    await waitFor(() => expect(document.activeElement?.tagName).toBe('BUTTON'))
    await user.click(screen.getByRole('button', { name: /^Undo/ }))
    expect(screen.getByRole('listitem')).toHaveTextContent('lease.pdf')
  },
)

test.each(cases)('a read-only $layout, multiple $multiple, shows its file and changes nothing', (given) => {
  render(
    <App>
      <Stored {...given} readOnly />
    </App>,
  )
  expect(screen.getByRole('listitem')).toHaveTextContent('lease.pdf')
  expect(screen.queryAllByRole('button')).toEqual([])
})

test('a stored PDF has the icon of its kind, and its address is not loaded as a picture', async () => {
  const { container } = render(
    <App>
      <Stored layout="list" multiple />
    </App>,
  )
  await waitFor(() => expect(container.querySelector('[data-icon="pdf"]')).not.toBeNull())
  expect(screen.queryByRole('img')).toBeNull()
  expect(screen.queryByRole('button', { name: 'Open lease.pdf' })).toBeNull()
})

test('the value has the token of a file of any type, and the form waits for it', async () => {
  const onSubmit = vi.fn((event: React.FormEvent<HTMLFormElement>) => event.preventDefault())
  const { container, user, during, finish } = renderFormWithFakes(
    <FileUploader name="papers" label="Papers" multiple />,
    { onSubmit },
  )
  await user.upload(screen.getByLabelText('Choose files'), [fakeFile('a.docx'), fakeFile('b.zip')])
  await during(() => {})
  await user.click(button('Save'))
  expect(onSubmit).not.toHaveBeenCalled()
  await finish('a.docx')
  await finish('b.zip')
  await waitFor(() => expect(onSubmit).toHaveBeenCalledOnce())
  const values = [...container.querySelectorAll<HTMLInputElement>('[name="papers"]')]
  expect(values.map(({ value }) => (JSON.parse(value) as { token: string }).token)).toEqual([
    'a.docx.signed',
    'b.zip.signed',
  ])
})

test.each([
  [{ required: true }, 'Add a file.'],
  [{ minFiles: 2 }, 'Add at least 2 files.'],
])('an empty field with %o stops the submit and says "%s"', async (rule, sentence) => {
  const onSubmit = vi.fn((event: React.FormEvent<HTMLFormElement>) => event.preventDefault())
  const { user, during } = renderFormWithFakes(
    <FileUploader name="papers" label="Papers" multiple {...rule} />,
    { onSubmit },
  )
  await during(() => {})
  await user.click(button('Save'))
  expect(onSubmit).not.toHaveBeenCalled()
  await waitFor(() => expect(document.querySelector('[data-part="notice"]')).toHaveTextContent(sentence))
  await waitFor(() => expect(button('Choose files')).toHaveFocus())
})

test('a form reset brings the stored file back', async () => {
  const { user, during, container } = renderFormWithFakes(
    <FileUploader name="lease" label="Lease" defaultValue={stored} />,
  )
  await during(() => {})
  await user.click(button('Remove lease.pdf'))
  expect(container.querySelector('[name="lease"]')).toBeNull()
  await during(() => container.querySelector('form')?.reset())
  expect(screen.getByRole('listitem')).toHaveTextContent('lease.pdf')
})

test('the next file replaces a single one when it is done, and the old one stays until then', async () => {
  const onChange = vi.fn()
  const { user, during, finish } = renderFormWithFakes(
    <FileUploader name="lease" label="Lease" defaultValue={stored} onChange={onChange} />,
  )
  await user.upload(screen.getByLabelText('Choose a file'), fakeFile('new lease.pdf'))
  await during(() => {})
  expect(screen.getByRole('listitem')).toHaveTextContent('new lease.pdf')
  expect(onChange).not.toHaveBeenCalled()
  await finish('new lease.pdf')
  expect(onChange.mock.lastCall?.[0]).toMatchObject({ name: 'new lease.pdf' })
})

test('takes an uploader of the app, and refuses what its rules refuse', async () => {
  const { user, photos } = renderWithFakes({
    show: (uploader) => <FileUploader uploader={uploader} label="Papers" layout="compact" />,
    options: { accept: '.pdf' },
  })
  await user.upload(screen.getByLabelText('Choose files'), [fakeFile('a.pdf'), fakeFile('b.png')])
  const refused = within(await screen.findByRole('list', { name: 'Files that were not added' }))
  expect(refused.getByText('b.png')).toBeInTheDocument()
  expect(photos().items.map(({ file }) => file.name)).toEqual(['a.pdf'])
})

test('its texts are about files in Korean as well, and single texts can be replaced', () => {
  render(
    <App>
      <UploadI18nProvider messages={ko}>
        <FileUploader multiple messages={{ chooseFiles: '문서 추가' }} />
      </UploadI18nProvider>
    </App>,
  )
  expect(screen.getByRole('group', { name: '파일' })).toBeInTheDocument()
  expect(button('문서 추가')).toBeInTheDocument()
})

test('removal is announced, and Ctrl+Z within the field restores the file, but not within a text field', async () => {
  const user = userEvent.setup()
  const Caption = () => <input aria-label="Caption" />
  const two = [stored, { ...stored, id: 2, name: 'plan.pdf' }]
  render(
    <App>
      <FileUploader label="Papers" multiple defaultValue={two} slots={{ preview: Caption }} />
    </App>,
  )
  await waitFor(() => expect(screen.getByRole('status')).toBeInTheDocument())
  await user.click(button('Remove lease.pdf'))
  await waitFor(() =>
    expect(screen.getByRole('status')).toHaveTextContent('lease.pdf removed. Undo available.'),
  )
  expect(button('Undo: lease.pdf')).toHaveTextContent('Undo')
  await user.click(screen.getByRole('textbox', { name: 'Caption' }))
  await user.keyboard('{Control>}z{/Control}')
  expect(screen.getAllByRole('listitem')).toHaveLength(1)
  act(() => button('Remove plan.pdf').focus())
  await user.keyboard('{Control>}z{/Control}')
  expect(screen.getAllByRole('listitem').map((row) => row.textContent)).toEqual([
    expect.stringContaining('lease.pdf'),
    expect.stringContaining('plan.pdf'),
  ])
})

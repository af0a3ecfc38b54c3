import { render, screen } from '@testing-library/react'
import { expect, test } from 'vitest'
import { FileUploader, UploadList, UploadProvider } from 'putaway'
import { ko } from 'putaway/locales'
import { fakeFile, fakeUploads } from 'putaway/testing'
import { renderWithFakes } from '../harness/render-with-fakes.tsx'

const showStored = (files: object[], props = {}) =>
  render(
    <UploadProvider {...fakeUploads<unknown>()}>
      <FileUploader multiple defaultValue={files} {...props} />
    </UploadProvider>,
  )

test.each(['list', 'compact'] as const)('the name of a stored file is a link to it (%s)', async (layout) => {
  const name = 'A report about the very long year that was 2025.pdf'
  showStored([{ id: 1, name, url: 'https://example.com/a.pdf' }], { layout })
  const link = await screen.findByRole('link', { name: `${name}, opens in a new tab` })
  expect(link).toHaveTextContent(name)
  expect(link).toHaveAttribute('href', 'https://example.com/a.pdf')
  expect(link).toHaveAttribute('target', '_blank')
  expect(link).toHaveAttribute('rel', 'noopener noreferrer')
  expect(link).toHaveAttribute('draggable', 'false')
})

test('the link speaks Korean', async () => {
  showStored([{ id: 1, name: '여권.pdf', url: '/files/1' }], { messages: ko })
  expect(await screen.findByRole('link', { name: '여권.pdf, 새 탭에서 열림' })).toBeVisible()
})

test('only URLs of HTTP, and relative ones, become links', async () => {
  const urls = {
    yes: ['http://example.com/a', 'HTTPS://example.com/a', '/files/1', 'files/1', '?id=1', '//example.com/a'],
    no: [
      'javascript:alert(1)',
      ' JavaScript:alert(1)',
      'java\nscript:alert(1)',
      'data:text/html,x',
      'blob:http://localhost/1',
      'vbscript:x',
      'file:///etc/passwd',
      'http://',
    ],
  }
  const files = Object.entries(urls).flatMap(([key, list]) =>
    list.map((url) => ({ id: url, name: key, url })),
  )
  showStored([...files, { id: 'none', name: 'no' }])
  const links = await screen.findAllByRole('link')
  expect(links.map((link) => link.getAttribute('href'))).toEqual(urls.yes)
})

test('the name of an upload is a link once it is done, if the result has a URL', async () => {
  const { photos, fake, during } = renderWithFakes({ show: (uploader) => <UploadList uploader={uploader} /> })
  await during(() => photos().add([fakeFile('linked.pdf'), fakeFile('plain.pdf')]))
  for (const [name, result] of [
    ['linked.pdf', { url: 'https://example.com/linked.pdf' }],
    ['plain.pdf', {}],
  ] as const) {
    // oxlint-disable-next-line no-await-in-loop -- in order
    await during(() => fake.for(name).presign())
    // oxlint-disable-next-line no-await-in-loop -- in order
    await during(() => fake.for(name).store())
    expect(screen.queryByRole('link', { name: new RegExp(name) })).toBeNull()
    // oxlint-disable-next-line no-await-in-loop -- in order
    await during(() => fake.for(name).confirm(result))
  }
  expect(screen.getByRole('link', { name: 'linked.pdf, opens in a new tab' })).toHaveAttribute(
    'href',
    'https://example.com/linked.pdf',
  )
  expect(screen.getAllByRole('link')).toHaveLength(1)
})

import { render } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ImageUploader, UploadProvider } from 'putaway'

const html = (page: Parameters<typeof render>[0]) => () => render(page)

beforeEach(() => {
  vi.spyOn(console, 'error').mockReturnValue()
  vi.spyOn(console, 'warn').mockReturnValue()
})
afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

/** Loads the package a second time, as a page does whose bundle has two versions. */
async function loadOtherCopy() {
  vi.resetModules()
  return import('putaway')
}

test('a hook without a provider says what is missing', () => {
  expect(html(<ImageUploader />)).toThrow(/^No <UploadProvider> above. Wrap your app: .*">\.$/)
})

test('a hook of one copy under the provider of another says that the page has two copies', async () => {
  const other = await loadOtherCopy()
  const page = (
    <UploadProvider endpoints="/api/uploads">
      <other.ImageUploader />
    </UploadProvider>
  )
  expect(html(page)).toThrow(/No <UploadProvider> above.* Several copies of putaway are on this page/)
  expect(html(page)).toThrow(/"npm ls putaway".*resolve\.dedupe/)
})

test('the second provider of another copy is one warning in development', async () => {
  vi.stubEnv('NODE_ENV', 'development')
  const other = await loadOtherCopy()
  for (const { UploadProvider: Provider } of [{ UploadProvider }, other, other])
    render(<Provider endpoints="/api/uploads" />)
  expect(vi.mocked(console.warn).mock.calls).toEqual([
    [expect.stringMatching(/^putaway: Several copies of putaway/)],
  ])
})

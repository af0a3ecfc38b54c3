import { fireEvent, render, screen } from '@testing-library/react'
import { afterEach, expect, test, vi } from 'vitest'
import { FileUploader, ImageUploader, UploadProvider } from 'putaway'
import { ko } from 'putaway/locales'
import { fakeUploads } from 'putaway/testing'

afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

function show(url: string, props: object = {}, name = 'beach.jpg') {
  vi.stubEnv('NODE_ENV', 'development')
  const warn = vi.spyOn(console, 'warn').mockReturnValue()
  const { endpoints } = fakeUploads()
  render(
    <UploadProvider endpoints={endpoints}>
      <ImageUploader multiple defaultValue={[{ id: 1, name: 'beach.jpg', url }]} {...props} />
    </UploadProvider>,
  )
  fireEvent.error(screen.getByRole('img', { name }))
  return () => warn.mock.calls.map(([text]) => String(text)).filter((text) => text.includes(name))
}

test('a stored image that does not load says so in its place', () => {
  const warnings = show('https://cdn.test/beach.jpg')
  expect(screen.getByText('Image not available: beach.jpg')).toBeVisible()
  expect(warnings()).toEqual([
    expect.stringMatching(
      /^putaway: The stored image "beach.jpg" did not load from https:\/\/cdn.test\/beach.jpg. Open the URL in a tab: does/,
    ),
  ])
})

test.each(['IMG_1.HEIC', 'scan.tiff', 'layers.psd'])(
  '%s is not called missing where the browser does not show its type',
  (name) => {
    const warnings = show(
      'https://cdn.test/1',
      { defaultValue: [{ id: 1, name, url: 'https://cdn.test/1' }] },
      name,
    )
    expect(screen.queryByText(/not available/)).toBeNull()
    expect(warnings()).toEqual([])
  },
)

test('an expired signed URL is explained without its signature', () => {
  const warnings = show('https://s3.test/files/1/beach.jpg?X-Amz-Expires=3600&X-Amz-Signature=secret')
  screen.getByText('Image not available: beach.jpg')
  expect(warnings()[0]).toMatch(
    /from https:\/\/s3.test\/files\/1\/beach.jpg. Its URL is signed, .*docs\/showing-files\.md/,
  )
  expect(warnings()[0]).not.toContain('secret')
})

test('the text is in the language of the page', () => {
  show('https://cdn.test/beach.jpg', { messages: ko })
  screen.getByText('이미지를 볼 수 없음: beach.jpg')
})

test('a stored file of the type application/octet-stream is not loaded as an image', () => {
  const { endpoints } = fakeUploads()
  const file = { id: 1, name: 'Recording.bin', url: '/files/1', type: 'application/octet-stream' }
  render(
    <UploadProvider endpoints={endpoints}>
      <FileUploader multiple defaultValue={[file]} />
    </UploadProvider>,
  )
  screen.getByText('Recording.bin')
  expect(document.querySelector('img')).toBeNull()
})

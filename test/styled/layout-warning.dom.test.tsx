import { render } from '@testing-library/react'
import type { ReactElement } from 'react'
import { afterEach, expect, test, vi } from 'vitest'
import { FileUploader, ImageUploader, UploadProvider } from 'putaway'
import { fakeUploads } from 'putaway/testing'

afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

const gird = 'gird' as 'grid' // JavaScript does not check types

test.each<[string, ReactElement, RegExp | undefined]>([
  [
    'a layout that does not exist',
    <ImageUploader key="1" layout={gird} />,
    /ImageUploader has no layout "gird", so it shows nothing\. Its layouts are: avatar, card, grid, list\./,
  ],
  [
    'a layout of another component',
    <FileUploader key="2" layout={gird as unknown as 'list'} />,
    /FileUploader has no layout "gird".*: list, compact\./,
  ],
  [
    'a layout of one file for several',
    <ImageUploader key="3" multiple layout="avatar" />,
    /The layout "avatar" of ImageUploader shows one file.*Leave out `multiple`/,
  ],
  ['a layout of a list for one file', <ImageUploader key="4" layout="list" />, undefined],
  ['the default', <ImageUploader key="5" multiple />, undefined],
  ['a compact list', <FileUploader key="6" multiple layout="compact" />, undefined],
])('the console tells a developer about %s', (_name, field, warning) => {
  vi.stubEnv('NODE_ENV', 'development')
  const warn = vi.spyOn(console, 'warn').mockReturnValue()
  const { endpoints } = fakeUploads()
  render(<UploadProvider endpoints={endpoints}>{field}</UploadProvider>)
  const texts = warn.mock.calls.map(([text]) => String(text)).filter((text) => text.includes('layout'))
  expect(texts).toEqual(warning ? [expect.stringMatching(warning)] : [])
})

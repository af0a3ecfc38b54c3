import { act, render, screen } from '@testing-library/react'
import { readFileSync } from 'node:fs'
import type { ReactElement } from 'react'
import { afterEach, expect, test, vi } from 'vitest'
import { ImageUploader, UploadList, UploadProvider, useMultiUpload } from 'putaway'
import type { UploadOptions, UseMultiUpload } from 'putaway'
import { fakeFile, fakeUploads } from 'putaway/testing'
import { loadEngine } from '../../src/transport/lazy-engine.ts'

afterEach(() => void vi.useRealTimers())

const timers = ['setTimeout', 'clearTimeout', 'requestAnimationFrame', 'Date'] as const

/** Renders a page and returns the texts of its live region from now on. Timers are fake from then on. */
async function listenTo(page: ReactElement): Promise<string[]> {
  render(page)
  const region = await screen.findByRole('status')
  const said: string[] = []
  new MutationObserver(() => region.textContent && said.push(region.textContent)).observe(region, {
    childList: true,
    characterData: true,
    subtree: true,
  })
  // An import takes real time.
  await act(loadEngine)
  vi.useFakeTimers({ toFake: [...timers] })
  return said
}

async function passSeconds(count: number) {
  for (let seconds = 0; seconds < count; seconds += 0.1) {
    // oxlint-disable-next-line no-await-in-loop -- time passes in small steps
    await act(() => vi.advanceTimersByTimeAsync(100))
  }
}

/** Listens to an uploader whose files the test adds itself. */
async function listenToPhotos(options: UploadOptions = {}) {
  const fake = fakeUploads<unknown>({ speed: 0, result: () => ({}) })
  const kept: { photos?: UseMultiUpload } = {}
  function Photos() {
    const photos = useMultiUpload(options)
    kept.photos = photos
    return <ImageUploader uploader={photos} label="Photos" />
  }
  const said = await listenTo(
    <UploadProvider {...fake}>
      <Photos />
    </UploadProvider>,
  )
  return { fake, kept, said }
}

test('screen reader announcements of ten files, one of which fails, equal docs/accessibility.md', async () => {
  const fake = fakeUploads<unknown>({ speed: 1e6, latency: 200, result: () => ({}) })
  const kept: { photos?: UseMultiUpload } = {}
  function Photos() {
    const photos = useMultiUpload({ accept: 'image/*' })
    kept.photos = photos
    return (
      <>
        <ImageUploader uploader={photos} label="Photos" />
        <UploadList uploader={photos} />
      </>
    )
  }
  const said = await listenTo(
    <UploadProvider {...fake}>
      <Photos />
    </UploadProvider>,
  )
  fake.failNext('send', 'network', 'IMG_3.jpg')
  act(() => {
    kept.photos?.add(
      Array.from({ length: 10 }, (_, index) => fakeFile(`IMG_${index + 1}.jpg`, { size: 4_000_000 })),
    )
  })
  await passSeconds(30)
  vi.useRealTimers()
  await act(() => new Promise((resolve) => setTimeout(resolve, 20)))

  const [, documented = ''] =
    /<!-- transcript -->\n\n```\n(.*?)\n```/s.exec(readFileSync('docs/accessibility.md', 'utf8')) ?? []
  expect(said).toEqual(documented.split('\n'))
}, 30_000)

test('a slow confirm is not announced as 100% uploaded', async () => {
  const fake = fakeUploads<unknown>({ speed: 1e6, latency: 8000, result: () => ({}) })
  const list: { photos?: UseMultiUpload } = {}
  function Photos() {
    const photos = useMultiUpload()
    list.photos = photos
    return <UploadList uploader={photos} />
  }
  const said = await listenTo(
    <UploadProvider {...fake}>
      <Photos />
    </UploadProvider>,
  )
  act(() => void list.photos?.add([fakeFile('a.jpg', { size: 20_000_000 })]))
  await passSeconds(60)
  expect(said).toEqual([
    'Uploading a.jpg.',
    '25% uploaded.',
    '50% uploaded.',
    '75% uploaded.',
    'a.jpg uploaded.',
  ])
}, 30_000)

test('a check that outlasts the upload is announced once, and then its end', async () => {
  const { fake, kept, said } = await listenToPhotos()
  const bringToCheck = async (name: string) => {
    await fake.for(name).presign()
    await fake.for(name).store()
    await fake.for(name).check(3)
  }
  act(() => void kept.photos?.add([fakeFile('a.png')]))
  await bringToCheck('a.png')
  await passSeconds(4)
  await fake.for('a.png').check(3)
  await passSeconds(4)
  await fake.for('a.png').confirm()
  await passSeconds(4)
  act(() => void kept.photos?.add([fakeFile('b.png')]))
  await passSeconds(4)
  await bringToCheck('b.png')
  await passSeconds(4)
  await fake.for('b.png').fail('rejected')
  await passSeconds(4)
  expect(said).toEqual([
    'Checking a.png.',
    'a.png uploaded.',
    'Uploading b.png.',
    'Checking b.png.',
    'b.png failed. This file was refused.',
  ])
})

test('files that are added in slices are announced once, with their whole number', async () => {
  const { kept, said } = await listenToPhotos()
  for (const names of [
    ['a', 'b'],
    ['c', 'd'],
    ['e', 'f'],
  ]) {
    act(() => void kept.photos?.add(names.map((name) => fakeFile(`${name}.png`))))
    // oxlint-disable-next-line no-await-in-loop -- one slice after the other
    await passSeconds(0.2)
  }
  await passSeconds(5)
  expect(said).toEqual(['Uploading 6 files.'])
})

test('files that wait for start are announced as added, and as uploading when they start', async () => {
  const { kept, said } = await listenToPhotos({ start: 'manual' })
  act(() => void kept.photos?.add([fakeFile('a.png'), fakeFile('b.png')]))
  await passSeconds(3)
  act(() => void kept.photos?.add([fakeFile('c.png')]))
  await passSeconds(3)
  expect(said).toEqual(['2 files added.', 'c.png added.'])
  act(() => kept.photos?.start())
  await passSeconds(3)
  expect(said.slice(2)).toEqual(['Uploading 3 files.'])
})

test('files are announced as uploading when the first one is prepared, and not if none is', async () => {
  const finish = new Map<string, (file: File | Promise<File>) => void>()
  const { kept, said } = await listenToPhotos({
    prepare: (file) => new Promise((resolve) => finish.set(file.name, resolve)),
  })
  act(() => void kept.photos?.add([fakeFile('a.png')]))
  await passSeconds(3)
  act(() => finish.get('a.png')?.(Promise.reject(new Error('The dialog was closed.'))))
  await passSeconds(3)
  expect(said.filter((text) => text.includes('Uploading'))).toEqual([])
  said.length = 0

  act(() => void kept.photos?.add([fakeFile('b.png'), fakeFile('c.png')]))
  await passSeconds(3)
  expect(said).toEqual([])
  act(() => finish.get('b.png')?.(fakeFile('b.png')))
  await passSeconds(3)
  expect(said).toEqual(['Uploading 2 files.'])
})

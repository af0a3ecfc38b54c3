import { act, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { UploadProvider, useMultiUpload, useUploadSpeed } from 'putaway'
import type { UploadItem } from 'putaway'
import { fakeFile, fakeUploads } from 'putaway/testing'
import { eventually } from '../harness/eventually.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

const tell = ({ bytesPerSecond, secondsLeft }: ReturnType<typeof useUploadSpeed>) =>
  bytesPerSecond === undefined
    ? 'still'
    : `${Math.round(bytesPerSecond / 1e5) / 10} MB/s, ${Math.round(secondsLeft ?? 0)} s`

function Row({ item }: { item: UploadItem }) {
  return <output aria-label={item.file.name}>{tell(useUploadSpeed(item))}</output>
}

test('rows and lists report speed and time left once per second, and do not render while paused', async () => {
  const fake = fakeUploads({ speed: 1_000_000 })
  let photos: ReturnType<typeof useMultiUpload> | undefined
  let renders = 0
  function List() {
    renders += 1
    photos = useMultiUpload()
    return (
      <>
        <output aria-label="all">{tell(useUploadSpeed(photos))}</output>
        {photos.items.map((item) => (
          <Row key={item.id} item={item} />
        ))}
      </>
    )
  }
  render(
    <UploadProvider
      endpoints={fake.endpoints}
      transport={fake.transport}
      defaults={fake.defaults}
      connections={1}
    >
      <List />
    </UploadProvider>,
  )
  const text = (name: string) => screen.getByRole('status', { name }).textContent
  const wait = (seconds: number) => act(() => vi.advanceTimersByTimeAsync(seconds * 1000))
  expect(text('all')).toBe('still')

  act(
    () =>
      void photos?.add([fakeFile('a.mov', { size: 20_000_000 }), fakeFile('b.mov', { size: 20_000_000 })]),
  )
  // The module imported with the first file needs real time.
  await vi.waitFor(() => expect(fake.calls).toContain('send a.mov'), eventually)
  await wait(1)
  expect(text('a.mov')).toBe('still')
  await wait(5)
  expect(text('a.mov')).toMatch(/^1 MB\/s, 1[3-5] s$/)
  expect(text('b.mov')).toBe('still')
  expect(text('all')).toMatch(/^1 MB\/s, 3[3-5] s$/)

  const before = renders
  await wait(2)
  expect(renders - before).toBeLessThanOrEqual(3)

  act(() => photos?.pause())
  expect(text('a.mov')).toBe('still')
  await wait(600)
  expect(text('all')).toBe('still')
  act(() => photos?.clear())
  // An import that ends late can still set a timer. A timer that repeats would never be gone.
  // Not in vi.waitFor: it moves the fake time too, also while `wait` moves it.
  for (let seconds = 0; vi.getTimerCount() > 0 && seconds < 600; seconds += 1) {
    // oxlint-disable-next-line no-await-in-loop -- time passes in between
    await wait(1)
  }
  expect(vi.getTimerCount()).toBe(0)
})

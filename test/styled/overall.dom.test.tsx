import { act, render, screen, waitFor, within } from '@testing-library/react'
import { StrictMode } from 'react'
import { afterEach, expect, test } from 'vitest'
import {
  UploadProgress,
  UploadProvider,
  UploadDocumentTitle,
  UploadTray,
  useIsUploading,
  useMultiUpload,
  useUploadSummary,
} from 'putaway'
import type { UploadSummary, UseMultiUpload } from 'putaway'
import { fakeFile, fakeUploads } from 'putaway/testing'
import userEvent from '@testing-library/user-event'
import type { ReactNode } from 'react'

const pass = () => act(() => new Promise((resolve) => setTimeout(resolve, 60)))
const during = async (step: () => unknown) => {
  await act(async () => void (await step()))
  await pass()
}

/** Two lists in one provider, and the components that show all uploads. */
function renderTwo(looks: ReactNode, warnOnLeave?: boolean) {
  const fake = fakeUploads<unknown>({ speed: 0, result: () => ({}) })
  const lists: { one?: UseMultiUpload; two?: UseMultiUpload } = {}
  function List({ name }: { readonly name: 'one' | 'two' }) {
    lists[name] = useMultiUpload(name === 'one' ? { id: name } : {})
    return null
  }
  const app = (pages: ReactNode) => (
    <StrictMode>
      <UploadProvider {...fake} warnOnLeave={warnOnLeave}>
        {pages}
        {looks}
      </UploadProvider>
    </StrictMode>
  )
  const both = [<List key="one" name="one" />, <List key="two" name="two" />]
  const { rerender, unmount } = render(app(both))
  return {
    fake,
    unmount,
    add: (name: 'one' | 'two', ...files: File[]) => during(() => lists[name]?.add(files)),
    list: (name: 'one' | 'two') => {
      const list = lists[name]
      if (!list) throw new Error('Nothing is rendered.')
      return list
    },
    leavePage: () => during(() => rerender(app(null))),
    finish: async (name: string) => {
      await during(() => fake.for(name).presign())
      await during(() => fake.for(name).store())
      await during(() => fake.for(name).confirm())
    },
  }
}

/** Whether the browser would ask before it leaves the page. */
function asks(): boolean {
  const event = new Event('beforeunload', { cancelable: true })
  window.dispatchEvent(event)
  return event.defaultPrevented
}
afterEach(() => expect(asks()).toBe(false))

test('the browser asks before it leaves only while an upload of any list is in progress', async () => {
  const { add, finish, unmount } = renderTwo(null)
  expect(asks()).toBe(false)
  await add('one', fakeFile('a.png'))
  await waitFor(() => expect(asks()).toBe(true))
  await add('two', fakeFile('b.png'))
  await finish('a.png')
  expect(asks()).toBe(true)
  await finish('b.png')
  expect(asks()).toBe(false)
  await add('two', fakeFile('c.png'))
  expect(asks()).toBe(true)
  unmount()
  await pass()
  expect(asks()).toBe(false)
})

test('the question before leaving can be switched off', async () => {
  const { add, unmount } = renderTwo(null, false)
  await add('one', fakeFile('a.png'))
  await pass()
  expect(asks()).toBe(false)
  unmount()
})

test('a list is counted, and retained uploads are still counted after unmount; other uploads are aborted', async () => {
  const seen: { summary?: UploadSummary; renders: number } = { renders: 0 }
  function Look() {
    seen.summary = useUploadSummary()
    seen.renders += 1
    return <output>{useIsUploading() ? 'uploading' : 'still'}</output>
  }
  const { add, list, fake, leavePage, finish, unmount } = renderTwo(<Look />)
  expect(screen.getByRole('status')).toHaveTextContent('still')

  await add('one', fakeFile('a.png', { size: 1e6 }), fakeFile('b.png', { size: 1e6 }))
  await add('two', fakeFile('c.png', { size: 1e6 }), fakeFile('d.png', { size: 1e6 }))
  expect(screen.getByRole('status')).toHaveTextContent('uploading')
  await finish('a.png')
  await during(() => fake.for('b.png').presign())
  await during(() => fake.for('b.png').progress(0.5))
  await during(() => fake.for('c.png').fail())
  await during(() => list('two').cancel(list('two').items[1]))
  expect(seen.summary).toEqual({
    total: 4,
    queued: 0,
    held: 0,
    active: 1,
    done: 1,
    failed: 1,
    canceled: 1,
    progress: 0.375,
  })
  const before = seen.renders
  await act(async () => {
    for (const fraction of [0.6, 0.7, 0.8]) await fake.for('b.png').progress(fraction)
  })
  await pass()
  // StrictMode renders twice.
  expect(seen.renders).toBeLessThanOrEqual(before + 2)

  await leavePage()
  expect(seen.summary).toMatchObject({ total: 2, done: 1, active: 1, failed: 0 })
  unmount()
})

test('UploadTray appears with the first upload, can be folded, and can be closed after the last', async () => {
  const user = userEvent.setup()
  const { add, finish, leavePage, unmount } = renderTwo(<UploadTray />)
  expect(screen.queryByRole('region')).toBeNull()
  await add('one', fakeFile('a.png'))
  await add('two', fakeFile('b.png'))
  const tray = within(screen.getByRole('region', { name: 'Uploads' }))
  expect(tray.getAllByRole('listitem')).toHaveLength(2)
  expect(tray.queryByRole('button', { name: 'Close' })).toBeNull()
  await user.click(tray.getByRole('button', { name: 'Hide uploads' }))
  expect(tray.queryAllByRole('listitem')).toHaveLength(0)
  expect(tray.getByRole('button', { name: 'Show uploads' })).toHaveAttribute('aria-expanded', 'false')

  // The upload with an id continues; the other is aborted on unmount.
  await leavePage()
  expect(tray.getByText('0 of 1 uploaded')).toBeInTheDocument()
  await finish('a.png')
  expect(tray.getByText('1 uploaded')).toBeInTheDocument()
  await user.click(tray.getByRole('button', { name: 'Close' }))
  expect(screen.queryByRole('region')).toBeNull()
  unmount()
})

test('UploadProgress shows one bar for many files, the failures, and buttons for all', async () => {
  const user = userEvent.setup()
  const { add, fake, list, unmount } = renderTwo(<UploadProgress />)
  expect(screen.queryByRole('progressbar')).toBeNull()
  await add('one', fakeFile('a.png'), fakeFile('b.png'))
  await during(() => fake.for('a.png').fail('network'))
  expect(screen.getByText('1 failed')).toBeInTheDocument()
  expect(screen.getByRole('progressbar', { name: 'Upload progress' })).toHaveAttribute('aria-valuenow', '0')

  await user.click(screen.getByRole('button', { name: 'Retry failed' }))
  await pass()
  expect(screen.queryByText('1 failed')).toBeNull()
  await user.click(screen.getByRole('button', { name: 'Cancel all' }))
  await pass()
  expect(list('one').items.map((item) => item.status === 'idle' && item.canceled)).toEqual([true, true])
  unmount()
})

test('UploadDocumentTitle shows the progress in the page title and restores the title of the app', async () => {
  document.title = 'My app'
  const { add, fake, finish, unmount } = renderTwo(<UploadDocumentTitle />)
  await add('one', fakeFile('a.png', { size: 1e6 }), fakeFile('b.png', { size: 1e6 }))
  expect(document.title).toBe('(0%) My app')
  await finish('a.png')
  expect(document.title).toBe('(50%) My app')
  await finish('b.png')
  expect(document.title).toBe('My app')
  await add('one', fakeFile('c.png'))
  await during(() => fake.for('c.png').presign())
  unmount()
  expect(document.title).toBe('My app')
})

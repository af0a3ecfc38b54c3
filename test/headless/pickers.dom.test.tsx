import { act, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { ImageUploader, Upload } from 'putaway'
import type { UseMultiUpload } from 'putaway'
import { fakeFile } from 'putaway/testing'
import { watchInput } from '../../src/headless/drop/watch-input.ts'
import { loadPageCode } from '../../src/headless/lazy/load-page-code.ts'
import { createFakes, renderWithFakes } from '../harness/render-with-fakes.tsx'

afterEach(() => {
  vi.unstubAllGlobals()
  Reflect.deleteProperty(HTMLInputElement.prototype, 'capture')
  Reflect.deleteProperty(HTMLInputElement.prototype, 'webkitdirectory')
})

/** A file input with files that the browser restored. */
function restoredInput(accept = '') {
  const input = document.createElement('input')
  input.type = 'file'
  input.accept = accept
  Object.defineProperty(input, 'files', { value: [fakeFile('a.png')], configurable: true })
  return input
}

test('files that the browser restored are read on mount and when the page is shown again', () => {
  const input = restoredInput()
  const onChange = vi.fn()
  input.addEventListener('change', onChange)
  const stop = watchInput(input)
  expect(onChange).toHaveBeenCalledTimes(1)
  window.dispatchEvent(new Event('pageshow'))
  expect(onChange).toHaveBeenCalledTimes(2)
  Object.defineProperty(input, 'files', { value: [] })
  window.dispatchEvent(new Event('pageshow'))
  stop()
  expect(onChange).toHaveBeenCalledTimes(2)
})

test('a file that a test sets right after the render is added once', async () => {
  const { wrap } = createFakes()
  render(wrap(<ImageUploader label="Photos" multiple start="manual" />))
  fireEvent.change(screen.getByLabelText('Add images'), { target: { files: [fakeFile('a.png')] } })
  // The code that reads restored files loads after the page.
  const { watchInput: loaded } = await loadPageCode()
  expect(loaded).toBe(watchInput)
  await act(async () => {})
  expect(await screen.findAllByRole('button', { name: 'Remove a.png' })).toHaveLength(1)
})

test('the input is emptied before the picker opens', async () => {
  const { user } = renderWithFakes({ show: (photos) => <ImageUploader uploader={photos} label="Photos" /> })
  const input = screen.getByLabelText<HTMLInputElement>('Add images')
  const setValue = vi.fn()
  Object.defineProperty(input, 'value', { set: setValue, get: () => '', configurable: true })
  await user.click(screen.getByRole('button', { name: /^Add images/ }))
  expect(setValue).toHaveBeenCalledWith('')
})

test('buttons of a full list keep focus, say that they are disabled, and open no picker', async () => {
  Object.defineProperty(HTMLInputElement.prototype, 'webkitdirectory', { value: false, configurable: true })
  const { user, during, photos } = renderWithFakes({
    show: (uploader) => (
      <Upload.Root uploader={uploader}>
        <Upload.Input />
        <Upload.Trigger />
        <Upload.FolderTrigger />
      </Upload.Root>
    ),
    options: { maxFiles: 1 },
  })
  const opened = vi.spyOn(HTMLInputElement.prototype, 'click')
  const buttons = [
    screen.getByRole('button', { name: 'Choose files' }),
    await screen.findByRole('button', { name: 'Choose a folder' }),
  ]
  await during(() => photos().add([fakeFile('a.png')]))
  for (const button of buttons) {
    expect(button).toHaveAttribute('aria-disabled', 'true')
    act(() => button.focus())
    // oxlint-disable-next-line no-await-in-loop -- one click after the other
    await user.click(button)
    expect(button).toHaveFocus()
  }
  expect(opened).not.toHaveBeenCalled()
  await during(() => photos().clear())
  for (const button of buttons) expect(button).not.toHaveAttribute('aria-disabled')
  opened.mockRestore()
})

test.each([
  ['image/*,.heic,.heif', 'iPhone', 'image/*,.heic,.heif'],
  ['image/*,.gpx', 'iPhone', ''],
  ['application/x-hwp', 'iPhone', ''],
  ['.pdf, .docx', 'Macintosh', '.pdf, .docx'],
  ['.gpx', 'Macintosh', ''],
  ['.gpx', 'X11; Linux', '.gpx'],
])('accept %j on %s becomes %j', (accept, platform, expected) => {
  vi.stubGlobal('navigator', { userAgent: `Mozilla/5.0 (${platform})`, maxTouchPoints: 5 })
  const input = restoredInput(accept)
  watchInput(input)()
  expect(input.accept).toBe(expected)
})

test('a Mac without a touch screen keeps accept', () => {
  vi.stubGlobal('navigator', { userAgent: 'Mozilla/5.0 (Macintosh)', maxTouchPoints: 0 })
  const input = restoredInput('.gpx')
  watchInput(input)()
  expect(input.accept).toBe('.gpx')
})

test('a camera is a second input with capture, on request and where the browser has one', async () => {
  Object.defineProperty(HTMLInputElement.prototype, 'capture', {
    value: '',
    writable: true,
    configurable: true,
  })
  const { wrap, during } = createFakes()
  render(wrap(<ImageUploader label="Photos" multiple camera="user" accept="image/*" />))
  expect(await screen.findByRole('button', { name: 'Take a photo' })).toBeEnabled()
  expect(screen.getByLabelText('Add images')).not.toHaveAttribute('capture')
  const camera = screen.getByLabelText('Take a photo', { selector: 'input' })
  expect(camera).toHaveAttribute('accept', 'image/*,.heic,.heif')
  await during(() => fireEvent.change(camera, { target: { files: [fakeFile('photo.jpg')] } }))
  await waitFor(() => expect(screen.getAllByRole('button', { name: /photo\.jpg$/ })).not.toHaveLength(0))
})

test('CameraTrigger renders nothing on computers', async () => {
  renderWithFakes({
    show: (photos) => (
      <Upload.Root uploader={photos}>
        <Upload.CameraTrigger />
        <Upload.Input />
      </Upload.Root>
    ),
  })
  await act(async () => {})
  expect(screen.queryByText('Take a photo')).toBeNull()
})

describe('more files than fit into one slice', () => {
  const show = (uploader: UseMultiUpload) => (
    <Upload.Root uploader={uploader} defaultValue={[{ key: 'stored' }]}>
      <Upload.Input />
      <Upload.LiveRegion />
    </Upload.Root>
  )
  const numbered = (count: number) => Array.from({ length: count }, (_, index) => fakeFile(`${index}.png`))
  const choose = (files: readonly File[]) =>
    fireEvent.change(screen.getByLabelText('Choose files'), { target: { files } })

  test('are all added in order, count stored files, and are announced once', async () => {
    const { photos, container } = renderWithFakes({ show, options: { maxFiles: 1101, start: 'manual' } })
    const said: string[] = []
    const region = await screen.findByRole('status')
    new MutationObserver(() => region.textContent && said.push(region.textContent)).observe(container, {
      childList: true,
      characterData: true,
      subtree: true,
    })
    choose(numbered(1102))
    await waitFor(() => expect(photos().items).toHaveLength(1100))
    expect(photos().items.map(({ file }) => file.name)).toEqual(numbered(1100).map(({ name }) => name))
    await waitFor(() =>
      expect(photos().rejections.map(({ file }) => file.name)).toEqual(['1100.png', '1101.png']),
    )
    await waitFor(() => expect(said).toHaveLength(1))
    expect(said[0]).toContain('1,100')
  })

  test('are not sent once the list is unmounted', async () => {
    const { fake, photos, unmount } = renderWithFakes({ show })
    await screen.findByRole('status') // the code that reads restored files has loaded
    const { store } = photos()
    const firstSlice = new Promise<number>((resolve) => {
      store.subscribe(({ items: { length } }) => length > 0 && resolve(length))
    })
    choose(numbered(1700))
    expect(await firstSlice).toBe(500)
    unmount()
    const { items } = await waitFor(() => {
      const state = store.getState()
      expect(state.items.every((item) => item.status === 'idle' && item.canceled)).toBe(true)
      return state
    })
    const callCount = fake.calls.length
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(fake.calls.slice(callCount).filter((call) => call.startsWith('presign'))).toEqual([])
    expect(store.getState().items).toEqual(items)
    expect(items.length).toBeLessThan(1700)
  })
})

import { act, render, screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { StrictMode } from 'react'
import type { ReactNode } from 'react'
import { renderToString } from 'react-dom/server'
import { afterEach, expect, test, vi } from 'vitest'
import { ImageUploader, UploadProvider, useUploadItem } from 'putaway'
import type { FieldEntry } from 'putaway'
import { fakeFile, fakeUploads } from 'putaway/testing'
import { renderWithFakes } from '../harness/render-with-fakes.tsx'

const layouts = ['avatar', 'card', 'grid', 'list'] as const
const stored = { id: 1, name: 'beach.jpg', url: 'https://cdn.test/beach.jpg' }
const isMany = (layout: (typeof layouts)[number]) => layout === 'grid' || layout === 'list'
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

interface StoredProps {
  readonly layout: (typeof layouts)[number]
  readonly name?: string
  readonly readOnly?: boolean
}

/** An uploader with one stored image. */
function Stored({ layout, ...rest }: StoredProps) {
  const shown = { label: 'Pictures', description: 'Up to 5 MB', layout, ...rest }
  if (!isMany(layout)) return <ImageUploader {...shown} defaultValue={stored} />
  return <ImageUploader {...shown} multiple maxFiles={4} defaultValue={[stored]} />
}

test.each(layouts)('server HTML has all of %s: label, input, button, stored images', async (layout) => {
  const app = (
    <App>
      <Stored layout={layout} name="pictures" />
    </App>
  )
  const page = document.createElement('div')
  document.body.append(page)
  page.innerHTML = renderToString(app)
  const html = within(page)
  expect(html.getByRole('group', { name: 'Pictures' })).toHaveAccessibleDescription('Up to 5 MB')
  expect(html.getByLabelText(isMany(layout) ? 'Add images' : 'Choose image')).toHaveAttribute('type', 'file')
  expect(html.getByRole('img', { name: 'beach.jpg' })).toHaveAttribute('src', stored.url)
  expect(html.getByRole('button', { name: isMany(layout) ? 'Add images' : 'Replace' })).toBeEnabled()
  expect(JSON.parse(page.querySelector<HTMLInputElement>('[name="pictures"]')?.value ?? '')).toEqual(stored)

  const complaints = vi.spyOn(console, 'error').mockImplementation(() => {})
  const onRecoverableError = vi.fn()
  const before = page.querySelector('img')
  render(app, { container: page, hydrate: true, onRecoverableError })
  await pass()
  expect(onRecoverableError).not.toHaveBeenCalled()
  expect(complaints).not.toHaveBeenCalled()
  expect(page.querySelector('img')).toBe(before)
})

test.each(layouts)('the description of %s stays while it shows an image', (layout) => {
  render(
    <App>
      <Stored layout={layout} />
    </App>,
  )
  expect(screen.getByRole('group')).toHaveAccessibleDescription('Up to 5 MB')
})

test.each(layouts)('removing an image of %s keeps focus, and undo restores it', async (layout) => {
  const user = userEvent.setup()
  render(
    <App>
      <Stored layout={layout} />
    </App>,
  )
  // Code of rows may load late.
  await user.click(await screen.findByRole('button', { name: 'Remove beach.jpg' }))
  expect(screen.queryByRole('img')).toBeNull()
  await waitFor(() => expect(document.activeElement?.tagName).toBe('BUTTON'))
  await user.click(screen.getByRole('button', { name: /^Undo: / }))
  expect(screen.getByRole('img', { name: 'beach.jpg' })).toBeInTheDocument()
  expect(screen.queryByRole('button', { name: /^Undo: / })).toBeNull()
  await waitFor(() => expect(document.activeElement?.tagName).toBe('BUTTON'))
})

test.each(layouts)('a read-only %s shows its image and changes nothing', (layout) => {
  render(
    <App>
      <Stored layout={layout} readOnly />
    </App>,
  )
  const names = screen.queryAllByRole('button').map((each) => each.getAttribute('aria-label'))
  expect(names.filter((name) => name !== 'Open beach.jpg')).toEqual([])
})

test('rows move by keyboard, focus stays on the handle, and the new position is announced', async () => {
  const user = userEvent.setup()
  const images = ['a', 'b', 'c'].map((name) => ({ id: name, name, url: `https://cdn.test/${name}` }))
  const onChange = vi.fn()
  render(
    <App>
      <ImageUploader label="Pictures" multiple layout="list" defaultValue={images} onChange={onChange} />
    </App>,
  )
  await waitFor(() => expect(screen.getByRole('status')).toBeInTheDocument())
  const order = () => screen.getAllByRole('img').map((image) => image.getAttribute('alt'))
  act(() => button('Move a').focus())
  await user.keyboard('{ArrowDown}')
  await waitFor(() => expect(order()).toEqual(['b', 'a', 'c']))
  await waitFor(() => expect(screen.getByRole('status')).toHaveTextContent('a, 2 of 3.'))
  await user.keyboard('{End}')
  await waitFor(() => expect(order()).toEqual(['b', 'c', 'a']))
  await user.keyboard('{Home}')
  await waitFor(() => expect(order()).toEqual(['a', 'b', 'c']))
  await waitFor(() => expect(button('Move a')).toHaveFocus())
  expect(onChange.mock.lastCall?.[0]).toEqual(images)
})

test('only the changed row of a hundred is rendered', async () => {
  const renders = new Map<string, number>()
  function Row({ entry }: { readonly entry: FieldEntry }) {
    if (entry.kind !== 'upload') throw new Error('There is nothing stored.')
    const { status } = useUploadItem(entry.item)
    renders.set(entry.id, (renders.get(entry.id) ?? 0) + 1)
    return <span>{status}</span>
  }
  const slots = { item: Row }
  const { photos, fake, during } = renderWithFakes({
    show: (uploader) => <ImageUploader uploader={uploader} label="Photos" slots={slots} />,
  })
  await during(() => photos().add(Array.from({ length: 100 }, (_, index) => fakeFile(`${index}.png`))))
  await pass()
  expect(renders.size).toBe(100)
  const before = new Map(renders)

  await during(() => fake.for('3.png').presign())
  for (const fraction of [0.2, 0.4, 0.6]) await during(() => fake.for('3.png').progress(fraction))
  await during(() => fake.for('3.png').store())
  await during(() => fake.for('3.png').confirm())
  await pass()

  const changed = [...renders].filter(([id, count]) => count !== before.get(id)).map(([id]) => id)
  // Other uploads have started meanwhile; more than ninety queued rows did not render.
  const waiting = photos().items.filter(({ status }) => status === 'idle')
  expect(waiting.length).toBeGreaterThan(80)
  expect(changed.filter((id) => waiting.some((item) => item.id === id))).toEqual([])
  const [done] = photos().items.filter(({ status }) => status === 'done')
  expect(changed).toContain(done?.id)
})

test('mount and unmount leave no listeners, object URLs or elements', async () => {
  const counts = { listeners: 0, urls: 0 }
  for (const target of [EventTarget.prototype, window, document]) {
    const { addEventListener, removeEventListener } = target
    vi.spyOn(target, 'addEventListener').mockImplementation(function (this: EventTarget, ...given) {
      if (this === window || this === document) counts.listeners += 1
      addEventListener.apply(this, given)
    })
    vi.spyOn(target, 'removeEventListener').mockImplementation(function (this: EventTarget, ...given) {
      if (this === window || this === document) counts.listeners -= 1
      removeEventListener.apply(this, given)
    })
  }
  const { createObjectURL, revokeObjectURL } = URL
  vi.spyOn(URL, 'createObjectURL').mockImplementation((file) => {
    counts.urls += 1
    return createObjectURL(file)
  })
  vi.spyOn(URL, 'revokeObjectURL').mockImplementation((url) => {
    counts.urls -= 1
    revokeObjectURL(url)
  })
  const user = userEvent.setup()
  async function visit() {
    const { unmount } = render(
      <App>
        <Stored layout="grid" />
      </App>,
    )
    await pass()
    await user.upload(screen.getByLabelText('Add images'), [fakeFile('a.png'), fakeFile('b.png')])
    await pass()
    unmount()
    await pass()
  }
  await visit()
  const after = { ...counts, elements: document.querySelectorAll('body > * > *').length }
  await visit()
  await visit()

  expect({ ...counts, elements: document.querySelectorAll('body > * > *').length }).toEqual(after)
  expect(counts.urls).toBe(0)
})

import { act, cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { useState } from 'react'
import type { ReactNode } from 'react'
import {
  Dropzone,
  ImageUploader,
  UploadDocumentTitle,
  UploadList,
  UploadProgress,
  UploadProvider,
  UploadTray,
  useMultiUpload,
} from 'putaway'
import { fakeFile, fakeUploads } from 'putaway/testing'
import { afterEach, expect, test } from 'vitest'

afterEach(cleanup)
const pass = () => act(() => new Promise<void>((resolve) => void setTimeout(resolve, 50)))

function dataTransferOf(...files: File[]) {
  return {
    files,
    types: ['Files'],
    items: files.map((file) => ({ kind: 'file', type: file.type, getAsFile: () => file })),
  }
}
function show(children: ReactNode, options: Parameters<typeof fakeUploads>[0] = { speed: 0 }) {
  const fake = fakeUploads(options)
  const user = userEvent.setup({ applyAccept: false })
  const shown = render(<UploadProvider {...fake}>{children}</UploadProvider>)
  return { fake, user, ...shown }
}
async function finish(fake: ReturnType<typeof fakeUploads>, name: string) {
  await fake.for(name).presign()
  await fake.for(name).store()
  await fake.for(name).confirm()
}
const button = (name: string | RegExp) => screen.getByRole('button', { name })

test('an image is chosen, uploaded, opened, replaced, removed', async () => {
  const { fake, user, container } = show(<ImageUploader label="Photo" layout="list" multiple replaceable />)
  await user.upload(screen.getByLabelText('Add images'), [
    fakeFile('a.png'),
    fakeFile('big.png', { size: 900_000 }),
  ])
  await finish(fake, 'a.png')
  await fake.for('big.png').presign()
  await fake.for('big.png').fail()
  await user.click(await screen.findByRole('button', { name: 'Retry big.png' }))
  await fake.for('big.png').store()
  await fake.for('big.png').confirm()
  await user.click(button('Open a.png'))
  const dialog = await screen.findByRole('dialog', { name: 'a.png' })
  await user.click(within(dialog).getByRole('button', { name: 'Close' }))
  await waitFor(() => expect(screen.queryByRole('dialog')).toBe(null))
  await user.click(button('Open a.png'))
  await screen.findByRole('dialog', { name: 'a.png' })
  await user.keyboard('{Escape}')
  await waitFor(() => expect(screen.queryByRole('dialog')).toBe(null))
  button('Move a.png').focus()
  await user.keyboard('{ArrowDown}')
  await waitFor(() => expect(container.querySelector('[data-row]')?.textContent).toMatch('big.png'))
  await user.click(await screen.findByRole('button', { name: 'Replace a.png' }))
  await user.upload(container.querySelector('input[type=file]') as HTMLInputElement, fakeFile('c.png'))
  await finish(fake, 'c.png')
  await user.click(button('Remove c.png'))
  await waitFor(() => expect(screen.queryByText('c.png')).toBe(null))
})

test('a file that is set right after the render is added once, fails in a tile, and is retried', async () => {
  const { fake, user } = show(<ImageUploader label="Photos" multiple />)
  fireEvent.change(screen.getByLabelText('Add images'), { target: { files: [fakeFile('a.png')] } })
  await fake.for('a.png').presign()
  await fake.for('a.png').fail()
  await user.click(await screen.findByRole('button', { name: 'Retry a.png' }))
  await fake.for('a.png').store()
  await fake.for('a.png').confirm()
  expect(await screen.findAllByRole('button', { name: 'Remove a.png' })).toHaveLength(1)
})

test('files are dropped and pasted, refused, dragged', async () => {
  const { fake, container } = show(<ImageUploader label="Photos" multiple maxSize={1_000_000} />)
  await pass()
  const zone = container.querySelector('[data-part=dropzone]') as HTMLElement
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    fireEvent[type](zone, {
      dataTransfer: dataTransferOf(
        fakeFile('d.png'),
        fakeFile('no.pdf'),
        fakeFile('huge.png', { size: 5e6 }),
      ),
    })
  await finish(fake, 'd.png')
  await screen.findByText('no.pdf')
  button('Add images').focus()
  fireEvent.paste(document.activeElement as Element, {
    clipboardData: { ...dataTransferOf(fakeFile('p.png')), getData: () => '' },
  })
  await finish(fake, 'p.png')
  const handle = button('Move d.png')
  fireEvent.pointerDown(handle, { button: 0, buttons: 1, pointerId: 1 })
  await pass()
  fireEvent.pointerMove(window, { buttons: 1, pointerId: 1, clientX: 0, clientY: 5 })
  await pass()
  fireEvent.pointerUp(window, { pointerId: 1 })
  expect(await screen.findByRole('button', { name: 'Remove p.png' })).toBeTruthy()
})

function Lists() {
  const files = useMultiUpload({})
  return (
    <>
      <Dropzone uploader={files} />
      <UploadList uploader={files} showSpeed />
      <UploadProgress />
      <UploadTray />
      <UploadDocumentTitle />
    </>
  )
}
test('tray, progress and a long list', async () => {
  const { user } = show(<Lists />, { speed: 1e6 })
  await user.upload(
    screen.getByLabelText('Choose files'),
    Array.from({ length: 300 }, (_, at) => fakeFile(`f${at}.jpg`, { size: at < 3 ? 400_000 : 10 })),
  )
  await screen.findByRole('region', { name: 'Uploads' })
  await user.click(button('Hide uploads'))
  await screen.findAllByText(/300 uploaded/, {}, { timeout: 10_000 })
}, 30_000)

test.each(['avatar', 'card', 'grid', 'list'] as const)('layout %s with stored images', async (layout) => {
  const { user, fake } = show(
    <ImageUploader
      label="Photo"
      layout={layout}
      defaultValue={{ key: 'a', url: 'https://x.test/a.png', name: 'a.png' }}
    />,
  )
  const input = document.querySelector('input[type=file]') as HTMLInputElement
  await user.upload(input, fakeFile('new.png'))
  await finish(fake, 'new.png')
  await user.click(button('Open new.png'))
  const dialog = await screen.findByRole('dialog')
  await user.click(within(dialog).getByRole('button', { name: 'Close' }))
  await waitFor(() => expect(screen.queryByRole('dialog')).toBe(null))
})

test('a form is submitted when its uploads are done', async () => {
  const sent: string[] = []
  function Album() {
    const [count, setCount] = useState(0)
    return (
      <form
        aria-label="Album"
        onSubmit={(event) => {
          event.preventDefault()
          setCount(count + 1)
          // FormData of jest-fixed-jsdom is Node's, which takes no form.
          for (const input of event.currentTarget.querySelectorAll('input')) sent.push(input.name)
        }}
      >
        <ImageUploader name="photos" label="Photos" multiple required />
        <button>Save</button>
        <button type="reset">Reset</button>
        <output>{count} sent</output>
      </form>
    )
  }
  const { user, fake } = show(<Album />)
  await pass()
  await user.upload(screen.getByLabelText('Add images'), fakeFile('a.png'))
  await user.click(button('Save'))
  await finish(fake, 'a.png')
  await screen.findByText('1 sent')
  expect(sent).toContain('photos')
  await user.click(button('Reset'))
})

test('uploads finish by themselves with the default speed', async () => {
  const { user } = show(<ImageUploader label="Photos" multiple />, {})
  await user.upload(screen.getByLabelText('Add images'), [fakeFile('a.png'), fakeFile('b.png')])
  await waitFor(() => expect(screen.getByRole('button', { name: 'Remove b.png' })).toBeTruthy())
})

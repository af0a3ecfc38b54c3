import { screen, waitFor, within } from '@testing-library/react'
import { expect, test } from 'vitest'
import { Dropzone, UploadList } from 'putaway'
import { fakeFile } from 'putaway/testing'
import { renderWithFakes } from '../harness/render-with-fakes.tsx'

const button = (name: string) => screen.getByRole('button', { name })

test('progress renders only its own row', async () => {
  const reads = { 'a.png': 0, 'b.png': 0 }
  const watched = (name: keyof typeof reads) => {
    const file = fakeFile(name)
    return Object.defineProperty(file, 'name', { get: () => ((reads[name] += 1), name) })
  }
  const { photos, fake, during, renders } = renderWithFakes({
    show: (uploader) => <UploadList uploader={uploader} />,
  })
  await during(() => photos().add([watched('a.png'), watched('b.png')]))
  await during(() => fake.for('a.png').presign())
  await during(() => fake.for('b.png').presign())
  const [before, readsOfB] = [renders(), reads['b.png']]

  for (const fraction of [0.1, 0.2, 0.3, 0.4]) await during(() => fake.for('a.png').progress(fraction))

  expect(screen.getByRole('progressbar', { name: 'Upload of a.png' })).toHaveAttribute('aria-valuenow', '40')
  expect(renders()).toBe(before)
  expect(reads['b.png']).toBe(readsOfB)
})

test('a row shows its status from waiting to uploaded, with a bar while it uploads', async () => {
  const { photos, fake, during } = renderWithFakes({ show: (uploader) => <UploadList uploader={uploader} /> })
  await during(() => photos().add([fakeFile('beach.jpg', { size: 2_400_000 })]))
  const row = within(screen.getByRole('listitem'))
  const bar = () => row.getByRole('progressbar', { name: 'Upload of beach.jpg' })

  expect(row.getByText('2.4 MB')).toBeInTheDocument()
  expect(bar()).not.toHaveAttribute('aria-valuenow')
  expect(bar()).toHaveAttribute('aria-valuetext', 'Starting')
  await during(() => fake.for('beach.jpg').presign())
  await during(() => fake.for('beach.jpg').progress(0.42))
  expect(bar()).toHaveAttribute('aria-valuetext', 'Uploading, 42%')
  expect(row.getByText('42%')).toBeInTheDocument()
  await during(() => fake.for('beach.jpg').store())
  expect(bar()).toHaveAttribute('aria-valuetext', 'Finishing')
  expect(bar()).not.toHaveAttribute('aria-valuenow')
  await during(() => fake.for('beach.jpg').confirm())
  expect(row.getByText('Uploaded')).toBeInTheDocument()
  expect(row.queryByRole('progressbar')).toBeNull()
})

test('a row says that its file is checked, until the check passes or refuses', async () => {
  const { photos, fake, during } = renderWithFakes({ show: (uploader) => <UploadList uploader={uploader} /> })
  await during(() => photos().add([fakeFile('a.png')]))
  const bar = () => screen.getByRole('progressbar', { name: 'Upload of a.png' })
  await during(() => fake.for('a.png').presign())
  await during(() => fake.for('a.png').store())
  await during(() => fake.for('a.png').check())
  expect(screen.getByText('Checking')).toBeInTheDocument()
  expect(bar()).toHaveAttribute('aria-valuetext', 'Checking')
  expect(bar()).not.toHaveAttribute('aria-valuenow')
  expect(button('Cancel a.png')).toBeInTheDocument()
  // A second later it asks again.
  await during(() => fake.for('a.png').fail('rejected'))
  expect(screen.getByText('This file was refused.')).toBeInTheDocument()
})

test('a failed row shows the reason, and its retry uploads again', async () => {
  const { photos, fake, during, user } = renderWithFakes({
    show: (uploader) => <UploadList uploader={uploader} />,
  })
  await during(() => photos().add([fakeFile('a.png')]))
  await during(() => fake.for('a.png').presign())
  await during(() => fake.for('a.png').fail('network'))

  expect(screen.getByText('The connection was lost. Please try again.')).toBeInTheDocument()
  await user.click(button('Retry a.png'))

  await waitFor(() => expect(fake.calls).toEqual(['presign a.png', 'send a.png', 'send a.png']))
  expect(button('Cancel a.png')).toHaveFocus()
})

test('offers no retry when a retry cannot help', async () => {
  const { photos, fake, during } = renderWithFakes({ show: (uploader) => <UploadList uploader={uploader} /> })
  await during(() => photos().add([fakeFile('a.png')]))
  await during(() => fake.for('a.png').fail('forbidden'))

  expect(screen.queryByRole('button', { name: 'Retry a.png' })).toBeNull()
  expect(button('Remove a.png')).toBeEnabled()
})

test('focus moves to the next row when a row is removed, and to the dropzone after the last', async () => {
  const { photos, during, user } = renderWithFakes({
    show: (uploader) => (
      <>
        <Dropzone uploader={uploader} />
        <UploadList uploader={uploader} />
      </>
    ),
  })
  await during(() => photos().add([fakeFile('a.png'), fakeFile('b.png'), fakeFile('c.png')]))

  await user.click(button('Remove b.png'))
  await waitFor(() => expect(button('Remove c.png')).toHaveFocus())
  await user.click(button('Remove c.png'))
  await waitFor(() => expect(button('Remove a.png')).toHaveFocus())
  await user.click(button('Remove a.png'))
  await waitFor(() => expect(button('Choose files')).toHaveFocus())
})

test('focus stays in the row when its button disappears, and is not taken from elsewhere', async () => {
  const { photos, fake, during, user } = renderWithFakes({
    show: (uploader) => (
      <>
        <input aria-label="Title" />
        <UploadList uploader={uploader} />
      </>
    ),
  })
  await during(() => photos().add([fakeFile('a.png'), fakeFile('b.png')]))
  await during(() => button('Cancel a.png').focus())
  await during(() => fake.for('a.png').fail('forbidden'))
  // A key pressed at that moment must not trigger an action.
  await waitFor(() => expect(document.activeElement).toHaveAccessibleName(/a\.png/))
  expect(button('Remove a.png')).not.toHaveFocus()

  await user.click(screen.getByLabelText('Title'))
  await during(() => photos().clear())
  expect(screen.getByLabelText('Title')).toHaveFocus()
})

test('a long name keeps its end visible, and is complete for screen readers', async () => {
  const { photos, during } = renderWithFakes({ show: (uploader) => <UploadList uploader={uploader} /> })
  const name = 'Recording of the whole team meeting 2026-11-20.mp4'
  await during(() => photos().add([fakeFile(name)]))

  expect(screen.getByTitle(name)).toHaveTextContent(name)
  expect(button(`Remove ${name}`)).toBeInTheDocument()
})

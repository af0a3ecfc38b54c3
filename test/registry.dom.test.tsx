import { fireEvent, screen, waitFor } from '@testing-library/react'
import { fakeFile } from 'putaway/testing'
import { expect, test } from 'vitest'
import { ImageUploader } from '../registry/image-uploader.tsx'
import { UploadList } from '../registry/upload-list.tsx'
import { renderWithFakes } from './harness/render-with-fakes.tsx'

test('the copied image uploader uploads, labels its buttons, shows rejections and submits its value', async () => {
  const { user, container } = renderWithFakes({
    show: () => <ImageUploader label="Photos" name="photos" />,
    fakes: { speed: Infinity, latency: 0, result: ({ ticket }) => ({ key: ticket.key, token: 'signed' }) },
  })
  const input = screen.getByLabelText('Add images', { selector: 'input' })
  await user.upload(input, [fakeFile('beach.jpg'), fakeFile('report.pdf')])
  await screen.findByText('Uploaded')
  expect(screen.getByRole('list', { name: 'Photos' }).querySelectorAll('[data-row]')).toHaveLength(1)
  await screen.findByText('This type of file is not accepted. Use image files.')
  await waitFor(() => expect(container.querySelectorAll('input[type=hidden][name=photos]')).toHaveLength(1))

  fireEvent.click(screen.getByRole('button', { name: 'Dismiss report.pdf' }))
  expect(screen.queryByText('This type of file is not accepted. Use image files.')).toBeNull()
  fireEvent.click(screen.getByRole('button', { name: 'Remove beach.jpg' }))
  expect(container.querySelectorAll('input[type=hidden][name=photos]')).toHaveLength(0)
  fireEvent.click(screen.getByRole('button', { name: /^Undo: / }))
  await screen.findByRole('button', { name: 'Remove beach.jpg' })
})

test('the copied upload list shows progress and cancels an upload', async () => {
  const { photos, during, fake } = renderWithFakes({ show: (uploader) => <UploadList uploader={uploader} /> })
  await during(() => photos().add([fakeFile('notes.txt')]))
  await during(async () => {
    await fake.for('notes.txt').presign()
    await fake.for('notes.txt').progress(0.5)
  })
  expect(screen.getByRole('progressbar', { name: 'Upload of notes.txt' })).toHaveAttribute(
    'aria-valuenow',
    '50',
  )
  fireEvent.click(screen.getByRole('button', { name: 'Cancel notes.txt' }))
  await screen.findByText('Canceled')
})

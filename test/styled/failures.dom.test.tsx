import { screen, waitFor, within } from '@testing-library/react'
import { expect, test } from 'vitest'
import { ImageUploader, UploadList, UploadProgress } from 'putaway'
import { fakeFile } from 'putaway/testing'
import { renderWithFakes } from '../harness/render-with-fakes.tsx'

const button = (name: string) => screen.getByRole('button', { name })

test('a failed tile shows a short reason, and its name and the whole reason while it has focus', async () => {
  const { photos, fake, during, user } = renderWithFakes({
    show: (uploader) => <ImageUploader uploader={uploader} label="Photos" layout="grid" />,
  })
  await during(() => photos().add([fakeFile('a.png'), fakeFile('b.png')]))
  await during(() => fake.for('a.png').fail('network'))
  const [tile] = await screen.findAllByRole('listitem')
  if (!tile) throw new Error('There is no tile.')
  await waitFor(() => expect(within(tile).getByText('Connection lost')).toBeVisible())
  const whole = 'The connection was lost. Please try again.'
  // Screen readers have the whole reason.
  expect(within(tile).getAllByText(whole)).toHaveLength(1)
  await user.click(within(tile).getByText('Connection lost'))
  expect(within(tile).getAllByText(whole)).toHaveLength(2)
  expect(within(tile).getByText('a.png')).toBeInTheDocument()
  await user.keyboard('{Escape}')
  expect(within(tile).getAllByText(whole)).toHaveLength(1)
})

test('a failed tile shows its name and the whole reason while the mouse is over it, and not for a finger', async () => {
  const { photos, fake, during } = renderWithFakes({
    show: (uploader) => <ImageUploader uploader={uploader} label="Photos" layout="grid" />,
  })
  await during(() => photos().add([fakeFile('a.png')]))
  await during(() => fake.for('a.png').fail('network'))
  const [tile] = await screen.findAllByRole('listitem')
  if (!tile) throw new Error('There is no tile.')
  await within(tile).findByText('Connection lost')
  const point = (type: string, pointerType: string) =>
    during(() => tile.dispatchEvent(new PointerEvent(type, { pointerType })))
  await point('pointerenter', 'touch')
  expect(within(tile).queryByText('a.png')).toBeNull()
  await point('pointerenter', 'mouse')
  expect(within(tile).getByText('a.png')).toBeInTheDocument()
  expect(within(tile).getAllByText('The connection was lost. Please try again.')).toHaveLength(2)
  await point('pointerleave', 'mouse')
  // The detail stays for a moment, so that the mouse can be moved onto it.
  expect(within(tile).getByText('a.png')).toBeInTheDocument()
  await waitFor(() => expect(within(tile).queryByText('a.png')).toBeNull())
})

test('Retry is the first action of a failed card', async () => {
  const { photos, fake, during } = renderWithFakes({
    show: (uploader) => <ImageUploader uploader={uploader} label="Photo" layout="card" />,
  })
  await during(() => photos().add([fakeFile('a.png')]))
  await during(() => fake.for('a.png').fail('network'))
  const names = screen.getAllByRole('button').map((each) => each.textContent)
  expect(names).toEqual(['', 'Retry', 'Replace', 'Remove'])
})

test('a list retries all that failed and cancels all that is active', async () => {
  const { photos, fake, during, user } = renderWithFakes({
    show: (uploader) => <ImageUploader uploader={uploader} label="Photos" layout="list" />,
  })
  await during(() => photos().add(['a', 'b', 'c', 'd'].map((name) => fakeFile(`${name}.png`))))
  await during(() => fake.for('a.png').fail('network'))
  expect(screen.queryByRole('button', { name: 'Retry failed' })).toBeNull()
  await during(() => fake.for('b.png').fail('network'))
  await user.click(await screen.findByRole('button', { name: 'Retry failed' }))
  await during(() => {})
  expect(photos().items.filter(({ status }) => status === 'error')).toEqual([])
  await user.click(button('Cancel all'))
  await waitFor(() => expect(photos().items.every(({ status }) => status === 'idle')).toBe(true))
  expect(screen.queryByRole('button', { name: 'Cancel all' })).toBeNull()
})

test('what is done is cleared, and the rest stays', async () => {
  const { photos, fake, during, user } = renderWithFakes({
    show: (uploader) => (
      <>
        <UploadProgress uploader={uploader} clearable />
        <UploadList uploader={uploader} />
      </>
    ),
  })
  await during(() => photos().add([fakeFile('a.png'), fakeFile('b.png')]))
  expect(screen.queryByRole('button', { name: 'Clear completed' })).toBeNull()
  await during(() => fake.for('a.png').presign())
  await during(() => fake.for('a.png').store())
  await during(() => fake.for('a.png').confirm())
  await user.click(button('Clear completed'))
  expect(photos().items.map(({ file }) => file.name)).toEqual(['b.png'])
})

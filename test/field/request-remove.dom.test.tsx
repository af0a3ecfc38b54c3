import { screen, waitFor } from '@testing-library/react'
import { expect, test, vi } from 'vitest'
import { ImageUploader, UploadError } from 'putaway'
import type { UploadItem } from 'putaway'
import { renderFormWithFakes } from '../harness/render-with-fakes.tsx'

const button = (name: string) => screen.getByRole('button', { name })
const announced = (text: string) => waitFor(() => expect(screen.getByRole('status')).toHaveTextContent(text))
const undo = () => screen.queryByRole('button', { name: /^Undo/ })
const values = () =>
  [...document.querySelectorAll<HTMLInputElement>('input[name=photos]')].map(({ value }) => value)

function renderPhotos(onRemove: (item: UploadItem) => boolean | void | Promise<boolean | void>) {
  return renderFormWithFakes(
    <ImageUploader
      name="photos"
      label="Photos"
      multiple
      defaultValue={[{ id: 1, name: 'old.png', url: '/old.png' }]}
      onRemove={onRemove}
    />,
  )
}

test('a done photo stays until the app has deleted it, has no Undo then, and focus goes to the next row', async () => {
  let answer: (isAgreed?: boolean) => void = () => {}
  const { add, finish, user, during } = renderPhotos(
    () => new Promise<boolean | void>((resolve) => (answer = resolve)),
  )
  await add('a.png', 'b.png')
  await finish('a.png')
  await finish('b.png')
  await user.click(button('Remove a.png'))
  await during(() => {})
  expect(button('Remove a.png')).toHaveAttribute('aria-busy', 'true')
  expect(values()).toHaveLength(3)
  await during(() => answer())
  await waitFor(() => expect(screen.queryByRole('button', { name: 'Remove a.png' })).toBeNull())
  expect(button('Remove b.png')).toHaveFocus()
  expect(values()).toHaveLength(2)
  expect(undo()).toBeNull()
  await announced('a.png removed.')
  expect(screen.getByRole('status')).not.toHaveTextContent('Undo')
})

test('a photo that onRemove keeps stays, and nothing is announced', async () => {
  const onRemove = vi.fn(() => false)
  const { add, finish, user, during } = renderPhotos(onRemove)
  await add('a.png')
  await finish('a.png')
  await user.click(button('Remove a.png'))
  await during(() => {})
  expect(onRemove).toHaveBeenCalledOnce()
  expect(button('Remove a.png')).toHaveFocus()
  expect(values()).toHaveLength(2)
  expect(screen.getByRole('status')).not.toHaveTextContent('removed')
})

test('a removal that fails keeps the photo with a message, which is announced, and the form value', async () => {
  const onRemove = vi.fn(() =>
    Promise.reject(new UploadError('forbidden', { phase: 'finishing', text: 'Ask the owner.' })),
  )
  const { add, finish, user, during } = renderPhotos(onRemove)
  await add('a.png')
  await finish('a.png')
  await user.click(button('Remove a.png'))
  await during(() => {})
  expect(await screen.findByText('Not removed. Ask the owner.')).toBeInTheDocument()
  await announced('a.png: Not removed. Ask the owner.')
  expect(values()).toHaveLength(2)
  onRemove.mockResolvedValue(undefined as never)
  await user.click(button('Remove a.png'))
  await during(() => {})
  expect(values()).toHaveLength(1)
})

test('an unfinished upload is asked for too, and its Undo uploads it again', async () => {
  const statuses: string[] = []
  const { add, finish, user, during } = renderPhotos(({ status }) => void statuses.push(status))
  await add('a.png')
  await user.click(button('Remove a.png'))
  await during(() => {})
  expect(statuses).toEqual(['starting'])
  await announced('a.png removed. Undo available.')
  await user.click(button('Undo: a.png'))
  await finish('a.png')
  await waitFor(() => expect(values()).toHaveLength(2))
})

test('a stored photo is removed without a question and comes back by Undo, because only the value changes', async () => {
  const onRemove = vi.fn(() => false)
  const { user, during } = renderPhotos(onRemove)
  await user.click(button('Remove old.png'))
  await during(() => {})
  expect(onRemove).not.toHaveBeenCalled()
  await user.click(button('Undo: old.png'))
  expect(values()).toHaveLength(1)
})

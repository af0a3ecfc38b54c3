import { fireEvent, screen, waitFor, within } from '@testing-library/react'
import { expect, test } from 'vitest'
import { ImageUploader } from 'putaway'
import { createFakes } from '../harness/render-with-fakes.tsx'
import { render } from '@testing-library/react'

const stored = ['a', 'b', 'c'].map((name) => ({
  key: name,
  name: `${name}.png`,
  url: `https://photos.example/${name}.png`,
}))

async function openFirst(images = stored, dir?: 'rtl') {
  const { user, wrap } = createFakes()
  render(wrap(<ImageUploader label="Photos" multiple layout="grid" defaultValue={images} dir={dir} />))
  await user.click(await screen.findByRole('button', { name: 'Open a.png' }))
  const dialog = await screen.findByRole('dialog')
  return { user, dialog, shown: () => within(dialog).getByRole('img').getAttribute('alt') }
}

test('buttons and arrow keys show the next and the previous image, and after the last one the first', async () => {
  const { user, dialog, shown } = await openFirst()
  expect(within(dialog).getByText('1 of 3')).toBeVisible()

  await user.click(within(dialog).getByRole('button', { name: 'Next image' }))
  expect(shown()).toBe('b.png')
  expect(dialog).toHaveAccessibleName('b.png')
  await user.keyboard('{ArrowRight}{ArrowRight}')
  expect(shown()).toBe('a.png')
  await user.keyboard('{ArrowLeft}')
  expect(shown()).toBe('c.png')
  expect(within(dialog).getByText('3 of 3')).toBeVisible()
})

test('in a text from right to left, the left arrow key shows the next image', async () => {
  const { user, dialog, shown } = await openFirst(stored, 'rtl')
  dialog.style.direction = 'rtl' // happy-dom derives no direction from `dir`
  await user.keyboard('{ArrowLeft}')
  expect(shown()).toBe('b.png')
})

test('a swipe of a finger shows another image, and a tap and a movement of the mouse do not', async () => {
  const { dialog, shown } = await openFirst()
  const move = (from: number, to: number, pointerType: string) => {
    fireEvent.pointerDown(dialog, { clientX: from, pointerType })
    fireEvent.pointerUp(dialog, { clientX: to, pointerType })
  }
  move(200, 190, 'touch')
  move(200, 20, 'mouse')
  expect(shown()).toBe('a.png')
  move(200, 20, 'touch')
  expect(shown()).toBe('b.png')
  move(20, 200, 'touch')
  expect(shown()).toBe('a.png')
})

test('focus returns to the button of the image that was shown last', async () => {
  const { user, dialog } = await openFirst()
  await user.click(within(dialog).getByRole('button', { name: 'Next image' }))
  await user.click(within(dialog).getByRole('button', { name: 'Close' }))
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
  expect(screen.getByRole('button', { name: 'Open b.png' })).toHaveFocus()
})

test('a single image has no buttons for others', async () => {
  const { dialog } = await openFirst(stored.slice(0, 1))
  expect(within(dialog).getAllByRole('button')).toHaveLength(1)
})

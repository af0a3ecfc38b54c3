import { act, fireEvent, screen, waitFor } from '@testing-library/react'
import { expect, test, vi } from 'vitest'
import { Dropzone } from 'putaway'
import { fakeFile } from 'putaway/testing'
import { dataTransferOf, renderWithFakes } from '../harness/render-with-fakes.tsx'

const zone = () => {
  const found = document.querySelector('[data-putaway="dropzone"]')
  if (!found) throw new Error('There is no dropzone.')
  return found
}

/** The drop code is loaded when the zone is mounted. */
async function heldOver(file: File) {
  await act(async () => {
    await import('../../src/headless/drop/DropHandler.tsx')
    await new Promise((resolve) => setTimeout(resolve, 30))
  })
  fireEvent.dragEnter(zone(), { dataTransfer: dataTransferOf(file) })
}
const names = (files: readonly { file: File }[]) => files.map(({ file }) => file.name)

test('the button of a dropzone opens the picker', async () => {
  const { user } = renderWithFakes({ show: (photos) => <Dropzone uploader={photos} /> })
  const opened = vi.fn()
  screen.getByLabelText('Choose files').addEventListener('click', opened)

  await user.click(screen.getByRole('button', { name: 'Choose files' }))

  expect(opened).toHaveBeenCalledOnce()
})

test('only the button takes focus, and the area of a dropzone has no role', async () => {
  const { user } = renderWithFakes({ show: (photos) => <Dropzone uploader={photos} label="Add photos" /> })

  await user.tab()
  expect(screen.getByRole('button', { name: 'Add photos' })).toHaveFocus()
  await user.tab()
  expect(document.body).toHaveFocus()
  expect(zone()).not.toHaveAttribute('role')
  expect(zone()).not.toHaveAttribute('tabindex')
})

test('the picker gets the accept of the uploader', () => {
  renderWithFakes({
    show: (photos) => <Dropzone uploader={photos} />,
    options: { accept: ['image/*', '.pdf'] },
  })
  const input = screen.getByLabelText('Choose files')
  expect(input).toHaveAttribute('accept', 'image/*,.pdf,.heic,.heif')
  expect(input).toHaveAttribute('multiple')
})

test('every dropped file reaches the uploader, and its rules decide', async () => {
  const { photos } = renderWithFakes({
    show: (uploader) => <Dropzone uploader={uploader} />,
    options: { accept: 'image/*' },
  })

  fireEvent.drop(zone(), {
    dataTransfer: dataTransferOf(fakeFile('a.png'), fakeFile('b.pdf'), fakeFile('c.png')),
  })

  await waitFor(() => expect(names(photos().items)).toEqual(['a.png', 'c.png']))
  expect(photos().rejections.map(({ error }) => error.code)).toEqual(['wrong-type'])
})

test('a drop before the drop code is loaded is accepted once', async () => {
  const { photos } = renderWithFakes({ show: (uploader) => <Dropzone uploader={uploader} /> })

  fireEvent.drop(zone(), { dataTransfer: dataTransferOf(fakeFile('early.png')) })
  await heldOver(fakeFile('late.png'))
  fireEvent.drop(zone(), { dataTransfer: dataTransferOf(fakeFile('late.png')) })

  await waitFor(() => expect(names(photos().items)).toEqual(['early.png', 'late.png']))
})

test('accepts pasted files while focus is inside', async () => {
  const { photos, user } = renderWithFakes({ show: (uploader) => <Dropzone uploader={uploader} /> })
  await user.tab()

  fireEvent.paste(screen.getByRole('button'), { clipboardData: dataTransferOf(fakeFile('shot.png')) })

  await waitFor(() => expect(names(photos().items)).toEqual(['shot.png']))
})

test('the same file can be chosen again after it was removed', async () => {
  const { photos, user, during } = renderWithFakes({ show: (uploader) => <Dropzone uploader={uploader} /> })
  const file = fakeFile('a.png')

  await user.upload(screen.getByLabelText('Choose files'), file)
  await waitFor(() => expect(photos().items).toHaveLength(1))
  await during(() => photos().clear())
  await user.click(screen.getByRole('button', { name: 'Choose files' }))
  await user.upload(screen.getByLabelText('Choose files'), file)

  await waitFor(() => expect(names(photos().items)).toEqual(['a.png']))
})

test.for([
  ['takes', fakeFile('a.png'), 'accept', 'Drop to upload'],
  ['does not take', fakeFile('a.pdf'), 'reject', 'This type of file is not accepted'],
] as const)('shows that it %s files held over it', async ([, file, drag, words]) => {
  renderWithFakes({ show: (photos) => <Dropzone uploader={photos} />, options: { accept: 'image/*' } })
  expect(zone()).toHaveAttribute('data-drag', 'none')

  await heldOver(file)

  await waitFor(() => expect(zone()).toHaveAttribute('data-drag', drag))
  expect(screen.getByText(words)).toBeInTheDocument()
  fireEvent.dragLeave(zone(), { dataTransfer: dataTransferOf(file) })
  await waitFor(() => expect(zone()).toHaveAttribute('data-drag', 'none'))
})

test('a full list says so while files are held over it', async () => {
  const { during, photos } = renderWithFakes({
    show: (uploader) => <Dropzone uploader={uploader} />,
    options: { maxFiles: 2 },
  })
  await during(() => photos().add([fakeFile('a.png'), fakeFile('b.png')]))

  await heldOver(fakeFile('c.png'))

  expect(await screen.findByText('Limit of 2 reached')).toBeInTheDocument()
})

test('a disabled dropzone accepts nothing', async () => {
  const { photos, during } = renderWithFakes({
    show: (uploader) => <Dropzone uploader={uploader} disabled />,
  })
  await during(() => fireEvent.drop(zone(), { dataTransfer: dataTransferOf(fakeFile('a.png')) }))

  expect(screen.getByRole('button')).toBeDisabled()
  expect(photos().items).toEqual([])
})

test('preloads the uploader on hover, focus and drag, and works with one that has no preload', async () => {
  const warm = vi.fn()
  const { user } = renderWithFakes({
    show: (photos) => (
      <>
        <Dropzone uploader={{ ...photos, preload: warm }} label="Add photos" />
        <Dropzone uploader={{ ...photos, preload: undefined }} label="Add more" />
      </>
    ),
  })
  const isPreloadedBy = async (step: () => unknown) => {
    warm.mockClear()
    await step()
    return warm.mock.calls.length > 0
  }
  const button = screen.getByRole('button', { name: 'Add photos' })
  expect(await isPreloadedBy(() => {})).toBe(false)
  expect(await isPreloadedBy(() => user.hover(zone()))).toBe(true)
  expect(await isPreloadedBy(() => user.unhover(zone()))).toBe(false)
  expect(
    await isPreloadedBy(() =>
      fireEvent.dragEnter(zone(), { dataTransfer: dataTransferOf(fakeFile('a.png')) }),
    ),
  ).toBe(true)
  expect(await isPreloadedBy(() => user.tab())).toBe(true)
  expect(button).toHaveFocus()
  expect(await isPreloadedBy(() => screen.getByLabelText('Add photos', { selector: 'input' }).click())).toBe(
    true,
  )

  const more = screen.getByRole('button', { name: 'Add more' })
  await user.hover(more)
  await user.click(more)
})

test('a disabled dropzone preloads nothing', async () => {
  const warm = vi.fn()
  const { user } = renderWithFakes({
    show: (photos) => <Dropzone uploader={{ ...photos, preload: warm }} disabled />,
  })
  await user.hover(zone())
  fireEvent.dragEnter(zone(), { dataTransfer: dataTransferOf(fakeFile('a.png')) })
  expect(warm).not.toHaveBeenCalled()
})

import { act, screen, waitFor } from '@testing-library/react'
import { StrictMode, useState } from 'react'
import type { FormEvent } from 'react'
import { renderToString } from 'react-dom/server'
import { expect, test, vi } from 'vitest'
import { ImageUploader, UploadProvider, useMultiUpload } from 'putaway'
import type { StoredImage } from 'putaway'
import { fakeFile, fakeUploads } from 'putaway/testing'
import { renderFormWithFakes } from '../harness/render-with-fakes.tsx'

const button = (name: string) => screen.getByRole('button', { name })
const old = { id: 1, url: '/old.png', name: 'old.png' }
const older = { id: 2, url: '/older.png', name: 'older.png' }

/** The names that the form would post under `photos`. */
function posted(): string[] {
  const form = screen.getByRole<HTMLFormElement>('form')
  return new FormData(form).getAll('photos').map((value) => (JSON.parse(String(value)) as typeof old).name)
}

/** A form that records its submits and the names that each would post. */
function renderRecordingForm() {
  const submits: string[][] = []
  const onSubmit = (event: FormEvent) => {
    event.preventDefault()
    submits.push(posted())
  }
  return { submits, onSubmit }
}

/** The field error: the live region has the same sentence, and keeps it for a moment. */
const noticeOf = (text: string) => screen.queryByText(text, { selector: '[data-part=notice]' })

test('server HTML has the stored images as form values and a file input that posts nothing', () => {
  const fake = fakeUploads()
  const html = renderToString(
    <StrictMode>
      <UploadProvider endpoints={fake.endpoints} transport={fake.transport}>
        <form aria-label="Album">
          <ImageUploader name="photos" label="Photos" multiple required defaultValue={[old, older]} />
          <ImageUploader name="avatar" label="Avatar" defaultValue={old} />
          <ImageUploader name="cover" label="Cover" />
        </form>
      </UploadProvider>
    </StrictMode>,
  )
  document.body.innerHTML = html
  const form = document.querySelector('form') ?? undefined
  const values = [...new FormData(form)].map(([name, value]) => [name, JSON.parse(String(value))])
  expect(values).toEqual([
    ['photos', old],
    ['photos', older],
    ['avatar', old],
  ])
  // Before the script runs, native validation must not block the form.
  expect(form?.checkValidity()).toBe(true)
  expect(document.querySelectorAll('input[type=file]:not([name])')).toHaveLength(3)
  document.body.innerHTML = ''
})

test('a form posts stored images and finished uploads in order, and no uploads in progress', async () => {
  const { add, finish, user } = renderFormWithFakes(
    <ImageUploader name="photos" label="Photos" multiple defaultValue={[old, older]} />,
  )
  expect(posted()).toEqual(['old.png', 'older.png'])
  await add('a.png', 'b.png')
  expect(posted()).toEqual(['old.png', 'older.png'])
  await finish('b.png')
  await user.click(await screen.findByRole('button', { name: 'Remove old.png' }))
  expect(posted()).toEqual(['older.png', 'b.png'])
  await finish('a.png')
  expect(posted()).toEqual(['older.png', 'a.png', 'b.png'])
  await user.click(screen.getByRole('button', { name: /^Undo: / }))
  expect(posted()).toEqual(['old.png', 'older.png', 'a.png', 'b.png'])
})

test('stored images count toward the limit', async () => {
  const { user } = renderFormWithFakes(
    <ImageUploader name="photos" label="Photos" multiple maxFiles={3} defaultValue={[old, older]} />,
  )
  await user.upload(screen.getByLabelText('Add images'), [fakeFile('a.png'), fakeFile('b.png')])
  expect(await screen.findByText('Only 3 files.')).toBeInTheDocument()
  expect(screen.getByText('3 of 3')).toBeInTheDocument()
})

test('a disabled field posts nothing; a read-only field posts its value and offers no way to change it', async () => {
  const { rerender } = renderFormWithFakes(
    <ImageUploader name="photos" label="Photos" multiple disabled required defaultValue={[old]} />,
  )
  expect(posted()).toEqual([])
  expect(button('Remove old.png')).toBeDisabled()
  await rerender(<ImageUploader name="photos" label="Photos" multiple readOnly defaultValue={[old]} />)
  expect(posted()).toEqual(['old.png'])
  expect(screen.queryByRole('button', { name: 'Remove old.png' })).toBeNull()
  expect(screen.queryByRole('button', { name: 'Add images' })).toBeNull()
})

test('a <fieldset disabled> above a field disables it until the fieldset is enabled', async () => {
  const { container, during } = renderFormWithFakes(
    <fieldset disabled>
      <ImageUploader name="photos" label="Photos" multiple defaultValue={[old]} />
    </fieldset>,
  )
  const group = () => screen.getByRole('group', { name: 'Photos' })
  await waitFor(() => expect(group()).toHaveAttribute('data-disabled'))
  await during(() => container.querySelector('fieldset')?.removeAttribute('disabled'))
  expect(group()).not.toHaveAttribute('data-disabled')
  expect(screen.getByRole('button', { name: /^Add images/ })).toBeEnabled()
})

test('form reset restores the initial value and aborts uploads in progress', async () => {
  const { add, finish, user, during, fake } = renderFormWithFakes(
    <ImageUploader name="photos" label="Photos" multiple defaultValue={[old, older]} />,
  )
  await add('a.png', 'b.png')
  await finish('a.png')
  await user.click(button('Remove old.png'))
  expect(posted()).toEqual(['older.png', 'a.png'])
  await during(() => screen.getByRole<HTMLFormElement>('form').reset())
  expect(posted()).toEqual(['old.png', 'older.png'])
  expect(screen.queryByRole('img', { name: 'b.png' })).toBeNull()
  await during(() => {})
  expect(fake.calls.filter((call) => call.startsWith('confirm'))).toEqual(['confirm a.png'])
})

test('submit waits for uploads, says so, and is sent once with their values', async () => {
  const { submits, onSubmit } = renderRecordingForm()
  const { add, finish, user } = renderFormWithFakes(<ImageUploader name="photos" label="Photos" multiple />, {
    onSubmit,
  })
  await add('a.png', 'b.png')
  await user.click(button('Save'))
  await user.click(button('Save'))
  expect(submits).toEqual([])
  expect(screen.getByText('The form is submitted as soon as the uploads are done.')).toBeInTheDocument()

  await finish('a.png')
  expect(submits).toEqual([])
  await finish('b.png')
  await waitFor(() => expect(submits).toEqual([['a.png', 'b.png']]))
  expect(noticeOf('The form is submitted as soon as the uploads are done.')).toBeNull()
})

test('the delayed submit keeps the submitter with its name and value', async () => {
  const names: unknown[] = []
  const { add, finish, user } = renderFormWithFakes(
    <>
      <ImageUploader name="photos" label="Photos" multiple />
      <button name="then" value="publish">
        Publish
      </button>
    </>,
    {
      onSubmit: (event) => {
        event.preventDefault()
        const { submitter } = event.nativeEvent as SubmitEvent
        names.push(submitter?.textContent)
      },
    },
  )
  await add('a.png')
  await user.click(button('Publish'))
  expect(names).toEqual([])
  await finish('a.png')
  await waitFor(() => expect(names).toEqual(['Publish']))
})

test('submit waits for two fields of a form', async () => {
  const { submits, onSubmit } = renderRecordingForm()
  const { add, finish, user } = renderFormWithFakes(
    <>
      <ImageUploader name="photos" label="Photos" multiple />
      <ImageUploader name="cover" label="Cover" />
    </>,
    { onSubmit },
  )
  await add('a.png')
  await user.upload(screen.getByLabelText('Choose image'), fakeFile('cover.png'))
  await user.click(button('Save'))
  await finish('a.png')
  expect(submits).toEqual([])
  await finish('cover.png')
  await waitFor(() => expect(submits).toEqual([['a.png']]))
})

test('submit stops at a failed upload, shows the reason, focuses retry, and continues after retry', async () => {
  const { submits, onSubmit } = renderRecordingForm()
  const { add, finish, fail, user } = renderFormWithFakes(
    <ImageUploader name="photos" label="Photos" multiple />,
    {
      onSubmit,
    },
  )
  await add('a.png', 'b.png')
  await user.click(button('Save'))
  await finish('a.png')
  await fail('b.png')
  await waitFor(() => expect(button('Retry b.png')).toHaveFocus())
  const why =
    'b.png failed. The connection was lost. Please try again. Retry or remove the failed uploads, then submit again.'
  expect(screen.getByText(why)).toBeInTheDocument()
  expect(submits).toEqual([])

  await user.click(button('Save'))
  await waitFor(() => expect(button('Retry b.png')).toHaveFocus())
  expect(submits).toEqual([])
  await user.click(button('Remove b.png'))
  expect(noticeOf(why)).toBeNull()
  await user.click(button('Save'))
  await waitFor(() => expect(submits).toEqual([['a.png']]))
})

test('a submit that is stopped by an upload that cannot be retried says only to remove it', async () => {
  const { add, during, fake, user } = renderFormWithFakes(
    <ImageUploader name="photos" label="Photos" multiple />,
    { onSubmit: renderRecordingForm().onSubmit },
  )
  await add('a.png')
  await during(() => fake.for('a.png').fail('rejected'))
  await user.click(button('Save'))
  const notice = await screen.findByText(/Remove the failed uploads, then submit again\.$/, {
    selector: '[data-part=notice]',
  })
  expect(notice.textContent).not.toContain('Retry')
})

test('submit waits for paused uploads until they are resumed and done, or removed', async () => {
  const { submits, onSubmit } = renderRecordingForm()
  function Photos() {
    const photos = useMultiUpload()
    return (
      <>
        <ImageUploader name="photos" label="Photos" uploader={photos} />
        <button type="button" onClick={() => photos.pause()}>
          Pause
        </button>
        <button type="button" onClick={() => photos.resume()}>
          Resume
        </button>
      </>
    )
  }
  const { add, finish, user } = renderFormWithFakes(<Photos />, { onSubmit })
  await add('a.png')
  await user.click(button('Pause'))
  await user.click(button('Save'))
  expect(submits).toEqual([])
  await user.click(button('Resume'))
  await finish('a.png')
  await waitFor(() => expect(submits).toEqual([['a.png']]))

  await add('b.png')
  await user.click(button('Pause'))
  await user.click(button('Save'))
  expect(submits).toHaveLength(1)
  await user.click(button('Remove b.png'))
  await waitFor(() => expect(submits).toEqual([['a.png'], ['a.png']]))
})

test('a form with noValidate stops for a failed upload and for a missing one', async () => {
  const { submits, onSubmit } = renderRecordingForm()
  const { add, fail, finish, user } = renderFormWithFakes(
    <form aria-label="Album" noValidate onSubmit={onSubmit}>
      <ImageUploader name="photos" label="Photos" multiple required />
      <button>Save</button>
    </form>,
    'own',
  )
  await add('a.png')
  await fail('a.png')
  await user.click(button('Save'))
  await waitFor(() => expect(button('Retry a.png')).toHaveFocus())
  await user.click(button('Remove a.png'))
  await user.click(button('Save'))
  await waitFor(() => expect(noticeOf('Add an image.')).toBeInTheDocument())
  expect(screen.getByRole('button', { name: /^Add images/ })).toHaveFocus()
  expect(submits).toEqual([])
  await add('b.png')
  await finish('b.png')
  await user.click(button('Save'))
  await waitFor(() => expect(submits).toEqual([['b.png']]))
})

test('the state of the app has the last upload when the form is submitted', async () => {
  const saved: (string | undefined)[][] = []
  function Album() {
    const [photos, setPhotos] = useState<StoredImage[]>([])
    return (
      <form
        onSubmit={(event) => {
          event.preventDefault()
          saved.push(photos.map(({ name }) => name))
        }}
      >
        <ImageUploader label="Photos" multiple value={photos} onChange={setPhotos} />
        <button>Save</button>
      </form>
    )
  }
  const { add, finish, user } = renderFormWithFakes(<Album />, 'own')
  await add('a.png')
  await user.click(button('Save'))
  await finish('a.png')
  await waitFor(() => expect(saved).toEqual([['a.png']]))
})

test('with waitForUploads={false} a submit is sent at once with the images stored so far', async () => {
  const { submits, onSubmit } = renderRecordingForm()
  const { add, user } = renderFormWithFakes(
    <ImageUploader name="photos" label="Photos" multiple waitForUploads={false} defaultValue={[old]} />,
    { onSubmit },
  )
  await add('a.png')
  await user.click(button('Save'))
  expect(submits).toEqual([['old.png']])
})

test('a required field says so, and its problem describes the button that adds files', async () => {
  const { add, user } = renderFormWithFakes(<ImageUploader name="photos" label="Photos" multiple required />)
  await waitFor(() => expect(screen.getByText('Photos')).toHaveAttribute('data-required', 'required'))
  await user.click(button('Save'))
  const addButton = () => screen.getByRole('button', { name: /^Add images/ })
  await waitFor(() => expect(addButton()).toHaveAccessibleDescription('Add an image.'))
  expect(addButton()).toBeInvalid()
  await add('a.png')
  expect(addButton()).toBeValid()
  expect(addButton()).not.toHaveAccessibleDescription()
})

test('an empty required field stops the submit, shows what is missing, and focuses the add button', async () => {
  const { submits, onSubmit } = renderRecordingForm()
  const { add, finish, user } = renderFormWithFakes(
    <ImageUploader name="photos" label="Photos" multiple minFiles={2} />,
    { onSubmit },
  )
  await user.click(button('Save'))
  await waitFor(() => expect(screen.getByRole('button', { name: /^Add images/ })).toHaveFocus())
  expect(noticeOf('Add at least 2 images.')).toBeInTheDocument()
  await add('a.png')
  await finish('a.png')
  await user.click(button('Save'))
  expect(submits).toEqual([])
  await add('b.png')
  expect(noticeOf('Add at least 2 images.')).toBeNull()
  await finish('b.png')
  await user.click(button('Save'))
  await waitFor(() => expect(submits).toEqual([['a.png', 'b.png']]))
})

test('a submit before the form code has loaded is stopped by an empty required field', async () => {
  const { submits, onSubmit } = renderRecordingForm()
  renderFormWithFakes(<ImageUploader name="photos" label="Photos" multiple required />, { onSubmit })
  act(() => button('Save').click())
  expect(submits).toEqual([])
  expect(await screen.findByText('Add an image.')).toBeInTheDocument()
  expect(submits).toEqual([])
})

test('submit focuses the first of two invalid fields', async () => {
  const { user } = renderFormWithFakes(
    <>
      <input aria-label="Title" required />
      <ImageUploader name="photos" label="Photos" required />
    </>,
  )
  await user.click(button('Save'))
  await waitFor(() => expect(screen.getByText('Add an image.')).toBeInTheDocument())
  expect(button('Choose image')).not.toHaveFocus()
})

test('removes all listeners when the form is unmounted', async () => {
  const listened = vi.spyOn(document, 'addEventListener')
  const left = vi.spyOn(document, 'removeEventListener')
  const { unmount, during } = renderFormWithFakes(<ImageUploader name="photos" label="Photos" required />)
  await during(() => {})
  unmount()
  const of = (calls: readonly (readonly unknown[])[]) =>
    calls.filter(([type]) => /^(submit|reset|click)$/.test(String(type))).length
  expect(of(listened.mock.calls)).toBeGreaterThan(0)
  expect(of(left.mock.calls)).toBeGreaterThanOrEqual(of(listened.mock.calls))
})

test('the reason that blocks a submit is announced once, by the single live region', async () => {
  const { add, during, fail, user } = renderFormWithFakes(
    <>
      <ImageUploader name="photos" label="Photos" multiple />
      <ImageUploader name="cover" label="Cover" required />
    </>,
  )
  const said: string[] = []
  const region = await screen.findByRole('status')
  new MutationObserver(() => region.textContent && said.push(region.textContent)).observe(region, {
    characterData: true,
    childList: true,
    subtree: true,
  })
  await during(() => user.click(button('Save')))
  await waitFor(() => expect(said).toEqual(['Add an image.']))
  await add('a.png')
  await waitFor(() => expect(said.at(-1)).toBe('Uploading a.png.'), { timeout: 4000 })
  await fail('a.png')
  await during(() => user.click(button('Save')))
  await waitFor(() => expect(said.length).toBe(3), { timeout: 4000 })
  expect(said.at(-1)).toBe(
    'a.png failed. The connection was lost. Please try again. Retry or remove the failed uploads, then submit again.',
  )
  expect(screen.getAllByText(/Retry or remove/, { ignore: '[role=status]' })).toHaveLength(1)
  expect(document.querySelectorAll('[aria-live], [role=alert], [role=status]')).toHaveLength(1)
})

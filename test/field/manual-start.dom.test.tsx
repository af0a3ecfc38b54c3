import { screen, waitFor } from '@testing-library/react'
import { useActionState, useState } from 'react'
import type { FormEvent } from 'react'
import { expect, test } from 'vitest'
import { ImageUploader } from 'putaway'
import type { StoredImage } from 'putaway'
import { fakeFile } from 'putaway/testing'
import { renderFormWithFakes } from '../harness/render-with-fakes.tsx'

const button = (name: string) => screen.getByRole('button', { name })
const names = (data: FormData) =>
  data.getAll('photos').map((value) => (JSON.parse(String(value)) as { name: string }).name)

/** A handler that records the photos, and the submitter with its value, of each submit. */
function recordSubmits() {
  const submits: { photos: string[]; intent: FormDataEntryValue | null }[] = []
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const { submitter } = event.nativeEvent as SubmitEvent
    const data = new FormData(event.currentTarget, submitter)
    submits.push({ photos: names(data), intent: data.get('intent') })
  }
  return { submits, onSubmit }
}

const photos = <ImageUploader name="photos" label="Photos" multiple start="manual" />

test('chosen files wait, make no request, and show a preview; submit uploads them and is then sent', async () => {
  const { submits, onSubmit } = recordSubmits()
  const { add, finish, user, fake } = renderFormWithFakes(photos, { onSubmit })
  await add('a.png', 'b.png', 'c.png')
  await waitFor(() => expect(screen.getAllByText('Not started')).toHaveLength(3))
  expect(screen.getByRole('img', { name: 'a.png' })).toBeInTheDocument()
  await user.click(button('Remove b.png'))
  expect(fake.calls).toEqual([])
  await user.click(button('Save'))
  await finish('a.png')
  expect(submits).toEqual([])
  await finish('c.png')
  await waitFor(() => expect(submits).toEqual([{ photos: ['a.png', 'c.png'], intent: null }]))
  expect(fake.calls.filter((call) => call.endsWith('b.png'))).toEqual([])
})

test('held files fill a required field', async () => {
  const { submits, onSubmit } = recordSubmits()
  const { add, finish, user } = renderFormWithFakes(
    <ImageUploader name="photos" label="Photos" multiple required minFiles={2} start="manual" />,
    { onSubmit },
  )
  await add('a.png')
  await user.click(button('Save'))
  expect(await screen.findByText('Add at least 2 images.')).toBeInTheDocument()
  await add('b.png')
  await user.click(button('Save'))
  await finish('a.png')
  await finish('b.png')
  await waitFor(() => expect(submits).toHaveLength(1))
})

test('an invalid field elsewhere in the form stops the submit before anything starts', async () => {
  const { add, user, fake } = renderFormWithFakes(
    <>
      {photos}
      <input aria-label="Title" required />
      <ImageUploader name="cover" label="Cover" required />
    </>,
  )
  await add('a.png')
  await user.click(button('Save'))
  expect(fake.calls).toEqual([])
})

test('a failure stops the submit with focus on the retry', async () => {
  const { submits, onSubmit } = recordSubmits()
  const { add, finish, fail, user } = renderFormWithFakes(photos, { onSubmit })
  await add('a.png', 'b.png')
  await user.click(button('Save'))
  await fail('a.png')
  await finish('b.png')
  await waitFor(() => expect(button('Retry a.png')).toHaveFocus())
  expect(submits).toEqual([])
  await user.keyboard('{Enter}')
  await finish('a.png')
  expect(submits).toEqual([])
  await user.click(button('Save'))
  await waitFor(() => expect(submits).toEqual([{ photos: ['a.png', 'b.png'], intent: null }]))
})

test('all fields of a form start together, and the form is sent once', async () => {
  const { submits, onSubmit } = recordSubmits()
  const { add, finish, user, fake } = renderFormWithFakes(
    <>
      {photos}
      <ImageUploader name="cover" label="Cover" start="manual" />
    </>,
    { onSubmit },
  )
  await add('a.png')
  await user.upload(screen.getByLabelText('Choose image'), fakeFile('cover.png'))
  await user.click(button('Save'))
  await waitFor(() => expect(fake.calls).toEqual(['presign a.png', 'presign cover.png']))
  await finish('a.png')
  expect(submits).toEqual([])
  await finish('cover.png')
  await waitFor(() => expect(submits).toEqual([{ photos: ['a.png'], intent: null }]))
})

test('a second submit while one waits does nothing, and the first submitter stays', async () => {
  const { submits, onSubmit } = recordSubmits()
  const { add, finish, user } = renderFormWithFakes(
    <>
      {photos}
      <button name="intent" value="publish">
        Publish
      </button>
    </>,
    { onSubmit },
  )
  await add('a.png')
  await user.click(button('Publish'))
  await user.click(button('Save'))
  await user.click(button('Publish'))
  await finish('a.png')
  await waitFor(() => expect(submits).toEqual([{ photos: ['a.png'], intent: 'publish' }]))
})

test('files that are added while a submit waits are uploaded with it', async () => {
  const { submits, onSubmit } = recordSubmits()
  const { add, finish, user } = renderFormWithFakes(photos, { onSubmit })
  await add('a.png')
  await user.click(button('Save'))
  await add('b.png')
  await finish('a.png')
  await finish('b.png')
  await waitFor(() => expect(submits).toEqual([{ photos: ['a.png', 'b.png'], intent: null }]))
})

test.each(['disabled', 'removed', 'disabled by a fieldset'] as const)(
  'the name and value of a submitter that is %s meanwhile are sent',
  async (how) => {
    const { submits, onSubmit } = recordSubmits()
    const publish = (disabled: boolean) => (
      <button name="intent" value="publish" disabled={disabled}>
        Publish
      </button>
    )
    const { add, finish, user, rerender } = renderFormWithFakes(
      <>
        {photos}
        {how === 'disabled by a fieldset' ? <fieldset key="f">{publish(false)}</fieldset> : publish(false)}
      </>,
      { onSubmit },
    )
    await add('a.png')
    await user.click(button('Publish'))
    await rerender(
      <>
        {photos}
        {how === 'disabled' && publish(true)}
        {how === 'disabled by a fieldset' && (
          <fieldset key="f" disabled>
            {publish(false)}
          </fieldset>
        )}
      </>,
    )
    await finish('a.png')
    await waitFor(() => expect(submits).toEqual([{ photos: ['a.png'], intent: 'publish' }]))
    await waitFor(() => expect(document.querySelectorAll('form button[hidden]')).toHaveLength(0))
  },
)

test('a submitter with formNoValidate saves a draft at once: held files stay, and nothing starts', async () => {
  const { submits, onSubmit } = recordSubmits()
  const { add, finish, user, fake } = renderFormWithFakes(
    <>
      <ImageUploader name="photos" label="Photos" multiple required minFiles={3} start="manual" />
      <button name="intent" value="draft" formNoValidate>
        Save draft
      </button>
    </>,
    { onSubmit },
  )
  await user.click(button('Save draft'))
  await add('a.png')
  await user.click(button('Save draft'))
  expect(submits).toEqual([
    { photos: [], intent: 'draft' },
    { photos: [], intent: 'draft' },
  ])
  expect(fake.calls).toEqual([])
  await add('b.png', 'c.png')
  await user.click(button('Save'))
  for (const name of ['a.png', 'b.png', 'c.png']) await finish(name)
  await waitFor(() => expect(submits.at(-1)).toEqual({ photos: ['a.png', 'b.png', 'c.png'], intent: null }))
})

test('in a form with noValidate a missing file stops the submit, and nothing starts', async () => {
  const { submits, onSubmit } = recordSubmits()
  const { add, user, fake } = renderFormWithFakes(
    <form aria-label="Album" noValidate onSubmit={onSubmit}>
      {photos}
      <ImageUploader name="cover" label="Cover" required start="manual" />
      <button>Save</button>
    </form>,
    'own',
  )
  await add('a.png')
  await user.click(button('Save'))
  expect(await screen.findByText('Add an image.')).toBeInTheDocument()
  expect(button('Choose image')).toHaveFocus()
  expect(fake.calls).toEqual([])
  expect(submits).toEqual([])
})

test('a person who resets the form drops held files', async () => {
  const { add, user, fake } = renderFormWithFakes(
    <>
      {photos}
      <button type="reset">Start over</button>
    </>,
  )
  await add('a.png')
  await user.click(button('Start over'))
  await waitFor(() => expect(screen.queryByRole('img', { name: 'a.png' })).toBeNull())
  expect(fake.calls).toEqual([])
})

/** A form with a React action. The action returns the stored photos, or undefined for an error. */
function renderActionForm(save: (data: FormData) => Promise<StoredImage[] | undefined>) {
  function Album() {
    const [stored, setStored] = useState<StoredImage[]>([])
    const [error, action] = useActionState(async (_: unknown, data: FormData) => {
      const saved = await save(data)
      if (saved) setStored(saved)
      return saved ? 'Saved' : 'The title is taken'
    }, '')
    return (
      <form aria-label="Album" action={action}>
        <ImageUploader name="photos" label="Photos" multiple start="manual" defaultValue={stored} />
        <button>Save</button>
        <button name="intent" value="draft" formNoValidate>
          Save draft
        </button>
        <button type="reset">Start over</button>
        <p>{error}</p>
      </form>
    )
  }
  return renderFormWithFakes(<Album />, 'own')
}

test('a React action that returns an error keeps every file', async () => {
  const actions: string[][] = []
  const { add, finish, user } = renderActionForm(async (data) => {
    actions.push(names(data))
    return undefined
  })
  await add('a.png')
  await user.click(button('Save'))
  expect(actions).toEqual([])
  await finish('a.png')
  await screen.findByText('The title is taken')
  await add('b.png')
  await user.click(button('Save'))
  await finish('b.png')
  await waitFor(() => expect(actions).toEqual([['a.png'], ['a.png', 'b.png']]))
  await user.click(button('Start over'))
  await waitFor(() => expect(screen.queryByRole('img', { name: 'a.png' })).toBeNull())
})

test('a React action that stores the photos replaces them by the new default value', async () => {
  const { add, finish, user } = renderActionForm(async (data) =>
    names(data).map((name) => ({ id: name, name, url: `/${name}` })),
  )
  await add('a.png')
  await user.click(button('Save'))
  await finish('a.png')
  await screen.findByText('Saved')
  await waitFor(() => {
    const form = screen.getByRole<HTMLFormElement>('form')
    expect(new FormData(form).getAll('photos')).toEqual(['{"id":"a.png","name":"a.png","url":"/a.png"}'])
  })
})

test('a draft that a React action stores keeps the files that were not in it', async () => {
  const { add, user, fake } = renderActionForm(async () => [{ id: 1, name: 'old.png', url: '/old.png' }])
  await add('a.png')
  await user.click(button('Save draft'))
  await screen.findByText('Saved')
  expect(await screen.findByRole('img', { name: 'old.png' })).toBeInTheDocument()
  expect(screen.getByRole('img', { name: 'a.png' })).toBeInTheDocument()
  expect(fake.calls).toEqual([])
})

import { screen, waitFor } from '@testing-library/react'
import { getFormProps, useForm as useConform } from '@conform-to/react'
import { parseWithZod } from '@conform-to/zod/v4'
import { useForm as useTanStack } from '@tanstack/react-form'
import { Controller, useForm } from 'react-hook-form'
import { expect, test, vi } from 'vitest'
import { z } from 'zod'
import { ImageUploader } from 'putaway'
import type { StoredImage } from 'putaway'
import { renderFormWithFakes } from '../harness/render-with-fakes.tsx'

const button = (name: string | RegExp) => screen.getByRole('button', { name })
const old: StoredImage = { id: 1, url: '/old.png', name: 'old.png' }
const names = (photos: readonly StoredImage[]) => photos.map(({ name }) => name)

test('React Hook Form: Controller spreads its field with values, submit, validation, focus and reset', async () => {
  const saved = vi.fn()
  const touched = vi.fn()
  function Album() {
    const { control, handleSubmit, reset, formState } = useForm<{ photos: StoredImage[] }>({
      defaultValues: { photos: [old] },
    })
    touched(formState.touchedFields.photos, formState.dirtyFields.photos !== undefined)
    return (
      <form onSubmit={(event) => void handleSubmit(({ photos }) => saved(names(photos)))(event)}>
        <Controller
          name="photos"
          control={control}
          rules={{ validate: (photos) => photos.length > 0 || 'A photo, please.' }}
          render={({ field, fieldState }) => (
            <>
              <ImageUploader {...field} label="Photos" multiple />
              <p>{fieldState.error?.message}</p>
            </>
          )}
        />
        <button>Save</button>
        <button type="button" onClick={() => reset()}>
          Start over
        </button>
      </form>
    )
  }
  const { add, finish, user } = renderFormWithFakes(<Album />, 'own')
  await add('a.png')
  await user.click(button('Save'))
  expect(saved).not.toHaveBeenCalled()
  await finish('a.png')
  await waitFor(() => expect(saved.mock.calls).toEqual([[['old.png', 'a.png']]]))

  await user.click(button('Remove old.png'))
  await user.click(button('Remove a.png'))
  await user.click(button('Save'))
  expect(await screen.findByText('A photo, please.')).toBeInTheDocument()
  await waitFor(() => expect(button(/^Add images/)).toHaveFocus())
  expect(saved).toHaveBeenCalledTimes(1)
  await user.tab()
  await waitFor(() => expect(touched).toHaveBeenLastCalledWith(true, true))

  await user.click(button('Start over'))
  expect(await screen.findByRole('img', { name: 'old.png' })).toBeInTheDocument()
  await user.click(button('Save'))
  await waitFor(() => expect(saved).toHaveBeenLastCalledWith(['old.png']))
})

test('TanStack Form keeps the value for its validators, submit and reset', async () => {
  const saved = vi.fn()
  function Album() {
    const form = useTanStack({
      defaultValues: { photos: [old] },
      onSubmit: ({ value }) => saved(names(value.photos)),
    })
    return (
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void form.handleSubmit()
        }}
      >
        <form.Field
          name="photos"
          validators={{ onChange: ({ value }) => (value.length < 1 ? 'A photo, please.' : undefined) }}
        >
          {({ state, handleChange, handleBlur }) => (
            <>
              <ImageUploader
                label="Photos"
                multiple
                value={state.value}
                onChange={handleChange}
                onBlur={handleBlur}
              />
              <p>{state.meta.errors.join()}</p>
            </>
          )}
        </form.Field>
        <button>Save</button>
        <button type="button" onClick={() => form.reset()}>
          Start over
        </button>
      </form>
    )
  }
  const { add, finish, user } = renderFormWithFakes(<Album />, 'own')
  await add('a.png')
  await user.click(button('Save'))
  await finish('a.png')
  await waitFor(() => expect(saved.mock.calls).toEqual([[['old.png', 'a.png']]]))

  await user.click(button('Remove a.png'))
  await user.click(button('Remove old.png'))
  expect(await screen.findByText('A photo, please.')).toBeInTheDocument()
  await user.click(button('Save'))
  expect(saved).toHaveBeenCalledTimes(1)
  await user.click(button('Start over'))
  await user.click(button('Save'))
  await waitFor(() => expect(saved).toHaveBeenLastCalledWith(['old.png']))
})

test('Conform validates and submits the hidden inputs of the form', async () => {
  const saved = vi.fn()
  const image = z.preprocess(
    (value) => JSON.parse(String(value)) as unknown,
    z.object({ name: z.string(), token: z.string().optional() }),
  )
  const schema = z.object({
    title: z.string('A title, please.'),
    photos: z.array(image).min(1, 'A photo, please.'),
  })
  function Album() {
    const [form, fields] = useConform({
      onValidate: ({ formData }) => parseWithZod(formData, { schema }),
      onSubmit(event, { submission }) {
        event.preventDefault()
        if (submission?.status === 'success') {
          saved(submission.value.photos.map(({ name, token }) => [name, token]))
        }
      },
    })
    return (
      <form {...getFormProps(form)} aria-label="Album">
        <input name={fields.title.name} aria-label="Title" />
        <ImageUploader name={fields.photos.name} label="Photos" multiple defaultValue={[old]} />
        <p>{fields.photos.errors?.join()}</p>
        <button>Save</button>
      </form>
    )
  }
  const { add, finish, user } = renderFormWithFakes(<Album />, 'own')
  await user.type(screen.getByLabelText('Title'), 'Fjords')
  await user.click(button('Remove old.png'))
  await user.click(button('Save'))
  expect(await screen.findByText('A photo, please.')).toBeInTheDocument()

  await add('a.png')
  await user.click(button('Save'))
  expect(saved).not.toHaveBeenCalled()
  await finish('a.png')
  await waitFor(() => expect(saved.mock.calls).toEqual([[[['a.png', 'a.png.signed']]]]))
})

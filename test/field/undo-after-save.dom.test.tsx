import { screen, waitFor } from '@testing-library/react'
import { useState } from 'react'
import { Controller, useForm } from 'react-hook-form'
import { expect, test } from 'vitest'
import { ImageUploader } from 'putaway'
import type { StoredImage } from 'putaway'
import { renderFormWithFakes } from '../harness/render-with-fakes.tsx'

// An Undo after a save would bring back a file that the app has deleted.

const stored = (name: string): StoredImage => ({ id: name, url: `/${name}`, name })
const [old, older] = [stored('old.png'), stored('older.png')]
const button = (name: string | RegExp) => screen.getByRole('button', { name })
const undo = () => screen.queryByRole('button', { name: /^Undo/ })

function HookForm({ withKey }: { readonly withKey: boolean }) {
  const { control, handleSubmit, reset } = useForm<{ photos: StoredImage[] }>({
    defaultValues: { photos: [old, older] },
  })
  const save = ({ photos }: { photos: StoredImage[] }) =>
    reset({ photos: photos.map((photo) => (withKey ? { ...photo, key: `files/${photo.name}` } : photo)) })
  return (
    <form onSubmit={(event) => void handleSubmit(save)(event)}>
      <Controller
        name="photos"
        control={control}
        render={({ field }) => <ImageUploader {...field} label="Photos" multiple />}
      />
      <button>Save</button>
    </form>
  )
}

test.each([
  ['that the server completed', true],
  ['that are equal to the form’s', false],
])('React Hook Form: reset with saved values %s ends Undo', async (_name, withKey) => {
  const { user } = renderFormWithFakes(<HookForm withKey={withKey} />, 'own')
  await user.click(await screen.findByRole('button', { name: 'Remove old.png' }))
  expect(undo()).toBeInTheDocument()
  await user.click(button('Save'))
  await waitFor(() => expect(undo()).toBeNull())
  expect(screen.getByRole('img', { name: 'older.png' })).toBeInTheDocument()
})

test('a reset of the form with a new default value ends Undo', async () => {
  function Album() {
    const [photos, setPhotos] = useState([old, older])
    return (
      <form aria-label="Album">
        <ImageUploader name="photos" label="Photos" multiple defaultValue={photos} />
        <button type="button" onClick={() => setPhotos([older])}>
          Save
        </button>
        <button type="reset">Reset</button>
      </form>
    )
  }
  const { user } = renderFormWithFakes(<Album />, 'own')
  await user.click(await screen.findByRole('button', { name: 'Remove old.png' }))
  await user.click(button('Save'))
  expect(undo()).toBeInTheDocument()
  await user.click(button('Reset'))
  await waitFor(() => expect(undo()).toBeNull())
  expect(screen.queryByRole('img', { name: 'old.png' })).toBeNull()
})

test('a parent that makes an equal value in every render keeps Undo', async () => {
  function Album() {
    const [names, setNames] = useState(['old.png', 'older.png'])
    const [, setCount] = useState(0)
    return (
      <>
        <ImageUploader
          label="Photos"
          multiple
          value={names.map(stored)}
          onChange={(photos: readonly StoredImage[]) => setNames(photos.map(({ name = '' }) => name))}
        />
        <button onClick={() => setCount((count) => count + 1)}>Render</button>
      </>
    )
  }
  const { user } = renderFormWithFakes(<Album />, 'own')
  await user.click(await screen.findByRole('button', { name: 'Remove old.png' }))
  await user.click(button('Render'))
  await user.click(button(/^Undo/))
  expect(await screen.findByRole('img', { name: 'old.png' })).toBeInTheDocument()
})

import { screen, waitFor } from '@testing-library/react'
import { useState } from 'react'
import { expect, test } from 'vitest'
import { Upload, useMultiUpload } from 'putaway'
import type { StoredImage, UploaderOptions } from 'putaway'
import { fakeFile } from 'putaway/testing'
import { renderFormWithFakes } from '../harness/render-with-fakes.tsx'

const old: StoredImage = { id: 1, url: '/old.png', name: 'old.png', meta: { caption: 'Old', place: 'Oslo' } }

function posted() {
  const form = screen.getByRole<HTMLFormElement>('form')
  return new FormData(form).getAll('photos').map((value) => {
    const { name, meta } = JSON.parse(String(value)) as StoredImage
    return { name, meta }
  })
}

interface GalleryProps extends Pick<UploaderOptions<unknown>, 'prepare'> {
  readonly value?: boolean
}

function Gallery({ value, prepare }: GalleryProps) {
  const photos = useMultiUpload({ start: 'manual', prepare })
  const [images, setImages] = useState<StoredImage[]>([old])
  const controlled = { value: images, onChange: (next: unknown) => setImages(next as StoredImage[]) }
  return (
    <Upload.Root uploader={photos} name="photos" {...(value ? controlled : { defaultValue: [old] })}>
      <Upload.HiddenInput />
      <Upload.List>
        {(entry) => (
          <Upload.Item>
            <Upload.MetaInput
              metaKey="caption"
              aria-label={`Caption of ${entry.kind === 'upload' ? entry.item.file.name : entry.image.name}`}
            />
            <Upload.Remove />
          </Upload.Item>
        )}
      </Upload.List>
      <Upload.Undo />
      <button type="button" onClick={() => photos.add([fakeFile('a.png')])}>
        Add
      </button>
    </Upload.Root>
  )
}

const caption = (name: string) => screen.getByRole('textbox', { name: `Caption of ${name}` })

test.each([false, true])(
  'captions of stored and new images are in the form value (controlled: %s)',
  async (value) => {
    const { user, finish, fake } = renderFormWithFakes(<Gallery value={value} />)
    expect(caption('old.png')).toHaveValue('Old')
    await user.clear(caption('old.png'))
    await user.type(caption('old.png'), 'Fjord')
    expect(caption('old.png')).toHaveFocus()
    expect(posted()).toEqual([{ name: 'old.png', meta: { caption: 'Fjord', place: 'Oslo' } }])

    await user.click(screen.getByRole('button', { name: 'Add' }))
    await user.type(caption('a.png'), 'Lake')
    expect(fake.calls).toEqual([])
    await user.click(screen.getByRole('button', { name: 'Save' }))
    await finish('a.png')
    await waitFor(() => expect(posted().at(-1)).toEqual({ name: 'a.png', meta: { caption: 'Lake' } }))
    await user.type(caption('a.png'), ' Mjøsa')
    expect(caption('a.png')).toHaveValue('Lake Mjøsa')
    expect(posted().at(-1)).toEqual({ name: 'a.png', meta: { caption: 'Lake Mjøsa' } })
  },
)

test('undo restores a caption', async () => {
  const { user } = renderFormWithFakes(<Gallery />)
  await user.click(screen.getByRole('button', { name: 'Add' }))
  await user.type(caption('a.png'), 'Lake')
  await user.click(screen.getByRole('button', { name: 'Remove a.png' }))
  await user.click(screen.getByRole('button', { name: /^Undo: / }))
  expect(caption('a.png')).toHaveValue('Lake')
})

test('undo keeps the name that prepare gives a file', async () => {
  const prepare = (file: File) => new File([file], 'small.png', { type: file.type })
  const { user, fake } = renderFormWithFakes(<Gallery prepare={prepare} />)
  await user.click(screen.getByRole('button', { name: 'Add' }))
  await user.click(screen.getByRole('button', { name: 'Remove a.png' }))
  await user.click(screen.getByRole('button', { name: /^Undo: / }))
  await user.click(screen.getByRole('button', { name: 'Save' }))
  await waitFor(() => expect(fake.calls).toEqual(['presign small.png']))
})

'use client'

import { useActionState } from 'react'
import { ImageUploader, UploadProvider, useMultiUpload } from 'putaway'
import { publish } from './publish.ts'

/** A post with photos: a form whose action runs on the server. */
export function Editor() {
  return (
    <UploadProvider endpoints="/api/uploads">
      <Form />
    </UploadProvider>
  )
}

function Form() {
  const photos = useMultiUpload({
    route: 'photos',
    accept: ['image/jpeg', 'image/png', 'image/webp'],
    maxSize: '5MB',
    maxFiles: 10,
  })
  const [problem, action, publishing] = useActionState(publish, '')
  const uploaded = photos.items.filter((item) => item.status === 'done')
  return (
    <form action={action}>
      <label>
        Title <input name="title" required maxLength={200} />
      </label>
      <ImageUploader label="Photos" description="JPEG, PNG or WebP, up to 5 MB each." uploader={photos} />
      {uploaded.map(({ id, result }) => (
        <input key={id} type="hidden" name="photos" value={result.token} />
      ))}
      <button disabled={publishing || uploaded.length < photos.items.length}>Publish</button>
      {problem && <p role="alert">{problem}</p>}
    </form>
  )
}

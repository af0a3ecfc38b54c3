import { useState } from 'react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { ImageUploader, UploadError, useMultiUpload } from 'putaway'
import type { ItemOrId } from 'putaway'
import { post } from './post.ts'

/** The backend's result of an upload. */
export interface Photo {
  readonly key: string
}

interface Message {
  readonly id: number
  readonly text: string
  readonly images: readonly { readonly key: string; readonly url: string }[]
}

/** A message with images. Images are uploaded immediately; the message that is sent lists them. */
export function Chat() {
  const client = useQueryClient()
  const [text, setText] = useState('')
  const photos = useMultiUpload<Photo>({
    accept: ['image/jpeg', 'image/png', 'image/webp'],
    maxSize: '2MB',
    maxFiles: 5,
  })
  const uploaded = photos.items.filter((item) => item.status === 'done').map(({ result }) => result.key)
  const send = useMutation({
    mutationFn: () => post('/api/messages', { text, images: uploaded }),
    onSuccess: () => {
      setText('')
      photos.clear()
      return client.invalidateQueries({ queryKey: ['messages'] })
    },
  })

  function remove(ref: ItemOrId) {
    const item = photos.items.find(({ id }) => id === (typeof ref === 'string' ? ref : ref.id))
    // The uploader discards unfinished uploads itself; the app decides about finished ones.
    if (item?.status === 'done') removeImage(item.result).catch(() => {}) // the server's lifecycle rule removes it
    photos.remove(ref)
  }

  return (
    <main>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          send.mutate()
        }}
      >
        <ImageUploader
          label="Photos"
          description="JPEG, PNG or WebP, up to 2 MB each."
          uploader={{ ...photos, remove }}
        />
        <output>{`${uploaded.length} of ${photos.items.length} uploaded`}</output>
        <input
          aria-label="Message"
          value={text}
          onChange={({ currentTarget }) => setText(currentTarget.value)}
        />
        <button disabled={uploaded.length < photos.items.length || send.isPending}>Send</button>
        {send.isError && <p role="alert">The message was not sent.</p>}
      </form>
      <Messages />
    </main>
  )
}

function Messages() {
  const { data = [] } = useQuery({
    queryKey: ['messages'],
    queryFn: async (): Promise<Message[]> => {
      const response = await fetch('/api/messages')
      if (!response.ok) throw await UploadError.fromResponse(response)
      return response.json()
    },
  })
  return (
    <ul aria-label="Messages">
      {data.map(({ id, text, images }) => (
        <li key={id}>
          <p>{text}</p>
          {images.map(({ key, url }) => (
            <img key={key} src={url} alt="" width={160} />
          ))}
        </li>
      ))}
    </ul>
  )
}

/** Deletes an image that is not used in a message. @throws UploadError */
export async function removeImage({ key }: Photo) {
  const response = await fetch(`/api/images/${encodeURIComponent(key)}`, {
    method: 'DELETE',
    keepalive: true,
  })
  if (!response.ok) throw await UploadError.fromResponse(response)
}

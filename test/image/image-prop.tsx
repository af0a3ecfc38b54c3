import { render } from '@testing-library/react'
import type { ReactElement } from 'react'
import { ImageUploader, UploadProvider } from 'putaway'
import type { FileInfo, ImageUploaderProps, StoredImage } from 'putaway'
import { fakeUploads } from 'putaway/testing'
import type { FakeResult } from 'putaway/testing'
import { commands } from 'vitest/browser'
import type { PictureReport, PictureRequest } from '../harness/picture-commands.ts'

/** Makes a picture in Node, with sharp. */
export async function makeFile(request: PictureRequest, name = `picture.${request.format}`): Promise<File> {
  const base64 = await commands.makePicture(request)
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
  return new File([bytes], name, { type: `image/${request.format}` })
}

export async function toBase64(blob: Blob): Promise<string> {
  let text = ''
  for (const byte of new Uint8Array(await blob.arrayBuffer())) text += String.fromCharCode(byte)
  return btoa(text)
}

/** Examines a picture in Node, with sharp. */
export const readBlob = async (blob: Blob): Promise<PictureReport> =>
  commands.readPicture(await toBase64(blob))

/** Renders an ImageUploader whose backend and storage are fakes. */
export function renderImageField(
  props: ImageUploaderProps<FakeResult>,
  surround: (field: ReactElement) => ReactElement = (field) => field,
) {
  const fake = fakeUploads()
  const sent: Blob[] = []
  const transport: typeof fake.transport = {
    ...fake.transport,
    send: (blob, ...rest) => {
      sent.push(blob)
      return fake.transport.send(blob, ...rest)
    },
  }
  const presigned: FileInfo[] = []
  const endpoints: typeof fake.endpoints = {
    ...fake.endpoints,
    presign: (file, context) => {
      presigned.push(file)
      return fake.endpoints.presign(file, context)
    },
  }
  const results: FakeResult[] = []
  const view = render(
    <UploadProvider endpoints={endpoints} transport={transport} defaults={fake.defaults}>
      {surround(
        <ImageUploader<FakeResult>
          label="Photo"
          {...props}
          onDone={(result) => {
            results.push(result)
          }}
        />,
      )}
    </UploadProvider>,
  )
  return {
    ...view,
    fake,
    /** The bytes that were sent to storage. */
    sent,
    /** The descriptions of files that presign got. */
    presigned,
    results,
    /** The images in the form value of a field with the name `photo`. */
    values: () =>
      Array.from(
        document.querySelectorAll<HTMLInputElement>('input[name=photo]'),
        ({ value }) => JSON.parse(value) as StoredImage,
      ),
    choose(...files: readonly File[]) {
      const input = document.querySelector<HTMLInputElement>('input[type=file]')
      if (!input) throw new Error('There is no input.')
      const transfer = new DataTransfer()
      for (const file of files) transfer.items.add(file)
      input.files = transfer.files
      input.dispatchEvent(new Event('change', { bubbles: true }))
    },
  }
}

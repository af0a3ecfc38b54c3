import { UploadProvider, useMultiUpload } from 'putaway'
import type { UploadOptions, UseMultiUpload } from 'putaway'
import { fakeUploads } from 'putaway/testing'
import type { FakeUploadsOptions } from 'putaway/testing'
import { act, render } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { StrictMode } from 'react'
import type { ReactNode } from 'react'
import { browserHost } from '../../src/transport/browser-host.ts'

interface RenderWithFakesProps {
  readonly show?: (photos: UseMultiUpload) => ReactNode
  readonly options?: UploadOptions
  readonly fakes?: FakeUploadsOptions<unknown>
}

/** Renders the result of `show` for a list, or only the provider, with fakes that the test answers. */
export function renderWithFakes({ show = () => null, options = {}, fakes }: RenderWithFakesProps) {
  const fake = fakeUploads<unknown>({ speed: 0, result: () => ({}), ...fakes })
  const owner: { photos?: UseMultiUpload; renders: number } = { renders: 0 }

  function Owner() {
    const photos = useMultiUpload(options)
    owner.photos = photos
    owner.renders += 1
    return show(photos)
  }
  const screen = render(
    <StrictMode>
      <UploadProvider endpoints={fake.endpoints} transport={fake.transport} defaults={fake.defaults}>
        <Owner />
      </UploadProvider>
    </StrictMode>,
  )
  return {
    ...screen,
    fake,
    renders: () => owner.renders,
    user: userEvent.setup({ applyAccept: false }),
    photos: () => {
      if (!owner.photos) throw new Error('Nothing is rendered.')
      return owner.photos
    },
    /** Runs an action in `act` and lets a frame pass. */
    async during(step: () => unknown) {
      await act(async () => {
        await step()
        await new Promise((resolve) => setTimeout(resolve, 30))
        // Requested last, this frame comes last: on a busy machine the frame of the uploader may be pending.
        await new Promise<void>((resolve) => browserHost.frame(resolve))
      })
    },
  }
}

/** The DataTransfer of a drag or a paste. */
export function dataTransferOf(...files: File[]) {
  return {
    files,
    types: ['Files'],
    items: files.map((file) => ({ kind: 'file', type: file.type, getAsFile: () => file })),
  }
}

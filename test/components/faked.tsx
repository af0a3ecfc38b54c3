import { UploadProvider, useMultiUpload } from 'putaway'
import type { UploadOptions, UseMultiUpload } from 'putaway'
import { fakeUploads } from 'putaway/testing'
import type { FakeUploadsOptions } from 'putaway/testing'
import { act, render } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { StrictMode } from 'react'
import type { ReactNode } from 'react'
import { browserHost } from '../../src/transport/browser.ts'

interface Faked {
  readonly show?: (photos: UseMultiUpload) => ReactNode
  readonly options?: UploadOptions
  readonly fakes?: FakeUploadsOptions<unknown>
}

/** Renders what `show` makes of a list, or nothing but the provider, on fakes that are answered by hand. */
export function renderFaked({ show = () => null, options = {}, fakes }: Faked) {
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
    /** Does something that React hears of, and lets a frame pass. */
    async during(step: () => unknown) {
      await act(async () => {
        await step()
        await new Promise((resolve) => setTimeout(resolve, 30))
        // Asked for last, it comes last: on a busy machine the uploader's own frame may not have come yet.
        await new Promise<void>((resolve) => browserHost.frame(resolve))
      })
    },
  }
}

/** What a drag or a paste carries. */
export function carrying(...files: File[]) {
  return {
    files,
    types: ['Files'],
    items: files.map((file) => ({ kind: 'file', type: file.type, getAsFile: () => file })),
  }
}

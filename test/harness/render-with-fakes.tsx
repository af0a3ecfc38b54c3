import { UploadProvider, useMultiUpload } from 'putaway'
import type { UploadOptions, UseMultiUpload } from 'putaway'
import { fakeFile, fakeUploads } from 'putaway/testing'
import type { FakeUploadsOptions } from 'putaway/testing'
import { act, render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { StrictMode } from 'react'
import type { FormEvent, ReactNode } from 'react'
import { browserHost } from '../../src/transport/browser-host.ts'

interface RenderWithFakesProps {
  readonly show?: (photos: UseMultiUpload) => ReactNode
  readonly options?: UploadOptions
  readonly fakes?: FakeUploadsOptions<unknown>
}

/** A provider with fakes that the test answers, and what a test does with them. */
export function createFakes(options?: FakeUploadsOptions<unknown>) {
  const fake = fakeUploads<unknown>({ speed: 0, result: () => ({}), ...options })
  /** Runs an action in `act` and lets a frame pass. */
  const during = (step: () => unknown) =>
    act(async () => {
      await step()
      await new Promise((resolve) => setTimeout(resolve, 30))
      // Requested last, this frame comes last: on a busy machine the frame of the uploader may be pending.
      await new Promise<void>((resolve) => browserHost.frame(resolve))
    })
  return {
    fake,
    during,
    user: userEvent.setup({ applyAccept: false }),
    wrap: (children: ReactNode) => (
      <StrictMode>
        <UploadProvider endpoints={fake.endpoints} transport={fake.transport} defaults={fake.defaults}>
          {children}
        </UploadProvider>
      </StrictMode>
    ),
    finish: (name: string) =>
      during(async () => {
        await fake.for(name).presign()
        await fake.for(name).store()
        await fake.for(name).confirm()
      }),
    fail: (name: string) => during(() => fake.for(name).fail()),
  }
}

/** Renders the result of `show` for a list, or only the provider, with fakes that the test answers. */
export function renderWithFakes({ show = () => null, options = {}, fakes }: RenderWithFakesProps) {
  const { fake, during, user, wrap } = createFakes(fakes)
  const owner: { photos?: UseMultiUpload; renders: number } = { renders: 0 }

  function Owner() {
    const photos = useMultiUpload(options)
    owner.photos = photos
    owner.renders += 1
    return show(photos)
  }
  return {
    ...render(wrap(<Owner />)),
    fake,
    user,
    during,
    renders: () => owner.renders,
    photos: () => {
      if (!owner.photos) throw new Error('Nothing is rendered.')
      return owner.photos
    },
  }
}

/** Renders children in a form with a "Save" button (or unchanged with `own`), with fakes that the test answers. */
export function renderFormWithFakes(
  children: ReactNode,
  given: 'own' | { readonly onSubmit?: (event: FormEvent<HTMLFormElement>) => void } = {},
) {
  const fakes = createFakes({
    result: ({ file, ticket }) => ({ key: ticket.key, name: file.name, token: `${file.name}.signed` }),
  })
  const { during, user, wrap } = fakes
  const tree = (inner: ReactNode) =>
    wrap(
      given === 'own' ? (
        inner
      ) : (
        <form aria-label="Album" onSubmit={given.onSubmit ?? ((event) => event.preventDefault())}>
          {inner}
          <button>Save</button>
        </form>
      ),
    )
  const shown = render(tree(children))
  return {
    ...shown,
    ...fakes,
    rerender: (next: ReactNode) => during(() => shown.rerender(tree(next))),
    add: async (...names: string[]) => {
      const files = names.map((name) => fakeFile(name))
      await user.upload(screen.getByLabelText('Add images'), files)
      await during(() => {})
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

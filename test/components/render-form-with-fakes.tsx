import { UploadProvider } from 'putaway'
import { fakeFile, fakeUploads } from 'putaway/testing'
import { act, render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { StrictMode } from 'react'
import type { FormEvent, ReactNode } from 'react'

/** Renders children in a form with a "Save" button (or unchanged with `own`), with fakes that the test answers. */
export function renderFormWithFakes(
  children: ReactNode,
  given: 'own' | { readonly onSubmit?: (event: FormEvent<HTMLFormElement>) => void } = {},
) {
  const fake = fakeUploads<unknown>({
    speed: 0,
    result: ({ file, ticket }) => ({ key: ticket.key, name: file.name, token: `${file.name}.signed` }),
  })
  const user = userEvent.setup({ applyAccept: false })
  const tree = (inner: ReactNode) => (
    <StrictMode>
      <UploadProvider endpoints={fake.endpoints} transport={fake.transport} defaults={fake.defaults}>
        {given === 'own' ? (
          inner
        ) : (
          <form aria-label="Album" onSubmit={given.onSubmit ?? ((event) => event.preventDefault())}>
            {inner}
            <button>Save</button>
          </form>
        )}
      </UploadProvider>
    </StrictMode>
  )
  const shown = render(tree(children))
  /** Runs an action in `act` and lets a frame pass. */
  const during = (step: () => unknown) =>
    act(async () => {
      await step()
      await new Promise((resolve) => setTimeout(resolve, 40))
    })
  return {
    ...shown,
    fake,
    user,
    during,
    rerender: (next: ReactNode) => during(() => shown.rerender(tree(next))),
    add: async (...names: string[]) => {
      const files = names.map((name) => fakeFile(name))
      await user.upload(screen.getByLabelText('Add images'), files)
      await during(() => {})
    },
    finish: (name: string) =>
      during(async () => {
        await fake.for(name).presign()
        await fake.for(name).store()
        await fake.for(name).confirm()
      }),
    fail: (name: string) => during(() => fake.for(name).fail()),
  }
}
